import { expectClose } from "@tapegrad/conformance";
import { Parameter, ShapeError, type Tensor, TraceError, tensor } from "@tapegrad/core";
import {
  add,
  asTensor,
  cast,
  cos,
  exp,
  Generator,
  log,
  mul,
  neg,
  sin,
  square,
  stopGradient,
  sub,
  sum,
} from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import { checkpoint, cond, customVjp, grad, hvp, jvp, scan, Tape, vjp, vmap } from "../src/index.ts";
import { expectError, inDoublePrecision, random, values } from "./comparison.ts";
import { expectSame } from "./loops.ts";

inDoublePrecision();

/** sin(x)·y with its own rule, written with the residuals and with g. */
const sine = customVjp({
  forward: (x: Tensor, y: Tensor) => [mul(sin(x), y), { x, y }],
  backward: ({ x, y }, g) => [mul(g, mul(cos(x), y)), mul(g, sin(x))],
});

describe("customVjp", () => {
  test("with the right rule is the same function under every transform, to second order", () => {
    expectSame(
      ({ x, y }: { x: Tensor; y: Tensor }) => sine(square(x), y),
      ({ x, y }) => mul(sin(square(x)), y),
      { x: random([2, 2], 1), y: random([2, 2], 2) },
    );
  });

  test("third order through residuals", () => {
    const third = (f: (x: Tensor) => Tensor) => grad((x: Tensor) => grad((y: Tensor) => grad(f)(y))(x))(tensor(0.7));
    expectClose(
      third((x) => sine(x, x)),
      third((x) => mul(sin(x), x)),
    );
  });

  test("trees of arguments, value and residual, cotangents by key whatever the order of keys", () => {
    const f = customVjp({
      forward: ({ a, b }: { a: Tensor; b: [Tensor] }) => [
        { product: mul(a, b[0]), total: sum(exp(a)) },
        [a, { b: b[0] }] as const,
      ],
      backward: ([a, { b }], { total, product }) => [
        { b: [mul(product, a)] as [Tensor], a: add(mul(product, b), mul(total, exp(a))) },
      ],
    });
    expectTypeOf(f).returns.toEqualTypeOf<{ product: Tensor; total: Tensor }>();
    expectSame(
      (x: { a: Tensor; b: [Tensor] }) => f(x),
      ({ a, b: [b] }) => ({ product: mul(a, b), total: sum(exp(a)) }),
      { a: random([3], 1), b: [random([3], 2)] } as { a: Tensor; b: [Tensor] },
    );
  });

  test("the rule is what counts, not the function: clipping a gradient, log(1 + eˣ) without overflow", () => {
    const clip = customVjp({
      forward: (x: Tensor) => [x, []],
      backward: (_, g) => [mul(0.5, g)],
    });
    expectClose(grad((x: Tensor) => square(clip(x)))(tensor(3)), tensor(3));
    expectClose(jvp((x: Tensor) => square(clip(x)), [tensor(3)], [tensor(1)]).tangent, tensor(3));
    const logistic = customVjp({
      forward: (x: Tensor) => [log(add(1, exp(x))), x],
      backward: (x, g) => [mul(g, sub(1, mul(1, exp(neg(log(add(1, exp(x))))))))],
    });
    expectClose(grad((x: Tensor) => logistic(x))(tensor(100)), tensor(1));
  });

  test("forward mode is the derivative of its backward with respect to g", () => {
    // A rule that is wrong in the same way in both modes: x̄ = 3g though y = x².
    const f = customVjp({ forward: (x: Tensor) => [square(x), []], backward: (_, g) => [mul(3, g)] });
    const x = tensor([1, 2]);
    expectClose(vjp(f, x).pullback(tensor([1, 10])), [tensor([3, 30])]);
    expectClose(jvp(f, [x], [tensor([1, 10])]).tangent, tensor([3, 30]));
  });

  test("without a derivative being asked for, backward is not called", () => {
    let calls = 0;
    const f = customVjp({
      forward: (x: Tensor) => [square(x), []],
      backward: (_, g) => {
        calls++;
        return [g];
      },
    });
    f(tensor(2));
    expect(calls).toBe(0);
  });

  test("inside scan, cond and checkpoint, and around them", () => {
    const inside =
      (h: (x: Tensor, y: Tensor) => Tensor) =>
      ({ x, ys }: { x: Tensor; ys: Tensor }) =>
        scan(
          (c: Tensor, y: Tensor) => [
            checkpoint((k: Tensor) =>
              cond(
                1,
                (z: Tensor) => h(z, y),
                (z: Tensor) => z,
                k,
              ),
            )(c),
            null,
          ],
          x,
          ys,
        )[0];
    const inputs = { x: random([2], 1), ys: random([3, 2], 2) };
    expectSame(
      inside(sine),
      inside((x, y) => mul(sin(x), y)),
      inputs,
    );
    const looped = customVjp({
      forward: (x: Tensor) => {
        const [y, trail] = scan((c: Tensor) => [sin(c), c], x, null, { length: 3 });
        return [y, trail];
      },
      backward: (trail, g) => [scan((k: Tensor, c: Tensor) => [mul(k, cos(c)), null], g, trail, { reverse: true })[0]],
    });
    expectSame(
      ({ x }: { x: Tensor }) => looped(x),
      ({ x }) => sin(sin(sin(x))),
      { x: random([2], 3) },
    );
  });

  test("under vmap, arguments without the batch axis get the sum of their cotangents", () => {
    const [x, ys] = [random([2], 1), random([3, 2], 2)];
    const total = (h: typeof sine) => (z: Tensor) => sum(vmap((y: Tensor) => h(z, y))(ys));
    expectClose(grad(total(sine))(x), grad(total((a, b) => mul(sin(a), b)))(x));
    expectClose(
      hvp(total(sine), x, x),
      hvp(
        total((a, b) => mul(sin(a), b)),
        x,
        x,
      ),
    );
    const nested = vmap((a: Tensor) => vmap((b: Tensor) => sine(a, b))(ys));
    const plain = vmap((a: Tensor) => vmap((b: Tensor) => mul(sin(a), b))(ys));
    expectClose(nested(random([4, 2], 3)), plain(random([4, 2], 3)));
  });

  test("integers and numbers among the arguments", () => {
    const power = customVjp({
      forward: (x: Tensor, n: Tensor) => [mul(x, n), { n }],
      backward: ({ n }, g) => [mul(g, n), cast(mul(0, n), "int32")],
    });
    const n = tensor(4, { dtype: "int32" });
    expectClose(grad((x: Tensor) => power(x, n))(tensor(3)), tensor(4));
    expectClose(jvp((x: Tensor) => power(x, n), [tensor(3)], [tensor(2)]).tangent, tensor(8));
    const f = customVjp({
      forward: (x: Tensor, k: number) => [mul(x, k), asTensor(k)],
      backward: (k, g) => [mul(g, k), 0],
    });
    expectClose(grad((x: Tensor) => f(x, 5))(tensor(3)), tensor(5));
  });

  test("a cotangent of another dtype is cast to the argument's", () => {
    const f = customVjp({ forward: (x: Tensor) => [square(x), []], backward: (_, g) => [cast(g, "float32")] });
    expectClose(grad((x: Tensor) => f(x))(tensor(3)), tensor(1));
  });
});

describe("effects of forward", () => {
  test("happen, once", () => {
    const [ours, theirs, count] = [new Generator(1), new Generator(1), new Parameter(0)];
    const f = customVjp({
      forward: (x: Tensor) => {
        count.assign(add(count.value, 1));
        const noise = ours.uniform(x.shape);
        return [mul(x, noise), noise];
      },
      backward: (noise, g) => [mul(g, noise)],
    });
    for (let i = 1; i <= 2; i++) {
      const x = random([3], i);
      expectClose(grad((y: Tensor) => sum(f(y)))(x), theirs.uniform([3]));
      expect(values(ours.state)).toEqual(values(theirs.state));
      expect(values(count)).toEqual([i]);
    }
  });
});

describe("A closed-over tensor that connects source and target is an error that names it", () => {
  const closing = (k: Tensor | Parameter) =>
    customVjp({ forward: (x: Tensor) => [mul(x, k), asTensor(k)], backward: (kept, g) => [mul(g, kept)] });
  const message = (shape: string) =>
    `customVjp: forward closes over a tensor that is differentiated: float64 ${shape}; pass it as an argument, or through stopGradient`;

  test("in reverse, in forward mode, for tensors and for Parameters", () => {
    const x = tensor([1, 2]);
    const f = (k: Tensor) => sum(closing(square(k))(x));
    expectError(() => grad(f)(tensor([3, 4])), TraceError, message("[2]"));
    expectError(() => jvp(f, [tensor([3, 4])], [tensor([1, 1])]), TraceError, message("[2]"));
    const p = new Parameter(2);
    expectError(() => grad((_: Parameter) => sum(closing(p)(x)))(p), TraceError, message("[]"));
  });

  test("but only if a derivative is asked for with respect to it", () => {
    const [x, k] = [tensor([1, 2]), tensor([3, 4])];
    expectClose(grad((y: Tensor) => sum(closing(square(k))(y)))(x), tensor([9, 16]));
    const tape = new Tape();
    const y = tape.record(() => sum(closing(square(k))(x)));
    expectClose(tape.gradient(y, x), tensor([9, 16]));
    expect(() => tape.gradient(y, k)).toThrow(TraceError);
  });

  test("and not if it comes through stopGradient, outside or inside", () => {
    const k = tensor(3);
    expectClose(grad((x: Tensor) => closing(stopGradient(square(x)))(x))(k), tensor(9));
    expectClose(jvp((x: Tensor) => closing(stopGradient(square(x)))(x), [k], [tensor(1)]).tangent, tensor(9));
    const inside = (x: Tensor) =>
      customVjp({
        forward: (y: Tensor) => [mul(y, stopGradient(x)), stopGradient(x)],
        backward: (kept, g) => [mul(g, kept)],
      })(square(x));
    expectClose(grad(inside)(k), tensor(18));
    expectClose(jvp(inside, [k], [tensor(1)]).tangent, tensor(18));
    expectClose(grad((x: Tensor) => grad(inside)(x))(k), tensor(6));
  });
});

describe("errors", () => {
  const rule = (backward: (residual: unknown, g: Tensor) => unknown) =>
    grad((x: Tensor) =>
      sum(
        customVjp({
          forward: (y: Tensor) => [square(y), []],
          backward: backward as (residual: unknown, g: Tensor) => [Tensor],
        })(x),
      ),
    );
  test.each<[string, (residual: unknown, g: Tensor) => unknown, new (...args: never[]) => Error, string]>([
    [
      "too few cotangents",
      () => [],
      ShapeError,
      "customVjp: cotangents has another structure; use the same keys and lengths",
    ],
    [
      "a bare cotangent",
      (_, g) => g,
      ShapeError,
      "customVjp: cotangents has another structure; use the same keys and lengths",
    ],
    [
      "a cotangent of another shape",
      (_, g) => [sum(g)],
      ShapeError,
      "customVjp: the cotangent of argument 0 has another shape: [] for [2]",
    ],
    [
      "a promise",
      async (_, g) => [g],
      TraceError,
      "customVjp: the callback returned a promise; await before or after, not inside",
    ],
  ])("backward returns %s", (_, backward, type, message) => {
    expectError(() => rule(backward)(tensor([1, 2])), type, message);
  });

  test("the shape is checked in forward mode too", () => {
    const f = customVjp({ forward: (x: Tensor) => [square(x), []], backward: (_, g) => [sum(g)] });
    expect(() => jvp(f, [tensor([1, 2])], [tensor([1, 1])])).toThrow(ShapeError);
  });
});
