/** What the way back finds stored, and what it computes again. */
import { checkpoint, grad, scan } from "@tapegrad/autodiff";
import { Program, print, type Tensor } from "@tapegrad/core";
import { add, matmul, mul, sigmoid, split, sum, tanh } from "@tapegrad/ops";
import { expect, it } from "vitest";
import { decomposeByRecord, type Pass, pruneLoops, saveOrRecompute } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";
import { passed, recorded } from "./passes.ts";

inDoublePrecision();

type Step = (h: Tensor, x: Tensor, w: Tensor) => Tensor;

/** Pruning shows what is left of the stacks. */
const saved: Pass = (program) => pruneLoops(saveOrRecompute(program));

/** The bodies of the loops there and back, of the gradient of the sum of all states with respect to a weight. */
function bodiesOf(step: Step, width: number): { readonly forward: string; readonly backward: string } {
  const loss = (weight: Tensor, h: Tensor, xs: Tensor) => {
    const [, states] = scan(
      (state: Tensor, x: Tensor) => {
        const next = step(state, x, weight);
        return [next, next];
      },
      h,
      xs,
    );
    return sum(states);
  };
  const program = recorded(
    (w, h, xs) => grad((weight: Tensor) => loss(weight, h, xs))(w),
    [2, width],
    [1, 2],
    [3, 1, width],
  );
  const prepared = pruneLoops(decomposeByRecord(program));
  passed(saved, prepared);
  const [forward, backward] = saved(prepared).nodes.flatMap(({ attributes }) =>
    Object.values(attributes).filter((value) => value instanceof Program),
  );
  if (forward === undefined || backward === undefined) throw new Error("two loops were expected");
  return { forward: print(forward), backward: print(backward) };
}

it("the activation, which is a result anyway, instead of the weighted sum", () => {
  const { forward, backward } = bodiesOf((h, x, w) => tanh(add(matmul(h, w), x)), 2);
  expect(backward).not.toContain("tanh");
  expect(forward).toMatchInlineSnapshot(`
    "program(%0: float64 [1,2], %1: float64 [1,2], %2: float64 [2,2])
      %3: float64 [1,2] = matmul(%0, %2) { transposeLeft: false, transposeRight: false }
      %4: float64 [1,2] = add(%3, %1)
      %5: float64 [1,2] = tanh(%4)
      return %5, %0, %5"
  `);
  expect(backward).toMatchInlineSnapshot(`
    "program(%0: float64 [1,2], %1: float64 [2,2], %2: float64 [1,2], %3: float64 [1,2], %4: float64 [1,2], %5: float64 [2,2])
      %6: float64 [1,2] = add(%0, %3)
      %7: float64 [1,2] = square(%4)
      %8: float64 [] = full() { shape: [], value: 1, dtype: "float64" }
      %9: float64 [1,2] = sub(%8, %7)
      %10: float64 [1,2] = mul(%6, %9)
      %11: float64 [1,2] = matmul(%10, %5) { transposeLeft: false, transposeRight: true }
      %12: float64 [2,2] = matmul(%2, %10) { transposeLeft: true, transposeRight: false }
      %13: float64 [2,2] = add(%1, %12)
      return %11, %13"
  `);
});

it("two gates: both activations, no larger than the weighted sum, and nothing behind them", () => {
  const { backward } = bodiesOf((h, x, w) => {
    const [z, n] = split(add(matmul(h, w), x), 2, { axis: -1 });
    return z && n ? add(h, mul(sigmoid(z), tanh(n))) : h;
  }, 4);
  expect(backward).not.toMatch(/sigmoid|tanh|slice/);
});

it("what a checkpoint forgets is not stored", () => {
  const { backward } = bodiesOf(
    checkpoint((h: Tensor, x: Tensor, w: Tensor) => tanh(add(matmul(h, w), x))),
    2,
  );
  expect(backward).toContain("tanh");
});
