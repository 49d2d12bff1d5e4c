/** Learning curves of the adding problem over 20 steps: the program of the page about long-term dependencies. */
import { Adam, add, compile, Generator, GRU, Linear, LSTM, mseLoss, oneHot, RNN, stack, Tape } from "tapegrad";
import { chart } from "../chart.ts";
import { cellColours, ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const [length, batch, steps, smoothing] = [20, 64, 600, 20];

async function losses(Layer: typeof RNN | typeof LSTM | typeof GRU): Promise<number[]> {
  const generator = new Generator(1);
  const layer = new Layer(2, 32, { generator });
  const head = new Linear(32, 1, { generator });
  const parameters = [...layer.parameters(), ...head.parameters()];
  const optimizer = new Adam(parameters, { learningRate: 0.01 });
  const trainStep = compile(() => {
    const values = generator.uniform([batch, length]);
    const place = (low: number, high: number) => generator.uniform([batch], { low, high }).floor().cast("int32");
    const marks = add(oneHot(place(0, length / 2), length), oneHot(place(length / 2, length), length));
    const inputs = stack([values, marks], { axis: -1 });
    const sums = values.mul(marks).sum({ axis: 1, keepDims: true });
    const tape = new Tape();
    const loss = tape.record(() => mseLoss(head.forward(layer.forward(inputs).state.h.squeeze({ axis: 0 })), sums));
    optimizer.step(tape.gradient(loss, parameters));
    return loss;
  });
  const list: number[] = [];
  for (let step = 0; step < steps; step++) list.push(await trainStep().item());
  return list;
}

export const adding: Picture = {
  name: "adding",
  draw: async () => {
    const values: { cell: string; step: number; loss: number }[] = [];
    for (const [cell, Layer] of Object.entries({ RNN, LSTM, GRU })) {
      const list = await losses(Layer);
      for (let end = smoothing; end <= steps; end += smoothing) {
        const mean = list.slice(end - smoothing, end).reduce((sum, loss) => sum + loss, 0) / smoothing;
        values.push({ cell, step: end, loss: mean });
      }
    }
    return chart({
      width: 440,
      height: 180,
      layer: [
        {
          data: { values },
          mark: { type: "line", clip: true },
          encoding: {
            x: { field: "step", type: "quantitative", title: "training step" },
            y: { field: "loss", type: "quantitative", title: "mean squared error", scale: { domain: [0, 0.25] } },
            color: { field: "cell", type: "nominal", title: null, scale: cellColours },
          },
        },
        {
          data: { values: [{}] },
          mark: { type: "rule", strokeDash: [4, 4], color: ink.faint },
          encoding: { y: { datum: 1 / 6 } },
        },
        {
          data: { values: [{}] },
          mark: { type: "text", align: "right", dy: -12, text: "always answering 1" },
          encoding: { x: { datum: steps }, y: { datum: 1 / 6 } },
        },
      ],
    });
  },
};
