/** Programs in which float64 meets other dtypes: in one loop with them, through casts, comparisons and choices. */
import { compile, grad, scan } from "@tapegrad/autodiff";
import { plan } from "@tapegrad/compiler";
import { type DType, dtypes, dtypeTable, sizeOf, Tensor, trace } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  abs,
  add,
  argmax,
  cast,
  concat,
  equal,
  full,
  greater,
  indexAdd,
  less,
  logicalAnd,
  logicalNot,
  logicalOr,
  matmul,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  relu,
  reshape,
  sigmoid,
  sign,
  square,
  sub,
  sum,
  take,
  tanh,
  where,
} from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { target } from "../src/program/target.ts";
import { cpuBackend, expectWithinUlps, on, read, uniforms, variants } from "./comparison.ts";

type Fn = (...x: Tensor[]) => readonly Tensor[];

function same(backend: (typeof variants)[number][1], fn: Fn, make: () => Tensor[], ulps = 0): void {
  const expected = on(cpuBackend, () => read(fn(...make())));
  expectWithinUlps(
    on(backend, () => read(compile(fn)(...make()))),
    expected,
    ulps,
  );
}

/** Whole and half numbers around zero, with what is special about floats and about the ends of int32. */
function values(dtype: DType, length: number, seed: number): number[] {
  const uniform = seededUniforms(seed);
  const ends = [
    Number.NaN,
    Infinity,
    -Infinity,
    -0,
    0,
    2 ** 31,
    -(2 ** 31) - 1,
    1.9,
    -1.9,
    1e300,
    2 ** -140,
    65520,
    2 ** -25,
    1 + 2 ** -11 + 2 ** -40,
  ];
  return Array.from({ length }, () => {
    if (dtype === "bool") return Math.floor(2 * uniform());
    const value = Math.floor(9 * uniform() - 4);
    if (dtype === "int32") return uniform() < 0.1 ? 2 ** 31 - 1 - Math.floor(3 * uniform()) : value;
    return uniform() < 0.3 ? (ends[Math.floor(uniform() * ends.length)] ?? 0) : value / 2;
  });
}

function made(dtype: DType, shape: readonly number[], seed: number): Tensor {
  return fromHost(dtypeTable[dtype].array.from(values(dtype, sizeOf(shape), seed)), [...shape], dtype);
}

/** `step` on a value of each dtype: results of every dtype, all exact. */
const exact: Readonly<Record<string, (x: Readonly<Record<DType, Tensor>>) => readonly Tensor[]>> = {
  "casts from each dtype to each": (x) => dtypes.flatMap((from) => dtypes.map((to) => cast(x[from], to))),
  "casts and back": (x) => dtypes.flatMap((from) => dtypes.map((to) => cast(cast(x[from], to), from))),
  "comparisons in each dtype choose in each": (x) => {
    const masks = dtypes.flatMap((dtype) => [
      less(x[dtype], cast(x.int32, dtype)),
      equal(x[dtype], cast(x.bool, dtype)),
      notEqual(x[dtype], cast(x.float32, dtype)),
    ]);
    return masks.flatMap((mask, i) => {
      const dtype = dtypes[i % dtypes.length] ?? "bool";
      const other = dtypes[(i + 1) % dtypes.length] ?? "bool";
      return [where(mask, x[dtype], cast(x[other], dtype)), where(mask, x[other], cast(x.bool, other)), mask];
    });
  },
  "masks of several dtypes meet": (x) => {
    const [a, b] = [greater(x.float64, 0.25), less(x.float32, 0.5)];
    const [c, d] = [greater(x.int32, 0), x.bool];
    return [
      where(logicalAnd(a, b), x.float32, neg(x.float32)),
      where(logicalOr(c, a), x.float64, neg(x.float64)),
      where(logicalNot(d), x.int32, mul(x.int32, 3)),
      logicalAnd(d, logicalOr(a, c)),
      less(a, b),
      greater(d, a),
      equal(c, a),
      maximum(d, a),
      minimum(d, b),
      add(cast(a, "float64"), cast(b, "float64")),
      add(cast(b, "int32"), cast(d, "int32")),
      sub(cast(a, "float32"), cast(c, "float32")),
    ];
  },
  "arithmetic in each number dtype": (x) =>
    [x.int32, x.float16, x.float32, x.float64].flatMap((y) => [
      add(y, 1),
      mul(y, y),
      square(y),
      abs(y),
      sign(y),
      relu(y),
      maximum(y, cast(x.bool, y.dtype)),
      minimum(y, cast(x.bool, y.dtype)),
    ]),
};

/** Each of them whole, a row for all, a column for all, or one number for all. */
const spread = fc.constantFrom("all", "row", "column", "one");

function shapeOf(kind: string, rows: number, length: number): number[] {
  if (kind === "all") return [rows, length];
  if (kind === "row") return [length];
  return kind === "column" ? [rows, 1] : [];
}

describe.each(variants)("%s", (_, backend) => {
  it.each(Object.entries(exact))("%s", (_name, fn) => {
    const kinds = fc.tuple(spread, spread, spread, spread, spread);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 13 }), kinds, fc.nat(99), (a, b, k, seed) =>
        same(
          backend,
          (whole, ...x) => {
            const seen = dtypes.map((dtype, i) => {
              const value = x[i];
              if (value === undefined || whole === undefined) throw new Error("five values");
              // In one shape, so that all are in one loop.
              return [dtype, where(whole, value, value)] as const;
            });
            const all = Object.fromEntries(seen);
            const { bool, int32, float16, float32, float64 } = all;
            if (!bool || !int32 || !float16 || !float32 || !float64) throw new Error("five values");
            return fn({ bool, int32, float16, float32, float64 });
          },
          () => [
            made("bool", [a, b], seed),
            ...dtypes.map((dtype, i) => made(dtype, shapeOf(k[i] ?? "all", a, b), seed + i)),
          ],
        ),
      ),
      { numRuns: 25 },
    );
  });

  it.each([1, 2, 3, 5, 8, 17])("a loop whose carries have all dtypes, and its gradient, %i elements", (n) => {
    const loop = (x: Tensor, y: Tensor, steps: Tensor) =>
      scan(
        ([a, b, c, d]: [Tensor, Tensor, Tensor, Tensor], e: Tensor): [[Tensor, Tensor, Tensor, Tensor], Tensor[]] => {
          const isUp = greater(a, mul(cast(b, "float64"), 0.4321));
          const next = tanh(add(where(d, a, mul(a, 0.5)), e));
          return [
            [next, where(isUp, sigmoid(b), sub(b, cast(next, "float32"))), add(c, cast(isUp, "int32")), isUp],
            [mul(cast(c, "float64"), next), cast(next, "float32"), logicalNot(d)],
          ];
        },
        [x, y, full([n], 3, { dtype: "int32" }), full([n], 1, { dtype: "bool" })],
        steps,
      );
    const flat: Fn = (x, y, steps) => {
      const [carry, outputs] = loop(x as Tensor, y as Tensor, steps as Tensor);
      return [...carry, ...outputs];
    };
    const loss = ([x, y, steps]: Tensor[]) => {
      const [[a, b], [p, q]] = loop(x as Tensor, y as Tensor, steps as Tensor);
      return add(add(sum(a), sum(cast(b, "float64"))), add(sum(p as Tensor), cast(sum(q as Tensor), "float64")));
    };
    const make = () => [uniforms([n], 1, "float64"), uniforms([n], 2), uniforms([5, n], 3, "float64")];
    // Doubles follow from float32 values here, so float32's roundings are all that can be asked for.
    const close = (fn: Fn) => {
      const expected = on(cpuBackend, () => read(fn(...make())));
      const actual = on(backend, () => read(compile(fn)(...make())));
      const narrow = (results: typeof actual) =>
        results.map((result) =>
          result.dtype === "float64" ? { ...result, dtype: "float32", data: Float32Array.from(result.data) } : result,
        );
      expect(actual.map(({ dtype }) => dtype)).toEqual(expected.map(({ dtype }) => dtype));
      expectWithinUlps(narrow(actual), narrow(expected), 64);
    };
    close(flat);
    close((...x) => grad(loss)(x));
  });

  it("tables, products and constants of float64 beside those of float32", () => {
    same(
      backend,
      (x, y, at) => {
        const [a, b, index] = [x as Tensor, y as Tensor, at as Tensor];
        const wide = cast(b, "float64");
        return [
          take(a, index),
          take(b, index),
          indexAdd(a, index, cast(take(b, index), "float64")),
          concat([a, wide, full([2, 5], 0.1, { dtype: "float64" })]),
          matmul(a, reshape(wide, [5, 7])),
          argmax(a, { axis: 0 }),
          argmax(wide, { axis: 1 }),
          add(a, cast(full([5], 0.1), "float64")),
          cast(full([3], 0.1, { dtype: "float64" }), "float32"),
        ];
      },
      () => [
        uniforms([7, 5], 1, "float64"),
        uniforms([7, 5], 2),
        fromHost(Int32Array.of(0, 6, 3, -1, 7, 3), [6], "int32"),
      ],
      16,
    );
  });

  it("sums of float64 are as good as the reference's", () => {
    const lengths = [10, 100, 1000, 20_000];
    for (const length of lengths) {
      const off = [0, 0];
      for (let seed = 1; seed <= 12; seed++) {
        const x = on(cpuBackend, () => uniforms([length, 3], seed, "float64"));
        const data = x.dataSync();
        for (const [axis, count] of [
          [undefined, 1],
          [0, 3],
        ] as const) {
          const options = axis === undefined ? {} : { axis };
          const reference = on(cpuBackend, () => sum(x, options).dataSync());
          const own = on(backend, () => compile((y: Tensor) => sum(y, options))(fromHost(data, x.shape, "float64")));
          const results = own.dataSync();
          for (let column = 0; column < count; column++) {
            const exact = exactSum(count === 1 ? data : data.filter((_, i) => i % 3 === column));
            off[0] = (off[0] ?? 0) + Math.abs((results[column] ?? NaN) - exact);
            off[1] = (off[1] ?? 0) + Math.abs((reference[column] ?? NaN) - exact);
          }
        }
      }
      expect(off[0]).toBeLessThanOrEqual(1.1 * (off[1] ?? 0));
    }
  });
});

/** With the errors of all additions added up as well (Neumaier). */
function exactSum(numbers: Iterable<number>): number {
  let [total, rest] = [0, 0];
  for (const x of numbers) {
    const next = total + x;
    rest += Math.abs(total) >= Math.abs(x) ? total - next + x : x - next + total;
    total = next;
  }
  return total + rest;
}

it("float32 work that no float64 follows from has a loop of its own", () => {
  const input = { shape: [8], dtype: "float32" } as const;
  const { program } = on(cpuBackend, () =>
    trace(
      ([x, y]) => {
        if (!(x instanceof Tensor && y instanceof Tensor)) throw new Error("two inputs");
        return [tanh(add(x, 1)), tanh(cast(mul(y, 2), "float64"))];
      },
      [input, input],
    ),
  );
  const { steps } = plan(program, target);
  expect(steps.flatMap((step) => (step.kind === "fused" ? [step.nodes.map(({ dtype }) => dtype)] : []))).toEqual([
    ["float32", "float32"],
    ["float32", "float64", "float64"],
  ]);
});
