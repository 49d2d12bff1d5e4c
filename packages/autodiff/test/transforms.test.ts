import { expectClose } from "@tapegrad/conformance";
import { DTypeError, Parameter, ShapeError, type Tensor, tensor, withParameters } from "@tapegrad/core";
import { add, cast, div, exp, mean, mul, reshape, sin, square, stopGradient, sub, sum, tanh } from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import { grad, hvp, jvp, noGrad, Tape, valueAndGrad, vjp } from "../src/index.ts";
import { expectError, inDoublePrecision, random, values } from "./comparison.ts";

inDoublePrecision();

const scalar = (x: number) => tensor(x);

describe("grad", () => {
  test("is with respect to the first argument alone, a tree of tensors and Parameters, and has its type", () => {
    const p = new Parameter([2, 3]);
    const f = (x: { w: Tensor; rest: [Tensor, Parameter] }, scale: number) =>
      mul(sum(mul(mul(x.w, x.rest[0]), x.rest[1])), scale);
    const argument: { w: Tensor; rest: [Tensor, Parameter] } = { w: tensor([1, 2]), rest: [tensor([5, 7]), p] };
    const g = grad(f)(argument, 10);
    expectTypeOf(g).toEqualTypeOf<{ w: Tensor; rest: [Tensor, Tensor] }>();
    expectClose(g, { w: tensor([100, 210]), rest: [tensor([20, 60]), tensor([50, 140])] });
    expect(values(p)).toEqual([2, 3]);
  });

  test("of numbers is a tensor, also for the types", () => {
    const g = grad((x: { a: number; b: Tensor }) => mul(x.a, x.b))({ a: 3, b: tensor(4) });
    expectTypeOf(g).toEqualTypeOf<{ a: Tensor; b: Tensor }>();
    expectClose(g, { a: tensor(4), b: tensor(3) });
  });

  test("needs a single value", () => {
    expectError(
      () => grad((x: Tensor) => square(x))(tensor([1, 2])),
      ShapeError,
      "grad: the target has 2 values: [2]; reduce it to one, or pass { seed }",
    );
    expectError(
      () => grad((() => undefined) as unknown as (x: Tensor) => Tensor)(tensor(1)),
      DTypeError,
      "grad: result is not a tensor: undefined; return and pass trees of tensors",
    );
    expectError(
      () => grad((x: { s: string }) => tensor(x.s.length))({ s: "no" }),
      DTypeError,
      'grad: x.s is not a tensor: "no"; differentiate with respect to trees of tensors, Parameters and modules',
    );
  });

  test("the same tensor in two places has two gradients", () => {
    const x = scalar(3);
    expectClose(grad(([a, b]: [Tensor, Tensor]) => mul(square(a), b))([x, x]), [scalar(18), scalar(9)]);
  });

  test("what is closed over is a constant", () => {
    const x = scalar(3);
    expectClose(grad((y: Tensor) => mul(x, y))(x), scalar(3));
  });
});

describe("valueAndGrad", () => {
  test("gives the value too, and with `hasAux` passes on what f returns beside", () => {
    const x = tensor([1, 2]);
    const plain = valueAndGrad((y: Tensor) => sum(square(y)))(x);
    expectTypeOf(plain).toEqualTypeOf<{ value: Tensor; gradient: Tensor }>();
    expectClose([plain.value, plain.gradient], [scalar(5), tensor([2, 4])]);
    expect(Object.keys(plain)).toEqual(["value", "gradient"]);
    const f = (y: Tensor): [Tensor, { doubled: Tensor; label: string }] => [
      sum(square(y)),
      { doubled: mul(y, 2), label: "kept" },
    ];
    const { value, gradient, aux } = valueAndGrad(f, { hasAux: true })(x);
    expectTypeOf(aux).toEqualTypeOf<{ doubled: Tensor; label: string }>();
    expectClose([value, gradient, aux.doubled], [scalar(5), tensor([2, 4]), tensor([2, 4])]);
    expect(aux.label).toBe("kept");
  });
});

describe("vjp", () => {
  test("takes a cotangent like the value to cotangents like the arguments, by key whatever the order of keys", () => {
    const [a, b] = [tensor([1, 2]), tensor([3, 4])];
    const { value, pullback } = vjp((x: Tensor, y: Tensor) => ({ product: mul(x, y), sum: add(x, y) }), a, b);
    expectTypeOf(pullback).returns.toEqualTypeOf<[Tensor, Tensor]>();
    expectClose(value, { product: tensor([3, 8]), sum: tensor([4, 6]) });
    const [one, ten] = [tensor([1, 1]), tensor([10, 10])];
    expectClose(pullback({ product: one, sum: ten }), [tensor([13, 14]), tensor([11, 12])]);
    expectClose(pullback({ sum: ten, product: one }), [tensor([13, 14]), tensor([11, 12])]);
  });

  test("a cotangent of another structure or shape is an error", () => {
    const { pullback } = vjp((x: Tensor) => ({ y: x }), tensor([1, 2]));
    expectError(
      () => pullback({ z: tensor([1, 1]) } as unknown as { y: Tensor }),
      ShapeError,
      "vjp: cotangent has another structure: y is missing, z is new; use the same keys and lengths",
    );
    expectError(() => pullback({ y: tensor(1) }), ShapeError, "vjp: the seed has another shape: [] for [2]");
  });
});

describe("jvp", () => {
  test("gives the directional derivative, trees in and out, by key whatever the order of keys", () => {
    const p = new Parameter(5);
    const f = ({ x, y }: { x: Tensor; y: Tensor }, q: Parameter) => [mul(x, y), { z: mul(q, sin(x)) }] as const;
    const { value, tangent } = jvp(f, [{ x: scalar(2), y: scalar(3) }, p] as [{ x: Tensor; y: Tensor }, Parameter], [
      { y: scalar(100), x: scalar(1) },
      scalar(10),
    ]);
    expectClose(value, [scalar(6), { z: scalar(5 * Math.sin(2)) }]);
    expectClose(tangent, [scalar(203), { z: scalar(5 * Math.cos(2) + 10 * Math.sin(2)) }]);
  });

  test("is zero where the result does not depend on the argument, constant or stopped", () => {
    const f = (x: Tensor) => [stopGradient(x), noGrad(() => square(x)), cast(cast(x, "int32"), "float64"), tensor(7)];
    const { tangent } = jvp(f, [scalar(2)], [scalar(1)]);
    expect(tangent.map((t) => values(t))).toEqual([[0], [0], [0], [0]]);
  });

  test("tangents that do not mirror their primals are errors", () => {
    const f = (x: Tensor) => x;
    expectError(
      () => jvp(f, [tensor([1, 2])], [tensor([1])]),
      ShapeError,
      "jvp: a tangent does not mirror its primal: [1] for [2]",
    );
    expectError(
      () => jvp(f, [tensor([1, 2])], [] as unknown as [Tensor]),
      ShapeError,
      "jvp: tangents has another structure; use the same keys and lengths",
    );
  });

  test("a tangent of another dtype is cast to the primal's", () => {
    const { tangent } = jvp((x: Tensor) => reshape(x, [2]), [tensor([1, 2])], [tensor([3, 4], { dtype: "float32" })]);
    expectClose(tangent, tensor([3, 4]));
  });
});

/** d/dx of a scalar function, by each mode. */
const reverse = (f: (x: Tensor) => Tensor) => (x: Tensor) => grad(f)(x);
const forward = (f: (x: Tensor) => Tensor) => (x: Tensor) => jvp(f, [x], [tensor(1)]).tangent;
const byTape = (f: (x: Tensor) => Tensor) => (x: Tensor) => {
  const tape = new Tape();
  const input = mul(x, 1);
  const y = tape.record(() => f(input));
  return tape.gradient(y, input);
};
const modes = { reverse, forward, byTape };
const pairs = Object.entries(modes).flatMap(([outer, d]) =>
  Object.entries(modes).map(([inner, e]) => [inner, outer, e, d] as const),
);

describe("Identity: Transforms re-wrap their inputs through a recorded `alias`, or `grad(y => x·y)(x)` would give 2x", () => {
  test("in so many words", () => {
    expectClose(grad((x: Tensor) => mul(x, grad((y: Tensor) => mul(x, y))(x)))(scalar(3)), scalar(6));
    expectClose(grad((x: number) => mul(x, grad((y: Tensor) => mul(x, y))(tensor(3))))(3), scalar(6));
  });

  describe.each(pairs)("no perturbation is confused with another: %s in %s", (_, __, inner, outer) => {
    test("d/dx x · d/dy xy = 2x", () => {
      expectClose(outer((x) => mul(x, inner((y) => mul(x, y))(x)))(scalar(3)), scalar(6));
    });
    test("d/dx x · d/dy (x + y) at y = 1 is 1", () => {
      expectClose(outer((x) => mul(x, inner((y) => add(x, y))(tensor(1))))(scalar(3)), scalar(1));
    });
    test("d/dx of d/dy x²y³ at y = x is 12x³", () => {
      // d/dy x²y³ = 3x²y², at y = x: 3x⁴; its derivative is 12x³.
      const f = (x: Tensor) => inner((y) => mul(square(x), mul(y, square(y))))(x);
      expectClose(outer(f)(scalar(2)), scalar(96));
    });
    test("d²/dx² sin eˣ", () => {
      const x = 0.3;
      const e = Math.exp(x);
      expectClose(outer(inner((t) => sin(exp(t))))(scalar(x)), scalar(e * Math.cos(e) - e * e * Math.sin(e)));
    });
    test("an inner derivative of what does not depend on its variable is 0, not the outer one's", () => {
      expectClose(outer((x) => add(inner(() => square(x))(x), mul(x, 0)))(scalar(3)), scalar(0));
    });
  });

  test("three deep, in every order of the modes", () => {
    for (const first of Object.values(modes)) {
      for (const second of Object.values(modes)) {
        for (const third of Object.values(modes)) {
          // d/dx d/dy d/dz x y² z³ · x y z = x²y³z⁴: d/dz = 4x²y³z³, at z = y: 4x²y⁶; d/dy = 24x²y⁵, at y = x: 24x⁷.
          const f = first((x) =>
            second((y) => third((z) => mul(square(x), mul(mul(y, square(y)), square(square(z)))))(y))(x),
          );
          expectClose(f(scalar(1.1)), scalar(168 * 1.1 ** 6), 1e-11);
        }
      }
    }
  });
});

describe("orders", () => {
  test("the n-th derivative of x⁶ by n-fold grad", () => {
    let f = (x: Tensor): Tensor => mul(square(square(x)), square(x));
    let [coefficient, power] = [1, 6];
    for (let order = 1; order <= 6; order++) {
      f = reverse(f);
      coefficient *= power--;
      expectClose(f(scalar(1.5)), scalar(coefficient * 1.5 ** power));
    }
  });

  test("the second derivative is the same in every composition of modes", () => {
    const [x, v] = [random([4], 2), random([4], 3)];
    const f = (y: Tensor) => mean(mul(tanh(mul(y, y)), exp(div(y, add(2, square(sum(y)))))));
    const forwardOverReverse = hvp(f, x, v);
    const reverseOverReverse = grad((y: Tensor) => sum(mul(grad(f)(y), v)))(x);
    const reverseOverForward = grad((y: Tensor) => jvp(f, [y], [v]).tangent)(x);
    const along = (u: Tensor) => jvp((y: Tensor) => jvp(f, [y], [v]).tangent, [x], [u]).tangent;
    expectClose(reverseOverReverse, forwardOverReverse);
    expectClose(reverseOverForward, forwardOverReverse);
    const u = random([4], 4);
    expectClose(along(u), sum(mul(u, forwardOverReverse)));
  });

  test("hvp takes trees and Parameters", () => {
    const p = new Parameter([1, 2]);
    const f = ({ q, x }: { q: Parameter; x: Tensor }) => sum(mul(square(q), x));
    const result = hvp(f, { q: p, x: tensor([3, 4]) }, { q: tensor([1, 0]), x: tensor([0, 1]) });
    expectTypeOf(result).toEqualTypeOf<{ q: Tensor; x: Tensor }>();
    expectClose(result, { q: tensor([6, 4]), x: tensor([2, 0]) });
  });
});

describe("noGrad and stopGradient under every transform", () => {
  test.each(Object.entries(modes))("%s", (_, d) => {
    expectClose(d((x) => mul(x, stopGradient(square(x))))(scalar(3)), scalar(9));
    expectClose(
      d((x) =>
        mul(
          x,
          noGrad(() => square(x)),
        ),
      )(scalar(3)),
      scalar(9),
    );
    expectClose(
      d((x) =>
        sub(
          x,
          noGrad(() => d((y) => square(y))(x)),
        ),
      )(scalar(3)),
      scalar(1),
    );
  });
});

describe("withParameters is that environment, public", () => {
  test("a derivative through it is with respect to the values given", () => {
    const p = new Parameter(2);
    const f = (value: Tensor) => withParameters([p], [value], () => mul(square(p), p));
    expectClose(f(scalar(3)), scalar(27));
    expectClose(grad(f)(scalar(3)), scalar(27));
    expectClose(jvp(f, [scalar(3)], [scalar(1)]).tangent, scalar(27));
    expectClose(hvp(f, scalar(3), scalar(1)), scalar(18));
  });
});
