/** What recordings make, what rules close over and what batched branches select is on WebGPU what it is on the reference. */
import { checkpoint, compile, cond, customVjp, grad, hessian, jacobian, scan, vmap } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, type Tensor, tensor, withBackend } from "@tapegrad/core";
import { add, Generator, greater, mul, sqrt, square, sum } from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

type F = (x: Tensor) => Tensor;

const drawing: F = (x) => add(x, new Generator(1).uniform([3]));

const root: F = (x) =>
  cond(
    greater(x, 0),
    () => sqrt(x),
    () => mul(x, 0),
  );

/** x², with the rule g·(x + 1), which closes over a value of the recording. */
const ruled: F = (x) => {
  const slope = add(x, 1);
  return customVjp({ forward: (y: Tensor) => [square(y), []], backward: (_, g: Tensor) => [mul(g, slope)] })(x);
};

const uses: Readonly<Record<string, F>> = {
  "a Generator in a checkpoint": checkpoint(drawing),
  "a Generator in a loop": (x) => scan((h: Tensor) => [drawing(h), null], x, null, { length: 2 })[0],
  "a Generator in a branch": (x) => cond(1, drawing, (y: Tensor) => y, x),
  "grad of a batched branch": grad((x: Tensor) => sum(vmap(root)(x))),
  "jacobian of a batched branch": jacobian((x: Tensor) => vmap(root)(x), { mode: "forward" }),
  "hessian of a batched branch": hessian((x: Tensor) => sum(square(vmap(root)(x)))),
  "a rule in a loop": grad((x: Tensor) => sum(scan((h: Tensor) => [ruled(h), null], x, null, { length: 2 })[0])),
  "a rule in vmap": grad((x: Tensor) => sum(vmap(ruled)(x))),
};

describe.skipIf(withoutAdapter)("on WebGPU", () => {
  test.each(Object.entries(uses))("%s", async (_, f) => {
    const on = (backend: Backend) =>
      withBackend(backend, () => {
        const x = tensor([0, 0.25, 4]);
        const compiled = compile(f);
        return [f(x), compiled(x), compiled(x)];
      });
    const read = (results: readonly Tensor[]) => Promise.all(results.map(async (t) => [...(await t.data())]));
    const [expected = []] = await read(on(cpuBackend));
    for (const result of await read(on(backendUnderTest()))) {
      expect(result).toHaveLength(expected.length);
      for (const [i, value] of result.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 4);
    }
  });
});
