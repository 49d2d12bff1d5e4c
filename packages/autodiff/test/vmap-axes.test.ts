/** Which axis is the batch: one for all, one per argument, or a tree of axes, of arguments and of results. */
import { expectClose } from "@tapegrad/conformance";
import { ShapeError, type Tensor, tensor } from "@tapegrad/core";
import { add, mul, stack, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Axes, compile, grad, vmap } from "../src/index.ts";
import { expectError, inDoublePrecision, random, values } from "./comparison.ts";

inDoublePrecision();

interface Example {
  readonly x: Tensor;
  readonly parts: readonly [Tensor, { readonly w: Tensor }];
}

const f = (n: number, { x, parts: [y, { w }] }: Example) => ({
  total: sum(mul(add(mul(x, n), y), w)),
  rows: [add(x, w), mul(y, w)],
});

/** The tree of one example, of a batch of 3 with the axis where `at` says, and entry `i` of it. */
const axes = fc.constantFrom(null, 0, 1, -1);
const whole = (axis: number | null, seed: number) => random(axis === null ? [2] : axis === 0 ? [3, 2] : [2, 3], seed);
const entry = (t: Tensor, axis: number | null, i: number) => {
  const data = values(t);
  if (axis === null) return t;
  return tensor([0, 1].map((k) => data[axis === 0 ? 2 * i + k : 3 * k + i] ?? NaN));
};

test("a tree of axes takes each part by its own, a number or null stands for all inside", () => {
  fc.assert(
    fc.property(axes, axes, axes, fc.boolean(), (ax, ay, aw, shared) => {
      fc.pre([ax, ay, aw].some((axis) => axis !== null));
      const [x, y, w] = [whole(ax, 1), whole(ay, 2), whole(shared ? ay : aw, 3)];
      const wAxis = shared ? ay : aw;
      const inAxes: Axes = [null, { parts: shared ? ay : [ay, { w: aw }], x: ax }];
      fc.pre([ax, ay, wAxis].some((axis) => axis !== null));
      const batched = vmap(f, { inAxes });
      const got = batched(3, { x, parts: [y, { w }] });
      const one = (i: number) => f(3, { x: entry(x, ax, i), parts: [entry(y, ay, i), { w: entry(w, wAxis, i) }] });
      const each = [one(0), one(1), one(2)];
      expectClose(got.total, stack(each.map(({ total }) => total)));
      for (const k of [0, 1]) expectClose(got.rows[k], stack(each.map(({ rows }) => rows[k] ?? tensor(0))));
      expectClose(compile((e: Example) => batched(3, e))({ x, parts: [y, { w }] }).total, got.total);
    }),
    { numRuns: 30 },
  );
});

test("outAxes likewise; null gives what does not differ by entry without the axis", () => {
  const g = (x: Tensor, p: Tensor) => ({ x: mul(x, 2), list: [mul(x, p), mul(p, 3)] });
  const [x, p] = [random([3, 2], 1), random([2], 2)];
  const { x: first, list } = vmap(g, { inAxes: [0, null], outAxes: { x: 1, list: [0, null] } })(x, p);
  expect([first.shape, ...list.map(({ shape }) => shape)]).toEqual([[2, 3], [3, 2], [2]]);
  expectClose(list[1], mul(p, 3));
  expectClose(
    grad((q: Tensor) => sum(vmap(g, { inAxes: [0, null], outAxes: { x: 1, list: [0, null] } })(x, q).list[1] ?? q))(p),
    tensor([3, 3]),
  );
  expectError(
    () => vmap((y: Tensor) => y, { outAxes: null })(x),
    ShapeError,
    "vmap: a result differs by batch entry, but outAxes says null; say where its batch axis goes",
  );
});

test("axes that do not fit say where", () => {
  const x = random([3, 2]);
  const identity = (...y: readonly unknown[]) => y;
  const remedy = "use an axis, null, or a tree of these with the same keys and lengths";
  const cases: readonly [Axes, readonly unknown[], string][] = [
    [null, [x], "no argument has a batch axis; give at least one an axis in inAxes"],
    [[0], [x, x], `inAxes does not fit arguments: a list of 1 for a list of 2; ${remedy}`],
    [[{ a: 0 }], [x], `inAxes does not fit arguments[0]: { a } for Tensor; ${remedy}`],
    [[{ a: 0 }], [{ a: x, b: x }], `inAxes does not fit arguments[0]: { a } for { a, b }; ${remedy}`],
    [[{ a: [0] }], [{ a: { b: x } }], `inAxes does not fit arguments[0].a: a list of 1 for { b }; ${remedy}`],
    [0.5, [x], `inAxes does not fit arguments: 0.5 for a list of 1; ${remedy}`],
    [{ a: 0 }, [{ a: x }], `inAxes does not fit arguments: { a } for a list of 1; ${remedy}`],
  ];
  for (const [inAxes, given, message] of cases)
    expectError(() => vmap(identity, { inAxes })(...given), ShapeError, `vmap: ${message}`);
  expectError(
    () => vmap((y: Tensor) => ({ y }), { outAxes: { z: 0 } })(x),
    ShapeError,
    `vmap: outAxes does not fit result: { z } for { y }; ${remedy}`,
  );
});
