/** Clipping by the norm of all gradients together, and element by element. */
import { compile, grad, hessian, jacobian } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, setDefaultDType, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { square, sum } from "@tapegrad/ops";
import { clipByGlobalNorm, clipByValue } from "@tapegrad/optim";
import { beforeAll, expect, it } from "vitest";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const values = (t: Tensor): number[] => Array.from(t.dataSync());

it("scales the whole tree so that its norm is the maximum", () => {
  const { gradients, norm } = clipByGlobalNorm({ weight: tensor([[3], [0]]), rest: [tensor(4), tensor([12])] }, 1);
  expect(norm.itemSync()).toBe(13);
  const scale = 1 / (13 + 1e-6);
  const found = [gradients.weight, ...gradients.rest].flatMap(values);
  const expected = [3 * scale, 0, 4 * scale, 12 * scale];
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 14);
  expect(Math.hypot(...found)).toBeCloseTo(1, 6);
  expect(gradients.weight.shape).toEqual([2, 1]);
});

it("leaves what is below the maximum exactly as it is", () => {
  const { gradients, norm } = clipByGlobalNorm([tensor([0.3, 0.4])], 1);
  expect(values(gradients[0] ?? norm)).toEqual([0.3, 0.4]);
  expect(norm.itemSync()).toBeCloseTo(0.5, 15);
});

it("takes zeros and nothing at all", () => {
  const zero = clipByGlobalNorm([tensor([0, 0])], 1);
  expect(zero.norm.itemSync()).toBe(0);
  expect(values(zero.gradients[0] ?? tensor(1))).toEqual([0, 0]);
  expect(clipByGlobalNorm([], 1).norm.itemSync()).toBe(0);
});

it("at zero its derivative is the identity, and that of the norm is 0, in both modes, compiled and in a second derivative", () => {
  const zero = tensor([0, 0]);
  const clipped = (x: Tensor) => clipByGlobalNorm([x], 1).gradients[0] ?? x;
  const norm = (x: Tensor) => clipByGlobalNorm([x], 1).norm;
  const eagerly = (fn: (x: Tensor) => Tensor) => fn;
  for (const run of [eagerly, (fn: (x: Tensor) => Tensor) => compile(fn)]) {
    expect(values(run(jacobian(clipped))(zero))).toEqual([1, 0, 0, 1]);
    expect(values(run(jacobian(clipped, { mode: "forward" }))(zero))).toEqual([1, 0, 0, 1]);
    expect(values(run(grad(norm))(zero))).toEqual([0, 0]);
    expect(values(run(hessian((x: Tensor) => sum(square(clipped(x)))))(zero))).toEqual([2, 0, 0, 2]);
  }
});

it("a gradient that is not finite stays visible in the norm", () => {
  expect(clipByGlobalNorm([tensor([1, Number.NaN])], 1).norm.itemSync()).toBeNaN();
  expect(clipByGlobalNorm([tensor([1, Number.POSITIVE_INFINITY])], 1).norm.itemSync()).toBe(Number.POSITIVE_INFINITY);
});

it.each([0, -1, Number.NaN])("%d is no norm to clip to", (max) => {
  expect(() => clipByGlobalNorm([tensor([1])], max)).toThrow(
    new TapegradError("clipByGlobalNorm", `not a norm: ${max}`, "use a number above 0"),
  );
});

it("by value, moves each element into the interval and keeps the tree", () => {
  const { a, b } = clipByValue({ a: tensor([[-3, 0.5]]), b: [tensor(2), tensor(-0.25)] }, 1);
  expect([a, ...b].map(values)).toEqual([[-1, 0.5], [1], [-0.25]]);
  expect(a.shape).toEqual([1, 2]);
  expect(values(clipByValue(tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]), 2))).toEqual([
    Number.NaN,
    2,
    -2,
  ]);
});

it("the limit may be an argument of a compiled step", () => {
  const clip = compile((g: Tensor, max: number) => [clipByGlobalNorm(g, max).gradients, clipByValue(g, max)]);
  for (const max of [1, 2]) {
    const [byNorm = tensor(0), byValue = tensor(0)] = clip(tensor([3, 4]), max);
    expect(values(byNorm).map((value) => value.toFixed(4))).toEqual([(0.6 * max).toFixed(4), (0.8 * max).toFixed(4)]);
    expect(values(byValue)).toEqual([max, max]);
  }
});

it.each([0, -1, Number.NaN])("%d is no limit to clip to", (max) => {
  expect(() => clipByValue(tensor([1]), max)).toThrow(
    new TapegradError("clipByValue", `not a limit: ${max}`, "use a number above 0"),
  );
});
