/** The scalar example h_t = tanh(2 x + W h_{t−1} + b), h_0 = 0, and its gradient through time, in float64. */
import { concat, grad, gradientFlow, noGrad, Recurrent, type Tensor, tanh, tensor } from "tapegrad";
import type { Session } from "../../engine/session.ts";
import type { ScalarFlow, ScalarSettings } from "./scalar-example.ts";

export function scalarFlow(_: Session, { x, weight, bias, steps }: ScalarSettings): ScalarFlow {
  // 1 − h² of an h near 1 cancels in float32.
  const float64 = (value: number, shape: readonly number[]) =>
    tensor(new Float64Array(shape.reduce((size, side) => size * side, 1)).fill(value), { shape });
  const cell = {
    initialState: () => ({ h: float64(0, [1, 1]) }),
    step(input: Tensor, { h }: { readonly h: Tensor }) {
      const sum = input.mul(2).add(h.mul(weight)).add(bias);
      const next = tanh(sum);
      return { output: concat([sum, next], { axis: -1 }), state: { h: next } };
    },
  };
  const inputs = float64(x, [1, steps, 1]);
  const [sums = inputs, states = inputs] = noGrad(() =>
    new Recurrent(cell).forward(inputs).output.split(2, { axis: -1 }),
  );
  const slopes = grad((sum: Tensor) => tanh(sum).sum())(sums);
  const { runs } = gradientFlow(cell, inputs, { loss: ({ state }) => state.h.sum() });
  const gradients = Object.values(runs)[0]?.gradients.h;
  if (gradients === undefined) throw new Error("internal: the cell did not run");
  return {
    states: [0, ...states.dataSync()].map(Number),
    sums: Array.from(sums.dataSync(), Number),
    slopes: Array.from(slopes.dataSync(), Number),
    gradients: Array.from(gradients.dataSync(), Number),
  };
}
