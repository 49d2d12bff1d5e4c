/** The state of a recurrent network of two units after a single 1: the first program of the page about recurrence, for longer. */
import { add, matmul, scan, type Tensor, tanh, tensor, zeros } from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const steps = 12;

export const impulse: Picture = {
  name: "impulse",
  draw: async () => {
    const inputWeights = tensor([[1, 0.5]]);
    const stateWeights = tensor([
      [0.6, 0.6],
      [-0.6, 0.6],
    ]);
    const inputs = tensor(Array.from({ length: steps }, (_, t) => [t === 0 ? 1 : 0]));
    const [, states] = scan(
      (h: Tensor, x: Tensor) => {
        const next = tanh(add(matmul(h, stateWeights), matmul(x, inputWeights)));
        return [next, next];
      },
      zeros([2]),
      inputs,
    );
    const data = await states.data();
    const values = Array.from(data, (state, i) => ({ step: 1 + Math.floor(i / 2), unit: `h[${i % 2}]`, state }));
    return chart({
      width: 460,
      height: 150,
      data: { values },
      mark: { type: "line", point: true },
      encoding: {
        x: {
          field: "step",
          type: "ordinal",
          title: "time step (the input is 1 at step 1, then 0)",
          axis: { labelAngle: 0 },
        },
        y: { field: "state", type: "quantitative", title: "state" },
        color: { field: "unit", type: "nominal", title: null, scale: { range: [ink.blue, ink.orange] } },
      },
    });
  },
};
