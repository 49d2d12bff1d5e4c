/** How strongly the last state depends on the state at every step before: RNN, LSTM and GRU, with closed gates and with open ones. */
import { add, concat, full, Generator, GRU, gradientFlow, LSTM, RNN, zeros } from "tapegrad";
import { chart } from "../chart.ts";
import { cellColours } from "../ink.ts";
import type { Picture } from "../picture.ts";

const [steps, features, hidden] = [60, 8, 32];
const inputs = new Generator(1).normal([1, steps, features]);

/** ‖∂(sum of the last state)/∂state_t‖ for t = 1 … steps, relative to the last. */
async function flow(layer: RNN | LSTM | GRU): Promise<number[]> {
  const { runs } = gradientFlow(layer, inputs);
  const norms = runs.l0?.norms.c ?? runs.l0?.norms.h;
  const data = Array.from((await norms?.data()) ?? []).slice(1);
  return data.map((norm) => norm / (data.at(-1) ?? 1));
}

/** Adds to the bias of one of a layer's gates, which come in PyTorch's order. */
function open<Layer extends LSTM | GRU>(layer: Layer, gate: number, gates: number, bias: number): Layer {
  const parts = Array.from({ length: gates }, (_, i) => (i === gate ? full([hidden], bias) : zeros([hidden])));
  for (const [name, parameter] of layer.namedParameters())
    if (name === "bias_ih_l0") parameter.assign(add(parameter, concat(parts)));
  return layer;
}

const options = () => ({ generator: new Generator(2) });

export const gradientNorms: Picture = {
  name: "gradient-norms",
  draw: async () => {
    const rnn = await flow(new RNN(features, hidden, options()));
    const panels = {
      "as initialised": {
        RNN: rnn,
        LSTM: await flow(new LSTM(features, hidden, options())),
        GRU: await flow(new GRU(features, hidden, options())),
      },
      "gates open at the start": {
        RNN: rnn,
        LSTM: await flow(open(new LSTM(features, hidden, options()), 1, 4, 4)),
        GRU: await flow(open(new GRU(features, hidden, options()), 1, 3, 4)),
      },
    };
    const values = Object.entries(panels).flatMap(([panel, cells]) =>
      Object.entries(cells).flatMap(([cell, norms]) => norms.map((norm, t) => ({ panel, cell, step: t + 1, norm }))),
    );
    return chart({
      data: { values },
      facet: { field: "panel", type: "nominal", title: null, sort: null },
      spec: {
        width: 230,
        height: 190,
        mark: { type: "line", clip: true },
        encoding: {
          x: { field: "step", type: "quantitative", title: "time step", scale: { domain: [1, steps], nice: false } },
          y: {
            field: "norm",
            type: "quantitative",
            scale: { type: "log", domain: [1e-14, 10] },
            title: "gradient, relative to step 60",
            axis: { format: "~e", values: [1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1] },
          },
          color: { field: "cell", type: "nominal", title: null, scale: cellColours },
        },
      },
    });
  },
};
