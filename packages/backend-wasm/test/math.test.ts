import { describe, expect, it } from "vitest";
import { ModuleBuilder, v128 } from "../src/assembler/index.ts";
import {
  importMath,
  type MathFunction,
  mathFunctions,
  mathKernel,
  trigonometricLimit,
  ulpBounds,
  VectorConstants,
} from "../src/math/index.ts";
import { type FloatArray, mathRunner } from "./math-runner.ts";
import { uniforms } from "./math-samples.ts";
import { type SweptFunction, sweep, ulpError } from "./math-sweep.ts";

const types = ["f32", "f64"] as const;
const Arrays = { f32: Float32Array, f64: Float64Array };
const variants = ["fused multiply-add", "separate multiply and add"] as const;
const swept = mathFunctions.filter((name): name is SweptFunction => !["pow", "sign", "floor", "sqrt"].includes(name));

describe.each(types)("vector functions of %s", (type) => {
  const runners = {
    "fused multiply-add": mathRunner(type, true),
    "separate multiply and add": mathRunner(type, false),
  };
  const run = (variant: (typeof variants)[number], name: MathFunction, x: FloatArray, y?: FloatArray): FloatArray =>
    runners[variant].run(name, x, y);
  const evaluate = (variant: (typeof variants)[number], name: MathFunction, ...x: readonly number[]) =>
    Array.from(run(variant, name, Arrays[type].from(x)));

  it.each(swept)("%s stays within its bound", (name) => {
    const reference = sweep(type, name);
    expect(reference.x.length).toBeGreaterThan(type === "f32" ? 150_000 : 25_000);
    for (const variant of variants) {
      const { worst, at, mean } = ulpError(type, reference, run(variant, name, reference.x));
      expect(worst, `${name}(${at}) with ${variant}`).toBeLessThanOrEqual(ulpBounds[type][name]);
      expect(mean).toBeLessThan(0.5);
    }
  });

  describe.each(variants)("with %s", (variant) => {
    const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];
    const tiniest = type === "f32" ? 2 ** -149 : 2 ** -1074;

    it.each<[MathFunction, readonly number[], readonly number[]]>([
      ["cos", [0, -0, tiniest, inf, -inf], [1, 1, 1, nan, nan]],
      ["erf", [0, -0, tiniest, -tiniest, 7, -7, inf, -inf], [0, -0, tiniest, -tiniest, 1, -1, 1, -1]],
      ["exp", [0, -0, tiniest, inf, -inf, 1000, -1000], [1, 1, 1, inf, 0, inf, 0]],
      ["expm1", [0, -0, tiniest, -tiniest, inf, -inf, 1000, -50], [0, -0, tiniest, -tiniest, inf, -1, inf, -1]],
      ["floor", [0, -0, -tiniest, 1.5, -1.5, inf, -inf], [0, -0, -1, 1, -2, inf, -inf]],
      ["log", [0, -0, 1, inf, -inf, -1, -tiniest], [-inf, -inf, 0, inf, nan, nan, nan]],
      ["log1p", [0, -0, tiniest, -tiniest, -1, inf, -inf, -2], [0, -0, tiniest, -tiniest, -inf, inf, nan, nan]],
      ["rsqrt", [0, -0, 4, inf, -inf, -1], [inf, -inf, 0.5, 0, nan, nan]],
      ["sigmoid", [0, -0, tiniest, inf, -inf, 1000, -1000], [0.5, 0.5, 0.5, 1, 0, 1, 0]],
      ["sign", [0, -0, tiniest, -tiniest, inf, -inf, 3], [0, -0, 1, -1, 1, -1, 1]],
      ["sin", [0, -0, tiniest, -tiniest, inf, -inf], [0, -0, tiniest, -tiniest, nan, nan]],
      ["softplus", [inf, -inf, 1000, -1000], [inf, 0, 1000, 0]],
      ["sqrt", [0, -0, 4, inf, -1], [0, -0, 2, inf, nan]],
      ["tanh", [0, -0, tiniest, -tiniest, 100, -100, inf, -inf], [0, -0, tiniest, -tiniest, 1, -1, 1, -1]],
    ])("%s is exact at special values", (name, x, y) => {
      expect(evaluate(variant, name, ...x, nan)).toEqual([...y, nan]);
    });

    it("exp, sigmoid and softplus go through the denormals without a step", () => {
      const bottom = type === "f32" ? -103 : -744;
      const exact = Arrays[type].of(Math.exp(bottom));
      for (const name of ["exp", "sigmoid", "softplus"] as const) {
        expect(evaluate(variant, name, bottom)).toEqual(Array.from(exact));
      }
    });

    it("pow has the special values of IEEE 754, signs included", () => {
      const values = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 1e30, tiniest, -tiniest, 2 ** 24 + 2, inf, -inf, nan];
      const bases = Arrays[type].from(values.flatMap((base) => values.map(() => base)));
      const exponents = Arrays[type].from(values.flatMap(() => values));
      const isOne = (base: number, exponent: number) => base === 1 || (base === -1 && Math.abs(exponent) === inf);
      const expected = bases.map((base, i) => (isOne(base, exponents[i] ?? 0) ? 1 : base ** (exponents[i] ?? 0)));
      const results = run(variant, "pow", bases, exponents);
      for (const [i, result] of results.entries()) {
        const exact = expected[i] ?? 0;
        if (Number.isFinite(exact) && exact !== 0) expect(result / exact).toBeCloseTo(1, type === "f32" ? 6 : 15);
        else expect(result, `${bases[i]} ** ${exponents[i]}`).toBe(exact);
      }
    });

    it("pow stays within its bound", () => {
      const next = uniforms(88172645);
      // Bases spread over 40 binades, near 1 with large exponents, over all binades with small ones, and negative.
      const pairs = Array.from({ length: type === "f32" ? 300_000 : 20_000 }, (_, i): readonly [number, number] => {
        if (i % 4 === 0) return [2 ** (40 * next() - 20), 20 * next() - 10];
        if (i % 4 === 1) return [1 + 1e-3 * (next() - 0.5), 1e5 * (next() - 0.5)];
        if (i % 4 === 2) return [2 ** (290 * next() - 145), 2 * next() - 1];
        return [-10 * next(), Math.round(60 * next() - 30)];
      });
      const bases = Arrays[type].from(pairs.map(([base]) => base));
      const exponents = Arrays[type].from(pairs.map(([, exponent]) => exponent));
      const high = Float64Array.from(bases, (base, i) => base ** (exponents[i] ?? 0));
      const reference = { x: bases, high, low: new Float64Array(high.length) };
      const { worst, at } = ulpError(type, reference, run(variant, "pow", bases, exponents));
      expect(worst, `base ${at}`).toBeLessThanOrEqual(type === "f32" ? ulpBounds.f32.pow : 0);
    });

    it("a lane's result does not depend on its neighbours, large arguments of sin and cos included", () => {
      const large = 8 * trigonometricLimit[type];
      for (const name of ["sin", "cos"] as const) {
        const [first, beyond, infinite, last] = evaluate(variant, name, 1.25, large, inf, -0.75);
        expect([first, last]).toEqual([...evaluate(variant, name, 1.25), ...evaluate(variant, name, -0.75)]);
        expect(beyond).toBe(Arrays[type].of(Math[name](large))[0]);
        expect(infinite).toBeNaN();
      }
    });
  });
});

describe("constants", () => {
  const declared = (...names: readonly MathFunction[]): number => {
    let size = 0;
    const builder = new ModuleBuilder();
    const options = { type: "f32", fma: true, imports: importMath(builder) } as const;
    builder.function("loop", [], "none", (f) => {
      const constants = new VectorConstants(f);
      for (const name of names) mathKernel(name, options).declare(constants);
      size = constants.size;
    });
    return size;
  };

  it("are shared by the functions of a loop", () => {
    expect(declared("tanh", "tanh")).toBe(declared("tanh"));
    expect(declared("tanh", "sigmoid")).toBeLessThan(declared("tanh") + declared("sigmoid") - 6);
  });

  it("must be declared before code uses them", () => {
    const builder = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
    const exp = mathKernel("exp", { type: "f32", fma: false, imports: importMath(builder) });
    expect(() =>
      builder.function("loop", [], "none", (f) => {
        exp.emit(f, new VectorConstants(f), v128.load(0));
      }),
    ).toThrow(/internal: .*not declared before the loop/);
  });
});
