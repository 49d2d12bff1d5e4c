/** What TypeScript infers for callbacks without annotations: tensors, as many as the callback takes. `pnpm types` checks this file. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, type Tensor, tensor } from "@tapegrad/core";
import { add, mul, square, sum } from "@tapegrad/ops";
import { beforeAll, expect, expectTypeOf, test } from "vitest";
import {
  checkpoint,
  compile,
  cond,
  customVjp,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  noGrad,
  scan,
  valueAndGrad,
  vjp,
  vmap,
} from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));

test("a function of tensors", () => {
  const x = tensor([1, 2]);
  expectTypeOf(grad((a) => sum(square(a)))(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(grad((a, b) => sum(mul(a, b)))).toEqualTypeOf<(x: Tensor, b: Tensor) => Tensor>();
  expectTypeOf(valueAndGrad((a) => sum(square(a)))(x).gradient).toEqualTypeOf<Tensor>();
  expectTypeOf(valueAndGrad((a) => [sum(a), { a }], { hasAux: true })(x).aux).toEqualTypeOf<{ a: Tensor }>();
  expectTypeOf(jacobian((a) => ({ y: square(a) }))(x)).toEqualTypeOf<{ y: Tensor }>();
  expectTypeOf(hessian((a) => sum(square(a)))(x)).toEqualTypeOf<Tensor>();
  expectTypeOf(vmap((a) => [a, square(a)] as const)(x)[1]).toEqualTypeOf<Tensor>();
  expectTypeOf(checkpoint((a, b) => add(a, b))).toEqualTypeOf<(a: Tensor, b: Tensor) => Tensor>();
  expectTypeOf(compile((a) => ({ y: square(a) }))(x)).toEqualTypeOf<{ y: Tensor }>();
  expectTypeOf(compile((a, b) => add(a, b)).report).parameters.toEqualTypeOf<[a: Tensor, b: Tensor]>();
  expectTypeOf(noGrad(() => square(x))).toEqualTypeOf<Tensor>();
  const rule = customVjp({ forward: (a) => [square(a), a], backward: (a, g) => [mul(mul(2, a), g)] });
  expectTypeOf(rule(x)).toEqualTypeOf<Tensor>();
});

test("a function beside its arguments", () => {
  const x = tensor([1, 2]);
  expectTypeOf(vjp((a) => square(a), x).pullback(x)).toEqualTypeOf<[x: Tensor]>();
  expectTypeOf(jvp((a, b) => ({ y: mul(a, b) }), [x, x], [x, x]).tangent).toEqualTypeOf<{ y: Tensor }>();
  expectTypeOf(hvp((a) => sum(square(a)), x, x)).toEqualTypeOf<Tensor>();
  expectTypeOf(
    cond(
      1,
      (a) => square(a),
      (a) => a,
      x,
    ),
  ).toEqualTypeOf<Tensor>();
  const [carry, outputs] = scan((h, { a }) => [add(h, a), { h }], tensor(0), { a: x });
  expectTypeOf(carry).toEqualTypeOf<Tensor>();
  expectTypeOf(outputs).toEqualTypeOf<{ h: Tensor }>();
});

test("transforms of transforms", () => {
  const cube = (a: Tensor) => sum(mul(a, square(a)));
  expectTypeOf(grad(grad((a) => mul(a, square(a))))(tensor(2))).toEqualTypeOf<Tensor>();
  expect(grad(grad((a) => mul(a, square(a))))(tensor(2)).itemSync()).toBe(12);
  expectTypeOf(vmap(grad((a) => square(a)))(tensor([1]))).toEqualTypeOf<Tensor>();
  expectTypeOf(compile(grad(cube))(tensor([1]))).toEqualTypeOf<Tensor>();
  expectTypeOf(compile(valueAndGrad((a) => sum(a)))(tensor([1])).value).toEqualTypeOf<Tensor>();
});

test("annotations are what they were", () => {
  expectTypeOf(grad(square)).parameter(0).toEqualTypeOf<Parameters<typeof square>[0]>();
  const f = (w: { a: Tensor; b: Tensor[] }, n: number) => mul(sum(w.a), n);
  expectTypeOf(grad(f)).toEqualTypeOf<(x: { a: Tensor; b: Tensor[] }, n: number) => { a: Tensor; b: Tensor[] }>();
  expectTypeOf(compile((x: Tensor, n: number) => mul(x, n))).parameters.toEqualTypeOf<[x: Tensor, n: number]>();
});
