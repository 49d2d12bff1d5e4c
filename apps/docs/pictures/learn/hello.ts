/** A network that learns to spell "hello", as on the page about character models: its loss, and what it predicts at the end. */
import { Adam, crossEntropy, Embedding, Generator, Linear, RNN, softmax, Tape, tensor, Vocabulary } from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const vocabulary = new Vocabulary("helo");
const steps = 50;

async function train() {
  const generator = new Generator(1);
  const embedding = new Embedding(vocabulary.size, 16, { generator });
  const rnn = new RNN(16, 16, { generator });
  const head = new Linear(16, vocabulary.size, { generator });
  const parameters = [embedding, rnn, head].flatMap((module) => [...module.parameters()]);
  const tokens = (text: string) => tensor(vocabulary.encode(text), { shape: [1, text.length] });
  const logits = () => head.forward(rnn.forward(embedding.forward(tokens("hell"))).output);
  const optimizer = new Adam(parameters, { learningRate: 0.02 });
  const losses: number[] = [];
  for (let step = 0; step <= steps; step++) {
    const tape = new Tape();
    const loss = tape.record(() => crossEntropy(logits(), tokens("ello")));
    losses.push(await loss.item());
    optimizer.step(tape.gradient(loss, parameters));
  }
  return { losses, probabilities: await softmax(logits()).data() };
}

export const helloLoss: Picture = {
  name: "hello-loss",
  draw: async () => {
    const { losses } = await train();
    return chart({
      width: 460,
      height: 130,
      data: { values: losses.map((loss, step) => ({ step, loss })) },
      layer: [
        {
          mark: { type: "line", color: ink.blue },
          encoding: {
            x: { field: "step", type: "quantitative", title: "training step", scale: { nice: false } },
            y: { field: "loss", type: "quantitative", title: "loss" },
          },
        },
        {
          data: { values: [{}] },
          mark: { type: "rule", strokeDash: [4, 4], color: ink.faint },
          encoding: { y: { datum: Math.log(4) } },
        },
        {
          data: { values: [{}] },
          mark: { type: "text", align: "right", dy: 14, text: "guessing among four letters: log 4" },
          encoding: { y: { datum: Math.log(4) }, x: { datum: steps } },
        },
      ],
    });
  },
};

export const hello: Picture = {
  name: "hello",
  draw: async () => {
    const { probabilities } = await train();
    const letters = vocabulary.decode([0, 1, 2, 3]);
    const values = Array.from(probabilities, (probability, i) => ({
      read: `${1 + Math.floor(i / 4)}: ${"hell"[Math.floor(i / 4)]}`,
      predicted: letters[i % 4],
      probability,
      percent: `${Math.round(100 * probability)} %`,
    }));
    return chart({
      width: 300,
      height: 160,
      data: { values },
      encoding: {
        x: {
          field: "read",
          type: "ordinal",
          title: "step and letter read",
          axis: { labelAngle: 0, domain: false, ticks: false },
        },
        y: {
          field: "predicted",
          type: "nominal",
          sort: [...letters],
          title: "letter predicted",
          axis: { domain: false, ticks: false },
        },
      },
      layer: [
        {
          mark: { type: "rect", fill: ink.orange, stroke: ink.grid },
          encoding: {
            fillOpacity: {
              field: "probability",
              type: "quantitative",
              legend: null,
              scale: { domain: [0, 1], range: [0, 0.45] },
            },
          },
        },
        { mark: { type: "text" }, encoding: { text: { field: "percent" } } },
      ],
    });
  },
};
