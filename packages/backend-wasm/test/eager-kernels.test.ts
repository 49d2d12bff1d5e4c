/** Kernels whose sizes are parameters give what the portable ones give, for all sizes, dtypes and ways to broadcast. */
import { type CpuKernel, type HostOperand, kernelTable } from "@tapegrad/backend-cpu";
import { allocate, type DType, type OpDefinition, type Shape, sizeOf, type TypedArray } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { primitives } from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eagerKernels } from "../src/eager/kernels.ts";
import { wasmFeatures } from "../src/index.ts";
import { isMathFunction } from "../src/math/kernels.ts";
import { isElementwiseOn } from "../src/program/lane-ops.ts";

const float32 = { shape: [], dtype: "float32" } as const;
const operations = new Map<string, OpDefinition<object>>(Object.entries(primitives));
const hostKernels = new Map<string, CpuKernel>(Object.entries(kernelTable));
const variants = wasmFeatures().relaxedSimd ? [false, true] : [false];
const special = [0, -0, 1, -1, Number.NaN, Infinity, -Infinity, 1e-40, 3e38, 2 ** 31 - 1, -(2 ** 31)];

function operand(shape: Shape, dtype: DType, seed: number, specials = true): HostOperand {
  const uniform = seededUniforms(seed);
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) {
    const value =
      uniform() < 0.1 && specials ? (special[Math.floor(uniform() * special.length)] ?? 0) : 6 * uniform() - 3;
    if (dtype === "bool") data[i] = value > 0 ? 1 : 0;
    else data[i] = dtype === "int32" ? Math.min(Math.max(value * 2 ** 20, -(2 ** 31)), 2 ** 31 - 1) : value;
  }
  return { shape, dtype, data };
}

/** Numbers within so many units in the last place of what is expected, or of `scale` if that is larger; equal for none. */
function expectLike(actual: TypedArray, expected: TypedArray, ulps: number, scale = 2 ** -126): void {
  expect(actual.constructor).toBe(expected.constructor);
  expect(actual.length).toBe(expected.length);
  const differs = (a: number, b: number) =>
    !Object.is(a, b) && (ulps === 0 || !(Math.abs(a - b) <= ulps * 2 ** -23 * Math.max(Math.abs(b), scale)));
  const wrong = Array.from(actual).findIndex((a, i) => differs(a, expected[i] ?? Number.NaN));
  if (wrong >= 0) expect(`${wrong}: ${actual[wrong]}`).toBe(`${wrong}: ${expected[wrong]}`);
}

const ops = Object.entries<OpDefinition<object>>(primitives).filter(([name]) => isElementwiseOn(name, [float32]));
const exact = ["abs", "sqrt", "sign", "floor", ...ops.map(([name]) => name).filter((name) => !isMathFunction(name))];

function arityOf(name: string): number {
  if (name === "where") return 3;
  return ["abs", "cast", "logicalNot", "neg", "relu", "square"].includes(name) ||
    (isMathFunction(name) && name !== "pow")
    ? 1
    : 2;
}

/** What public functions cast the operands of an op to, of dtype `drawn`. */
function dtypesOf(name: string, drawn: DType): readonly DType[] {
  if (name === "where") return ["bool", drawn, drawn];
  if (name.startsWith("logical")) return ["bool", "bool"];
  const isNumeric = name !== "cast" && !/^(equal|greater|greaterEqual|less|lessEqual|notEqual)$/.test(name);
  const dtype = !isElementwiseOn(name, [{ shape: [], dtype: drawn }])
    ? "float32"
    : drawn === "bool" && isNumeric
      ? "int32"
      : drawn;
  return [dtype, dtype];
}

/** Lengths along up to three axes, one of them long, and which of them each operand has. */
const calls = fc.record({
  lengths: fc.array(fc.constantFrom<number>(1, 2, 3, 5), { maxLength: 2 }),
  long: fc.constantFrom<number>(200, 203, 601, 2048, 16_387),
  at: fc.nat(2),
  present: fc.array(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), { minLength: 3, maxLength: 3 }),
  seed: fc.nat(1000),
  drawn: fc.constantFrom<DType>("float32", "float32", "int32", "bool", "float64"),
  target: fc.constantFrom<DType>("float32", "int32", "bool"),
});

describe.each(variants)("with FMA: %s", (fma) => {
  const kernels = eagerKernels(fma);
  const compare = (name: string, inputs: readonly HostOperand[], attributes: object, ulps: number, scale?: number) => {
    const output = defined(operations.get(name), "op").type(inputs, attributes);
    const expected = defined(hostKernels.get(name), "kernel")(inputs, attributes, output);
    expectLike(defined(kernels[name], "kernel")(inputs, attributes, output), expected, ulps, scale);
  };

  it.each(ops.map(([name]) => name))("%s", (name) => {
    fc.assert(
      fc.property(calls, ({ lengths, long, at, present, seed, drawn, target }) => {
        const whole = lengths.toSpliced(Math.min(at, lengths.length), 0, long);
        const inputs = Array.from({ length: arityOf(name) }, (_, k) => {
          const shape = whole.map((length, axis) => (k === 0 || present[k]?.[axis] === true ? length : 1));
          return operand(shape, defined(dtypesOf(name, drawn)[k], "dtype"), seed + k);
        });
        compare(name, inputs, { dtype: target }, exact.includes(name) ? 0 : 8);
      }),
      { numRuns: 10 },
    );
  });

  const length = fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(64, 127, 128, 129, 300));
  it("matmul", () => {
    fc.assert(
      fc.property(
        fc.tuple(length, length, length),
        fc.boolean(),
        fc.boolean(),
        fc.constantFrom([], [3], [2, 2]),
        fc.nat(1000),
        ([rows, inner, columns], transposeLeft, transposeRight, batch, seed) => {
          const a = operand([...batch, ...(transposeLeft ? [inner, rows] : [rows, inner])], "float32", seed, false);
          const b = operand(transposeRight ? [columns, inner] : [inner, columns], "float32", seed + 1, false);
          compare("matmul", [a, b], { transposeLeft, transposeRight }, 32, 9 * Math.sqrt(inner));
        },
      ),
      { numRuns: 80 },
    );
  });

  it("infinities and NaN of a product stay in their row and column", () => {
    const a = operand([30, 20], "float32", 1, false);
    const b = operand([20, 33], "float32", 2, false);
    a.data[5 * 20 + 3] = Number.NaN;
    b.data[7 * 33 + 32] = Infinity;
    compare("matmul", [a, b], { transposeLeft: false, transposeRight: false }, 32, 40);
  });
});
