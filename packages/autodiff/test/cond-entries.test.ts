/** A `cond` under vmap with a predicate per entry is, entry by entry, the plain one: values and derivatives, NaN and all. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { Parameter, type Tensor, tensor, withBackend } from "@tapegrad/core";
import { add, broadcastTo, div, exp, greater, log, matmul, mul, sin, sqrt, square, sub, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkpoint, compile, cond, grad, hessian, jacobian, jvp, scan, vmap } from "../src/index.ts";
import { inDoublePrecision, values } from "./comparison.ts";

inDoublePrecision();

type F = (x: Tensor) => Tensor;

/** √x where it has a slope, else 0. */
const root: F = (x) =>
  cond(
    greater(x, 0),
    (y: Tensor) => sqrt(y),
    () => mul(x, 0),
    x,
  );

/** Functions whose other branch has no value or no slope where it is not taken. */
const guarded: Readonly<Record<string, F>> = {
  "√x": root,
  "log x": (x) =>
    cond(
      greater(x, 0),
      () => log(x),
      () => square(x),
    ),
  "1 / x, taken when false": (x) =>
    cond(
      greater(1e-9, square(x)),
      () => sin(x),
      (y: Tensor) => div(1, y),
      x,
    ),
  "overflowing exp": (x) =>
    cond(
      greater(x, 1),
      () => square(x),
      () => exp(mul(exp(mul(x, x)), x)),
    ),
  nested: (x) =>
    cond(
      greater(x, 1),
      (y: Tensor) => add(y, 1),
      (y: Tensor) => mul(root(y), 3),
      x,
    ),
  "in a loop": (x) => scan((h: Tensor) => [root(sub(h, 0.25)), null], x, null, { length: 3 })[0],
  "in a checkpoint": checkpoint((x: Tensor) => mul(root(x), x)),
  "of a product": (x) =>
    sum(
      cond(
        greater(x, 0),
        () => matmul(tensor([[1, 2]]), broadcastTo(sqrt(x), [2, 1])),
        () => tensor([[0]]),
      ),
    ),
};

const points = fc.array(fc.constantFrom(-2, -1, 0, 0.25, 1, 2, 30), { minLength: 1, maxLength: 5 });

describe.each([cpuBackend, wasmBackend()])("on $name", (backend) => {
  const check = (name: string, f: F, at: readonly number[]) => {
    const x = tensor(at);
    const entries = (g: F) => at.flatMap((value) => values(g(tensor(value))));
    const close = (got: Tensor, wanted: readonly number[], what: string) => {
      for (const [i, value] of values(got).entries()) {
        const expected = wanted[i] ?? NaN;
        const near =
          Object.is(value, expected) ||
          value === expected ||
          Math.abs(value - expected) <= 1e-9 * Math.max(1, Math.abs(expected));
        expect(near, `${name}, ${what} at ${at[i]}: ${value}, not ${expected}`).toBe(true);
      }
    };
    const total = (g: F) => (y: Tensor) => sum(vmap(g)(y));
    const second = (g: F) => (y: Tensor) => grad((z: Tensor) => sum(grad(total(g))(z)))(y);
    const tangent = (g: F) => (y: Tensor) => jvp(g, [y], [add(mul(y, 0), 1)]).tangent;
    close(vmap(f)(x), entries(f), "the value");
    close(grad(total(f))(x), entries(grad(f)), "grad(vmap)");
    close(vmap(grad(f))(x), entries(grad(f)), "vmap(grad)");
    close(tangent(vmap(f))(x), entries(tangent(f)), "jvp(vmap)");
    close(
      second(f)(x),
      entries((y) => grad(grad(f))(y)),
      "grad(grad(vmap))",
    );
    close(
      tangent(grad(total(f)))(x),
      entries((y) => grad(grad(f))(y)),
      "jvp(grad(vmap))",
    );
    close(compile((y: Tensor) => grad(total(f))(y))(x), entries(grad(f)), "compiled grad(vmap)");
    close(compile((y: Tensor) => grad((z: Tensor) => total(f)(z))(y))(x), entries(grad(f)), "grad(compiled vmap)");
  };

  test.each(Object.entries(guarded))("%s", (name, f) => {
    withBackend(backend, () => {
      fc.assert(
        fc.property(points, (at) => check(name, f, at)),
        { numRuns: 8 },
      );
    });
  });

  test("all entries take one branch", () => {
    withBackend(backend, () => {
      expect(values(grad((x: Tensor) => sum(vmap(root)(x)))(tensor([0, 0])))).toEqual([0, 0]);
      expect(values(grad((x: Tensor) => sum(vmap(root)(x)))(tensor([4, 4])))).toEqual([0.25, 0.25]);
    });
  });

  test("what all entries share gets the sum over those that use it", () => {
    withBackend(backend, () => {
      const p = new Parameter([1, 2]);
      const x = tensor([0, 4, 9]);
      const f = (q: Parameter) =>
        sum(
          vmap((y: Tensor) =>
            cond(
              greater(y, 0),
              () => sum(mul(log(y), mul(q, q))),
              () => mul(y, 0),
            ),
          )(x),
        );
      const slope = Math.log(4) + Math.log(9);
      for (const run of [f, (q: Parameter) => compile(() => f(q))()]) {
        const [a = NaN, b = NaN] = values(grad(run)(p));
        expect(a).toBeCloseTo(2 * slope, 9);
        expect(b).toBeCloseTo(4 * slope, 9);
      }
      expect(values(jvp(f, [p], [tensor([1, 0])]).tangent)[0]).toBeCloseTo(2 * slope, 9);
    });
  });

  test("of vmap in vmap, with entries that differ in either axis", () => {
    withBackend(backend, () => {
      const scaled = (s: Tensor, y: Tensor) =>
        cond(
          greater(y, 0),
          (t: Tensor, z: Tensor) => mul(t, sqrt(z)),
          (t: Tensor) => mul(t, 0),
          s,
          y,
        );
      const inner = vmap(scaled, { inAxes: [null, 0] });
      const outer = vmap(inner, { inAxes: [0, null] });
      const [s, y] = [tensor([1, 2]), tensor([0, 4, 0])];
      expect(values(outer(s, y))).toEqual([0, 2, 0, 0, 4, 0]);
      const g = grad(([a, b]: readonly [Tensor, Tensor]) => sum(outer(a, b)))([s, y]);
      expect(g.map(values)).toEqual([
        [2, 2],
        [0, 0.75, 0],
      ]);
      const h = hessian(([a, b]: readonly [Tensor, Tensor]) => sum(outer(a, b)))([s, y]);
      // ∂²/∂s∂y = 1 / (2√y) where y > 0.
      expect(values(h[0][1])).toEqual([0, 0.25, 0, 0, 0.25, 0]);
      expect(values(h[1][0])).toEqual([0, 0, 0.25, 0.25, 0, 0]);
      expect(values(jacobian((b: Tensor) => outer(s, b), { mode: "forward" })(y))).toEqual(
        values(jacobian((b: Tensor) => outer(s, b))(y)),
      );
    });
  });
});
