/** How strongly the loss of the last step depends on each input, with the gradient going all the way back or one window. */
import { Generator, gradientFlow, RNN, slice, sum, type Tensor } from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const [steps, window, hidden] = [12, 4, 16];

/** ‖∂loss/∂h_t‖ for t = 1 … steps of `rnn`, where the loss is the sum of the last state. */
async function norms(rnn: RNN, x: Tensor, state: { h: Tensor }): Promise<number[]> {
  const { runs } = gradientFlow(() => rnn.forward(x, { state }), [], {
    loss: ({ output }) => sum(slice(output, [0, x.shape[1] === undefined ? 0 : x.shape[1] - 1])),
  });
  const [run] = Object.values(runs);
  return Array.from((await run?.norms.h?.data()) ?? []).slice(1);
}

export const truncated: Picture = {
  name: "truncated",
  draw: async () => {
    const generator = new Generator(3);
    const rnn = new RNN(4, hidden, { generator });
    const x = generator.normal([1, steps, 4]);
    const full = await norms(rnn, x, rnn.initialState(1));
    const before = rnn.forward(slice(x, [0, 0], [1, steps - window])).state;
    const last = await norms(rnn, slice(x, [0, steps - window]), before);
    const cut = [...new Array<number>(steps - window).fill(0), ...last];
    const values = [full, cut].flatMap((list, kind) =>
      list.map((norm, index) => ({ step: index + 1, norm, kind: ["full BPTT", `windows of ${window} steps`][kind] })),
    );
    return chart({
      data: { values },
      facet: { field: "kind", type: "nominal", title: null },
      spec: {
        width: 240,
        height: 120,
        mark: { type: "bar", color: ink.orange },
        encoding: {
          x: { field: "step", type: "ordinal", title: "time step", axis: { labelAngle: 0 } },
          y: { field: "norm", type: "quantitative", title: "gradient of the last loss" },
        },
      },
    });
  },
};
