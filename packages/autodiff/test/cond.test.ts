import { expectClose } from "@tapegrad/conformance";
import { DTypeError, Parameter, ShapeError, type Tensor, TraceError, tensor, trace } from "@tapegrad/core";
import {
  add,
  cast,
  concat,
  div,
  Generator,
  greater,
  mul,
  neg,
  sin,
  square,
  stack,
  sub,
  sum,
  tanh,
} from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import { checkpoint, cond, grad, hvp, jvp, noGrad, scan, Tape, vjp, vmap } from "../src/index.ts";
import { expectError, inDoublePrecision, random, values } from "./comparison.ts";
import { expectSame } from "./loops.ts";

inDoublePrecision();

describe("cond", () => {
  const yes = (x: Tensor, y: Tensor) => ({ a: mul(x, y), b: [sin(x)] });
  const no = (x: Tensor, y: Tensor) => ({ a: sub(square(x), y), b: [mul(y, y)] });

  test.each([true, false])("is the branch that a predicate of %s takes, under every transform", (taken) => {
    expectSame(
      ({ x, y }: { x: Tensor; y: Tensor }) => cond(tensor(taken), yes, no, x, y),
      ({ x, y }) => (taken ? yes : no)(x, y),
      { x: random([2, 3], 1), y: random([2, 3], 2) },
    );
  });

  test("has the type of its branches, and takes trees and numbers", () => {
    const result = cond(
      1,
      (s: { x: Tensor }, k: number) => mul(s.x, k),
      (s) => s.x,
      { x: tensor(3) },
      5,
    );
    expectTypeOf(result).toEqualTypeOf<Tensor>();
    expectClose(result, tensor(15));
  });

  test("matches the branches' trees by key, whatever the order of keys", () => {
    const both = (p: number) =>
      cond(
        p,
        (x: Tensor) => ({ a: x, b: mul(2, x) }),
        (x: Tensor) => ({ b: neg(x), a: mul(3, x) }),
        tensor(5),
      );
    expectClose(
      [both(1).a, both(1).b, both(0).a, both(0).b],
      [5, 10, 15, -5].map((value) => tensor(value)),
    );
  });

  test("takes any single value for a predicate: numbers, Parameters, shape [1], NaN counting as true", () => {
    const which = (predicate: Parameters<typeof cond>[0]) =>
      values(
        cond(
          predicate,
          () => tensor(1),
          () => tensor(2),
        ),
      );
    expect([which(0), which(-0.5), which(Number.NaN)]).toEqual([[2], [1], [1]]);
    expect([which(tensor([0])), which(tensor([[3]])), which(new Parameter(0))]).toEqual([[2], [1], [2]]);
  });

  test("runs only the branch that is taken", () => {
    const tape = new Tape();
    const [x, predicate] = [tensor(0), tensor(true)];
    const y = tape.record(() =>
      cond(
        predicate,
        (z: Tensor) => mul(z, 2),
        (z: Tensor) => div(1, z),
        x,
      ),
    );
    expect(tape.nodes.map(({ op }) => op.name)).toEqual(["cond"]);
    expectClose(tape.gradient(y, x), tensor(2));
  });

  test("both branches' captures get gradients, zero from the one not taken", () => {
    const [p, q, c] = [new Parameter(2), new Parameter(3), tensor(5)];
    for (const taken of [true, false]) {
      const f = ({ k }: { k: Tensor; p: Parameter; q: Parameter }) =>
        cond(
          tensor(taken),
          (x: Tensor) => mul(mul(x, p), k),
          (x: Tensor) => mul(mul(x, q), p),
          k,
        );
      const value = { k: tensor(7), p, q };
      expectClose(
        grad(f)(value),
        taken ? { k: tensor(2 * 2 * 7), p: tensor(49), q: tensor(0) } : { k: tensor(6), p: tensor(21), q: tensor(14) },
      );
      const tape = new Tape();
      const y = tape.record(() =>
        cond(
          tensor(taken),
          () => mul(c, p),
          () => mul(c, square(c)),
        ),
      );
      expectClose(tape.gradient(y, [c, p]), taken ? [tensor(2), tensor(5)] : [tensor(75), tensor(0)]);
    }
  });

  test("two Parameters that share a tensor stay apart", () => {
    const shared = tensor(3);
    const [p, q] = [new Parameter(shared), new Parameter(shared)];
    const f = () =>
      cond(
        tensor(true),
        () => mul(square(p), q),
        () => mul(q, 1),
      );
    const tape = new Tape();
    const y = tape.record(f);
    expectClose(y, tensor(27));
    expectClose(grad((_: Parameter[]) => f())([p, q]), [tensor(18), tensor(9)]);
  });

  test("the predicate may depend on what is differentiated, which goes through the branch alone", () => {
    const f = (x: Tensor) =>
      cond(
        greater(x, 0),
        (y: Tensor) => square(y),
        (y: Tensor) => mul(-3, y),
        x,
      );
    for (const [x, slope, curvature] of [
      [2, 4, 2],
      [-2, -3, 0],
    ] as const) {
      expectClose(grad(f)(tensor(x)), tensor(slope));
      expectClose(jvp(f, [tensor(x)], [tensor(1)]).tangent, tensor(slope));
      expectClose(hvp(f, tensor(x), tensor(1)), tensor(curvature));
    }
  });

  test("integers as results, beside floats", () => {
    const f = (x: Tensor) =>
      cond(
        greater(sum(x), 0),
        (y: Tensor) => [cast(y, "int32"), square(y)],
        (y) => [cast(neg(y), "int32"), y],
        x,
      );
    const x = tensor([1.5, 2.5]);
    expectClose(f(x), [tensor([1, 2], { dtype: "int32" }), tensor([2.25, 6.25])]);
    expectClose(grad((y: Tensor) => sum(mul(...(f(y) as [Tensor, Tensor]))))(x), tensor([3, 10]));
    expectClose(jvp((y: Tensor) => sum(mul(...(f(y) as [Tensor, Tensor]))), [x], [tensor([1, 1])]).tangent, tensor(13));
  });

  test("inside itself, in a checkpoint, in a loop", () => {
    const f = (x: Tensor) =>
      scan(
        (c: Tensor, e: Tensor) => [
          checkpoint((k: Tensor) =>
            cond(
              greater(sum(k), 0),
              (y: Tensor) =>
                cond(
                  greater(sum(e), 0),
                  (z: Tensor) => mul(z, e),
                  (z: Tensor) => tanh(z),
                  y,
                ),
              (y: Tensor) => add(square(y), e),
              k,
            ),
          )(c),
          c,
        ],
        x,
        random([5, 2], 3),
      );
    const g = (x: Tensor) => {
      let c = x;
      const seen: Tensor[] = [];
      for (let i = 0; i < 5; i++) {
        seen.push(c);
        const e = tensor(values(random([5, 2], 3)).slice(2 * i, 2 * i + 2));
        const [k, positive] = [sum(c).itemSync(), sum(e).itemSync() > 0];
        c = k > 0 ? (positive ? mul(c, e) : tanh(c)) : add(square(c), e);
      }
      return [c, stack(seen)];
    };
    const [x, v] = [random([2], 1), random([2], 2)];
    expectClose(f(x), g(x));
    const seeds = [random([2], 4), random([5, 2], 5)];
    expectClose(vjp(f, x).pullback(seeds as [Tensor, Tensor]), vjp(g, x).pullback(seeds));
    expectClose(jvp(f, [x], [v]).tangent, jvp(g, [x], [v]).tangent);
  });
});

describe("`cond` carries the union of its branches' effects", () => {
  test.each([true, false])("when the predicate is %s", (taken) => {
    const [p, q] = [new Parameter(1), new Parameter(10)];
    const f = (x: Tensor) =>
      cond(
        tensor(taken),
        (y: Tensor) => {
          p.assign(mul(p.value, y));
          return add(p.value, q.value);
        },
        (y: Tensor) => {
          q.assign(add(q.value, y));
          return mul(p.value, q.value);
        },
        x,
      );
    const tape = new Tape();
    const x = tensor(3);
    const y = tape.record(() => add(f(x), mul(p.value, q.value)));
    expect([values(p), values(q)]).toEqual(taken ? [[3], [10]] : [[1], [13]]);
    // taken: (px + q) + px·q; else p(q + x) + p(q + x).
    expectClose(
      tape.gradient(y, { x, p, q }),
      taken ? { x: tensor(11), p: tensor(33), q: tensor(4) } : { x: tensor(2), p: tensor(26), q: tensor(2) },
    );
  });

  test("random numbers are drawn by the branch that is taken alone", () => {
    const [ours, theirs] = [new Generator(5), new Generator(5)];
    const draw = (predicate: number) =>
      cond(
        predicate,
        () => ours.uniform([2]),
        () => tensor([0, 0]),
      );
    expectClose(draw(1), theirs.uniform([2]));
    expectClose(draw(0), tensor([0, 0]));
    expect(values(ours.state)).toEqual(values(theirs.state));
    expectClose(draw(1), theirs.uniform([2]));
  });
});

describe("cond under vmap", () => {
  const f = (p: Tensor, x: Tensor) =>
    cond(
      p,
      (y: Tensor) => [square(y), tensor(1)],
      (y: Tensor) => [mul(y, 3), tensor(2)],
      x,
    );
  const xs = tensor([
    [1, 2],
    [3, 4],
    [5, 6],
  ]);

  test("with an unbatched predicate one branch runs", () => {
    const [a, b] = vmap((x: Tensor) => f(tensor(true), x))(xs);
    expectClose([a, b], [square(xs), tensor([1, 1, 1])]);
  });

  test("with a batched predicate both run and each entry selects", () => {
    const [a, b] = vmap(f)(tensor([true, false, true]), xs);
    expectClose(
      [a, b],
      [
        tensor([
          [1, 4],
          [9, 12],
          [25, 36],
        ]),
        tensor([1, 2, 1]),
      ],
    );
    const g = vmap(grad((x: Tensor, p: Tensor) => sum(f(p, x)[0] ?? x)));
    expectClose(
      g(xs, tensor([true, false, true])),
      tensor([
        [2, 4],
        [3, 3],
        [10, 12],
      ]),
    );
  });

  test("an effect of a batched choice is an error, of an unbatched one is not", () => {
    const p = new Parameter(0, { name: "count" });
    const count = (choice: Tensor, x: Tensor) =>
      cond(
        choice,
        (y: Tensor) => {
          p.assign(add(p.value, 1));
          return y;
        },
        (y: Tensor) => y,
        x,
      );
    vmap((x: Tensor) => count(tensor(true), x))(xs);
    expect(values(p)).toEqual([1]);
    expectError(
      () => vmap(count)(tensor([true, false, true]), xs),
      TraceError,
      "vmap: count is assigned a batched value; return the value instead",
    );
    expect(values(p)).toEqual([1]);
  });
});

describe("errors", () => {
  const x = tensor([1, 2]);
  test.each<[string, () => unknown, new (...args: never[]) => Error, string]>([
    [
      "branches of different shapes",
      () =>
        cond(
          1,
          () => x,
          () => concat([x, x]),
        ),
      ShapeError,
      "cond: the branches differ in shape at result: [2] and [4]; return the same from both",
    ],
    [
      "branches that differ inside a tree",
      () =>
        cond(
          1,
          () => ({ h: x, list: [x, x] }),
          () => ({ h: x, list: [x, cast(x, "int32")] }),
        ),
      DTypeError,
      "cond: the branches differ in dtype at result.list[1]: float64 and int32; cast one",
    ],
    [
      "branches of different dtypes",
      () =>
        cond(
          1,
          () => x,
          () => cast(x, "int32"),
        ),
      DTypeError,
      "cond: the branches differ in dtype at result: float64 and int32; cast one",
    ],
    [
      "branches of different structures",
      () =>
        cond<[], unknown>(
          1,
          () => ({ a: x }),
          () => [x],
        ),
      ShapeError,
      "cond: result has another structure; use the same keys and lengths",
    ],
    [
      "a predicate of several values",
      () =>
        cond(
          x,
          () => x,
          () => x,
        ),
      ShapeError,
      "cond: the predicate has 2 values: [2]; reduce it to one, or use where",
    ],
    [
      "a branch that returns a promise",
      () =>
        cond<[], unknown>(
          1,
          async () => x,
          () => x,
        ),
      TraceError,
      "cond: the callback returned a promise; await before or after, not inside",
    ],
    [
      "a result that is no tensor",
      () =>
        cond<[], unknown>(
          1,
          () => "text",
          () => "text",
        ),
      DTypeError,
      'cond: result is not a tensor: "text"; use trees of tensors',
    ],
  ])("%s", (_, call, type, message) => expectError(call, type, message));
});

test("a branch behind noGrad is marked `stop`, which every derivative honours", () => {
  const f = (x: Tensor) =>
    mul(
      x,
      cond(
        tensor(true),
        (y: Tensor) => noGrad(() => square(y)),
        (y: Tensor) => y,
        x,
      ),
    );
  const x = tensor(3);
  expectClose(grad(f)(x), tensor(9));
  expectClose(jvp(f, [x], [tensor(1)]).tangent, tensor(9));
  const { program } = trace(([y]) => f(y ?? x), [x.variable]);
  expect(program.nodes.some(({ op }) => op.name === "cond")).toBe(true);
});
