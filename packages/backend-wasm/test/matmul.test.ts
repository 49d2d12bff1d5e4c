/**
 * Matmul kernels against float64 sums. All memory that is not an operand, the gaps between strided rows included, holds NaN
 * and must come back unchanged; one operand ends where the memory ends, so that reading past it traps.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relaxedSimd } from "wasm-feature-detect";
import { ModuleBuilder } from "../src/assembler/index.ts";
import type { Epilogue, MatmulSpec } from "../src/matmul/index.ts";
import { emitMatmul, emitPack, packedBytes, scratchBytes, takesEpilogue } from "../src/matmul/index.ts";
import { vectorOpsOf } from "../src/matmul/vector-ops.ts";

const page = 65536;
const hasRelaxed = await relaxedSimd();

interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
}

const elements = ({ rows, columns, stride }: Matrix) => (rows === 0 ? 0 : (rows - 1) * stride + columns);

/** Small integers over eight: their products and sums are exact in float32 too, so results must be equal, not close. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed | 1;
  for (;;) {
    state = Math.imul(state, 1664525) + 1013904223;
    yield ((state >>> 24) - 128) / 8;
  }
}

type Name = "a" | "b" | "c" | "scratch" | "packed" | "bias" | "shifted";

/** shifted = totals + bias, a row; the rows of `shifted` lie an element farther apart than they need. */
function shifting({ dtype, columns }: MatmulSpec, keepsTotals: boolean): Epilogue {
  const lanes = vectorOpsOf[dtype];
  return {
    text: "shifted",
    matrices: [
      { row: 0, column: lanes.bytes },
      { row: (columns + 1) * lanes.bytes, column: lanes.bytes },
    ],
    keepsTotals,
    begin: (f) => (total, at, count) => {
      const [bias, shifted] = [at(0), at(1)];
      const sum = f.let(lanes.add(total, lanes.load(bias.address, bias.offset, count)));
      f.do(...lanes.store(shifted.address, sum, shifted.offset, count));
    },
  };
}

/** Runs the spec on numbers drawn from `seed`; the operand named `last` is placed at the end of the memory. */
function check(spec: MatmulSpec, seed: number, last: Name): void {
  const bytes = spec.dtype === "float32" ? 4 : 8;
  const { rows, inner, columns } = spec;
  const leftStored = spec.transposeLeft ? { rows: inner, columns: rows } : { rows, columns: inner };
  const rightStored = spec.transposeRight ? { rows: columns, columns: inner } : { rows: inner, columns };
  const a: Matrix = { ...leftStored, stride: spec.leftStride ?? leftStored.columns };
  const b: Matrix = { ...rightStored, stride: spec.rightStride ?? rightStored.columns };
  const c: Matrix = { rows, columns, stride: spec.outputStride ?? columns };
  const shifted: Matrix = { rows, columns, stride: columns + 1 };
  const sizes: Record<Name, number> = {
    a: elements(a) * bytes,
    b: elements(b) * bytes,
    c: elements(c) * bytes,
    scratch: scratchBytes(spec),
    packed: spec.packedRight ? packedBytes(spec) : 0,
    bias: columns * bytes,
    shifted: elements(shifted) * bytes,
  };
  const names: readonly Name[] = ["a", "b", "c", "scratch", "packed", "bias", "shifted"];
  const guard = 24;
  const total = names.reduce((sum, name) => sum + sizes[name] + guard, guard);
  const pages = Math.ceil(total / page);
  const at: Record<Name, number> = { a: 0, b: 0, c: 0, scratch: 0, packed: 0, bias: 0, shifted: 0 };
  let next = guard;
  for (const name of names.filter((name) => name !== last)) {
    at[name] = next;
    next += sizes[name] + guard;
  }
  at[last] = pages * page - sizes[last];

  const memory = new WebAssembly.Memory({ initial: pages });
  const before = new Uint8Array(memory.buffer).fill(0xff);
  const view = (name: Name) => {
    const length = sizes[name] / bytes;
    return spec.dtype === "float32"
      ? new Float32Array(memory.buffer, at[name], length)
      : new Float64Array(memory.buffer, at[name], length);
  };
  const random = numbers(seed);
  const fill = (name: Name, matrix: Matrix): number[][] => {
    const target = view(name);
    return Array.from({ length: matrix.rows }, (_, i) =>
      Array.from({ length: matrix.columns }, (_, j) => {
        const value = random.next().value;
        target[i * matrix.stride + j] = value;
        return value;
      }),
    );
  };
  const left = fill("a", a);
  const right = fill("b", b);
  const bias = fill("bias", { rows: 1, columns, stride: columns });
  const old = spec.start === "accumulate" ? fill("c", c) : [];
  const saved = before.slice();

  const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
  module.export(emitMatmul(module, spec), "matmul");
  if (spec.packedRight) module.export(emitPack(module, spec), "pack");
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { env: { memory } });
  const invoke = (name: string, ...values: number[]): void => {
    const target = exports[name];
    if (typeof target === "function") target(...values);
  };
  if (spec.packedRight) {
    invoke("pack", at.b, at.packed);
    before.fill(0xff, at.b, at.b + sizes.b);
    saved.fill(0xff, at.b, at.b + sizes.b);
  }
  invoke("matmul", at.a, spec.packedRight ? at.packed : at.b, at.c, at.scratch, at.bias, at.shifted);

  const keepsTotals = spec.epilogue?.keepsTotals !== false;
  const [output, results] = [view("c"), view("shifted")];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let sum = old[i]?.[j] ?? 0;
      for (let k = 0; k < inner; k++) {
        const x = (spec.transposeLeft ? left[k]?.[i] : left[i]?.[k]) ?? Number.NaN;
        const y = (spec.transposeRight ? right[j]?.[k] : right[k]?.[j]) ?? Number.NaN;
        sum += x * y;
      }
      const found = [keepsTotals ? output[i * c.stride + j] : sum];
      const expected = [sum];
      if (spec.epilogue !== undefined) {
        found.push(results[i * shifted.stride + j]);
        expected.push(sum + (bias[0]?.[j] ?? 0));
      }
      if (found.some((value, k) => value !== expected[k]))
        expect.fail(`[${i}, ${j}] is ${found} instead of ${expected} for ${JSON.stringify(spec)}`);
    }
  }
  const written = (name: Name, matrix: Matrix) => {
    for (let i = 0; i < matrix.rows; i++) {
      const start = at[name] + i * matrix.stride * bytes;
      saved.set(before.subarray(start, start + matrix.columns * bytes), start);
    }
  };
  if (keepsTotals) written("c", c);
  if (spec.epilogue !== undefined) written("shifted", shifted);
  for (const name of ["scratch", "packed"] as const)
    written(name, { rows: 1, columns: sizes[name] / bytes, stride: 0 });
  const changed = before.findIndex((byte, i) => byte !== saved[i]);
  if (changed >= 0) expect.fail(`byte ${changed} was written, ${JSON.stringify(at)}, for ${JSON.stringify(spec)}`);
}

const fused = hasRelaxed ? [true, false] : [false];
const starts = ["zero", "accumulate"] as const;
const lasts = ["a", "b", "c", "scratch", "packed", "bias", "shifted"] as const;
const dtypes = ["float32", "float64"] as const;

/** Sizes on both sides of the widths and heights of tiles. */
const size = fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 70 }));

const anySpec = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    rows: size,
    inner: fc.oneof({ weight: 6, arbitrary: size }, { weight: 1, arbitrary: fc.integer({ min: 505, max: 1100 }) }),
    columns: size,
    transposeLeft: fc.boolean(),
    transposeRight: fc.boolean(),
    start: fc.constantFrom(...starts),
    packedRight: fc.boolean(),
    fma: fc.constantFrom(...fused),
    gaps: fc.tuple(...[0, 1, 2].map(() => fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 })))),
  })
  .map(({ gaps: [left = 0, right = 0, output = 0], ...spec }) => ({
    ...spec,
    leftStride: (spec.transposeLeft ? spec.rows : spec.inner) + left,
    rightStride: (spec.transposeRight ? spec.inner : spec.columns) + right,
    outputStride: spec.columns + output,
  }));

describe("matmul", () => {
  it("is exact on exact sums, and touches nothing else, for any shape and storage", () => {
    fc.assert(
      fc.property(anySpec, fc.integer(), fc.constantFrom(...lasts), (spec, seed, last) => check(spec, seed, last)),
      { numRuns: 600 },
    );
  });

  it.each(dtypes.flatMap((dtype) => fused.map((fma) => [dtype, fma] as const)))(
    "packs large right sides by itself, in blocks of columns (%s, fma %s)",
    (dtype, fma) => {
      for (const [rows, inner, columns] of [
        [17, 500, 700],
        [131, 170, 150],
      ] as const) {
        for (const transposeRight of [false, true]) {
          const spec = { dtype, rows, inner, columns, transposeRight, start: "accumulate", fma } as const;
          expect(scratchBytes(spec)).toBeGreaterThan(0);
          check({ ...spec, transposeLeft: transposeRight }, rows, "b");
          check({ ...spec, packedRight: true }, rows, "packed");
        }
      }
    },
  );

  it("sees every tile height and width, in both transposes of the right side", () => {
    for (const dtype of dtypes) {
      for (const fma of fused) {
        for (let rows = 1; rows <= 14; rows++) {
          for (const columns of [1, 4, 8, 13, 24, 31, 50]) {
            const transposeLeft = columns === 1 && rows % 3 === 0;
            check({ dtype, rows, inner: 7, columns, transposeLeft, transposeRight: rows % 2 === 0, fma }, rows, "c");
          }
        }
      }
    }
  });

  it("hands totals to an epilogue, whether they are kept or not", () => {
    let taken = 0;
    fc.assert(
      fc.property(anySpec, fc.boolean(), fc.integer(), fc.constantFrom(...lasts), (spec, keepsTotals, seed, last) => {
        if (!takesEpilogue(spec)) return;
        taken++;
        check({ ...spec, epilogue: shifting(spec, keepsTotals) }, seed, last);
      }),
      { numRuns: 400 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  it("hands totals to an epilogue in every block of columns", () => {
    const spec = { dtype: "float32", rows: 7, inner: 512, columns: 700, packedRight: true, fma: hasRelaxed } as const;
    for (const keepsTotals of [true, false]) check({ ...spec, epilogue: shifting(spec, keepsTotals) }, 3, "shifted");
    const tooLong = { ...spec, inner: 513 };
    expect(takesEpilogue(tooLong)).toBe(false);
    expect(() => check({ ...tooLong, epilogue: shifting(tooLong, true) }, 3, "c")).toThrow("takes no epilogue");
  });

  it("takes dot products of few rows in blocks of columns", () => {
    for (const dtype of dtypes) {
      for (const start of starts) {
        check({ dtype, rows: 3, inner: 700, columns: 413, transposeRight: true, start, fma: hasRelaxed }, 7, "b");
      }
    }
  });

  it("of nothing is the start", () => {
    for (const start of starts) {
      check({ dtype: "float32", rows: 3, inner: 0, columns: 5, start, fma: false }, 1, "c");
      check({ dtype: "float32", rows: 0, inner: 3, columns: 5, start, fma: false }, 1, "c");
      check({ dtype: "float64", rows: 3, inner: 2, columns: 0, start, fma: false }, 1, "c");
    }
  });

  it("is made once per module and shape", () => {
    const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
    const spec = { dtype: "float32", rows: 4, inner: 5, columns: 6, fma: false } as const;
    const first = emitMatmul(module, spec);
    const length = module.build().length;
    expect(emitMatmul(module, { ...spec, start: "zero" })).toBe(first);
    expect(module.build().length).toBe(length);
    expect(emitMatmul(module, { ...spec, fma: true })).not.toBe(first);
  });

  it("rounds a product before it is added only without fused multiply-add", () => {
    // (1 + 2⁻²³)² = 1 + 2⁻²² + 2⁻⁴⁶: the last term is lost unless it is added to −1 − 2⁻²² unrounded.
    const value = (fma: boolean): number => {
      const memory = new WebAssembly.Memory({ initial: 1 });
      const numbers = new Float32Array(memory.buffer);
      numbers.set([1 + 2 ** -23, 1 + 2 ** -23, -1 - 2 ** -22]);
      const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
      module.export(
        emitMatmul(module, { dtype: "float32", rows: 1, inner: 1, columns: 1, start: "accumulate", fma }),
        "go",
      );
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.build()), { env: { memory } });
      if (typeof exports.go === "function") exports.go(0, 4, 8, 16);
      return numbers[2] ?? Number.NaN;
    };
    expect(value(false)).toBe(0);
    if (hasRelaxed) expect([0, 2 ** -46]).toContain(value(true));
  });
});
