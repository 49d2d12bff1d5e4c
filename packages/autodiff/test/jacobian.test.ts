import { expectClose } from "@tapegrad/conformance";
import { Parameter, type Tensor, tensor } from "@tapegrad/core";
import {
  add,
  exp,
  Generator,
  matmul,
  mul,
  reshape,
  sin,
  square,
  stopGradient,
  sum,
  tanh,
  transpose,
  where,
} from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import { customVjp, grad, hessian, hvp, jacobian, jvp, scan, vjp, vmap } from "../src/index.ts";
import { inDoublePrecision, random, values } from "./comparison.ts";

inDoublePrecision();

const modes = ["reverse", "forward"] as const;

describe.each(modes)("jacobian in %s mode", (mode) => {
  test("of a linear map is its matrix", () => {
    const a = random([3, 4], 1);
    expectClose(jacobian((x: Tensor) => matmul(a, x), { mode })(random([4], 2)), a);
  });

  test("has shape [...result, ...argument], column by column the directional derivative, row by row the pullback", () => {
    const [x, w] = [random([2, 3], 1), random([3, 2], 2)];
    const f = (y: Tensor) => tanh(matmul(y, w));
    const j = jacobian(f, { mode })(x);
    expect(j.shape).toEqual([2, 2, 2, 3]);
    const u = random([2, 3], 3);
    const flat = reshape(j, [4, 6]);
    expectClose(reshape(matmul(flat, reshape(u, [6])), [2, 2]), jvp(f, [x], [u]).tangent);
    const g = random([2, 2], 4);
    expectClose(reshape(matmul(reshape(g, [4]), flat), [2, 3]), vjp(f, x).pullback(g)[0]);
  });

  test("of trees is a tree of trees, and Parameters are arguments", () => {
    const p = new Parameter(tensor([1, 2]));
    const f = ({ x, q }: { x: Tensor; q: Parameter }) => ({ scaled: mul(q, x), parts: [square(x)] });
    const j = jacobian(f, { mode })({ x: tensor(3), q: p });
    expectTypeOf(j.scaled).toEqualTypeOf<{ x: Tensor; q: Tensor }>();
    expectTypeOf(j.parts).toEqualTypeOf<{ x: Tensor; q: Tensor }[]>();
    expectClose(j, {
      scaled: {
        x: tensor([1, 2]),
        q: tensor([
          [3, 0],
          [0, 3],
        ]),
      },
      parts: [{ x: tensor(6), q: tensor([0, 0]) }],
    });
  });

  test("of a scalar of a scalar, of nothing, of what does not depend on the argument", () => {
    const d = (f: (x: Tensor) => Tensor) => jacobian(f, { mode });
    expectClose(d((x) => sin(x))(tensor(2)), tensor(Math.cos(2)));
    expectClose(d((x) => mul(x, 2))(tensor([], { shape: [0] })), tensor([], { shape: [0, 0] }));
    expectClose(
      d((x) => add(stopGradient(x), 1))(tensor([1, 2])),
      tensor([
        [0, 0],
        [0, 0],
      ]),
    );
    expectClose(d(() => tensor([1, 2, 3]))(tensor(2)), tensor([0, 0, 0]));
  });

  test("nested in itself and under grad, vmap and hvp", () => {
    const x = random([2], 1);
    const f = (y: Tensor) => mul(exp(y), sum(square(y)));
    const second = jacobian(jacobian(f, { mode }), { mode })(x);
    expect(second.shape).toEqual([2, 2, 2]);
    expectClose(second, transpose(second, [0, 2, 1]));
    const norm = (y: Tensor) => sum(square(jacobian(f, { mode })(y)));
    const entries = (y: Tensor) => {
      const e = [tensor([1, 0]), tensor([0, 1])];
      return e.map((u) => sum(square(jvp(f, [y], [u]).tangent))).reduce((a, b) => add(a, b));
    };
    expectClose(grad(norm)(x), grad(entries)(x));
    expectClose(hvp(norm, x, x), hvp(entries, x, x));
    const batch = random([3, 2], 2);
    expectClose(
      sum(vmap(jacobian(f, { mode }))(batch), { axis: 0 }),
      [0, 1, 2]
        .map((i) => jacobian(f, { mode })(tensor(values(batch).slice(2 * i, 2 * i + 2))))
        .reduce((a, b) => add(a, b)),
    );
  });

  test("through a customVjp", () => {
    const f = customVjp({ forward: (x: Tensor) => [square(x), x], backward: (x, g) => [mul(3, mul(g, x))] });
    expectClose(
      jacobian((x: Tensor) => f(x), { mode })(tensor([1, 2])),
      tensor([
        [3, 0],
        [0, 6],
      ]),
    );
  });

  test("all rows and columns are of one function, which draws its random numbers once", () => {
    const [ours, theirs] = [new Generator(4), new Generator(4)];
    const step = (g: Generator) => (c: Tensor) => [where(g.bernoulli(0.5, [4]), mul(c, 2), square(c)), null] as const;
    const f = (g: Generator) => (x: Tensor) => scan(step(g), x, null, { length: 3 })[0];
    const x = random([4], 1);
    expectClose(jacobian(f(ours), { mode })(x), diagonal(vjp(f(theirs), x).pullback(tensor([1, 1, 1, 1]))[0]));
  });
});

function diagonal(x: Tensor): Tensor {
  const [n = 0] = x.shape;
  return tensor(
    values(x).flatMap((value, i) => Array.from({ length: n }, (_, k) => (i === k ? value : 0))),
    {
      shape: [n, n],
    },
  );
}

describe("hessian", () => {
  test("is symmetric, and its products are hvp's", () => {
    const x = random([3], 1);
    const f = (y: Tensor) => sum(mul(sin(y), exp(mul(y, sum(y)))));
    const h = hessian(f)(x);
    expectTypeOf(h).toEqualTypeOf<Tensor>();
    expectClose(h, transpose(h));
    const v = random([3], 2);
    expectClose(matmul(h, v), hvp(f, x, v));
    expectClose(h, jacobian(grad(f))(x));
  });

  test("of a tree is a tree of trees", () => {
    const p = new Parameter(tensor([1, 2]));
    const f = ({ x, q }: { x: Tensor; q: Parameter }) => sum(mul(square(x), mul(q, q)));
    const h = hessian(f)({ x: tensor(3), q: p });
    expectTypeOf(h).toEqualTypeOf<{ x: { x: Tensor; q: Tensor }; q: { x: Tensor; q: Tensor } }>();
    expectClose(h, {
      x: { x: tensor(10), q: tensor([12, 24]) },
      q: {
        x: tensor([12, 24]),
        q: tensor([
          [18, 0],
          [0, 18],
        ]),
      },
    });
  });
});
