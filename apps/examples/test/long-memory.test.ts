/** What gates are for: gradients that survive many steps, dependencies that are learned, and a cell state that remembers. */
import {
  Adam,
  compile,
  crossEntropy,
  Embedding,
  forgetGateBias,
  Generator,
  gradientFlow,
  initialize,
  Linear,
  LSTM,
  Module,
  RNN,
  Tape,
  type Tensor,
  tensor,
  Vocabulary,
} from "tapegrad";
import { describe, expect, it } from "vitest";
import { addingBaseline } from "../src/data/memory-tasks.ts";
import { learnMemory } from "../src/learning/learn-memory.ts";
import { QuietDisplay } from "./quiet.ts";

describe("over a hundred steps", () => {
  const [steps, features, hidden] = [100, 4, 16];
  const inputs = new Generator(1).normal([1, steps, features]);

  /** How much of ∂loss/∂state arrives at the first step, of what there is at the last, where the loss is the sum of h. */
  async function surviving(model: RNN | LSTM, state: "h" | "c"): Promise<number> {
    const { runs } = gradientFlow(model, inputs, { loss: ({ state }) => state.h.sum() });
    const norms = await runs.l0?.norms[state]?.data();
    return Number(norms?.[1]) / Number(norms?.[steps]);
  }

  it("the gradient of an RNN vanishes, that of an LSTM with an open forget gate does not", async () => {
    const rnn = new RNN(features, hidden, { generator: new Generator(2) });
    const lstm = new LSTM(features, hidden, { generator: new Generator(2) });
    initialize(lstm, new Generator(3), (name) => (name === "bias_ih_l0" ? forgetGateBias(6) : undefined));
    expect(await surviving(rnn, "h")).toBeLessThan(1e-8);
    expect(await surviving(lstm, "c")).toBeGreaterThan(0.1);
  });
});

describe("over twenty steps", () => {
  const learn = async (cell: "rnn" | "gru") =>
    (await learnMemory("adding", { cell, length: 20, seed: 1, steps: 600 }, new QuietDisplay())).record;

  it("a GRU learns to add, and an RNN has not when it has", async () => {
    expect((await learn("gru")).error).toBeLessThan(0.01);
    expect((await learn("rnn")).error).toBeGreaterThan(addingBaseline / 3);
  });
});

/**
 * Letters in which "a" is followed by "b" while a quotation is open and by "c" while none is; everything else is chance. Only
 * who remembers the quotation mark can predict what follows an "a".
 */
function quotedText(length: number, seed: number): { text: string; open: boolean[] } {
  const chance = new Generator(seed).uniform([length]).dataSync();
  const open: boolean[] = [];
  let [text, inside] = ["", false];
  for (let i = 0; i < length; i++) {
    const u = Number(chance[i]);
    const letter = text.endsWith("a") ? (inside ? "b" : "c") : u < 0.08 ? '"' : u < 0.5 ? "a" : "d";
    if (letter === '"') inside = !inside;
    text += letter;
    open.push(inside);
  }
  return { text, open };
}

class LetterModel extends Module {
  readonly embedding = new Embedding(5, 8, { generator: new Generator(4) });
  readonly lstm = new LSTM(8, 16, { generator: new Generator(5) });
  readonly head = new Linear(16, 5, { generator: new Generator(6) });

  forward(tokens: Tensor): { logits: Tensor; cells: Tensor } {
    const { output, state } = this.lstm.forward(this.embedding.forward(tokens));
    return { logits: this.head.forward(output), cells: state.c };
  }
}

describe("with quotation marks", () => {
  const vocabulary = new Vocabulary('"abcd');
  const [batch, time] = [32, 40];
  const model = new LetterModel();

  /** [batch, time] letters, and those that follow them. */
  function draw(seed: number) {
    const rows = Array.from({ length: batch }, (_, row) => quotedText(time + 1, 1000 * seed + row));
    const read = (shift: number) =>
      tensor(
        rows.map(({ text }) => [...vocabulary.encode(text.slice(shift, shift + time))]),
        { dtype: "int32" },
      );
    return { rows, tokens: read(0), following: read(1) };
  }

  it("h predicts the next letter, and one entry of c knows whether a quotation is open", async () => {
    const optimizer = new Adam(model.parameters(), { learningRate: 1e-2 });
    const parameters = model.parameters();
    const trainStep = compile((tokens: Tensor, following: Tensor) => {
      const tape = new Tape();
      const loss = tape.record(() => crossEntropy(model.forward(tokens).logits, following));
      optimizer.step(tape.gradient(loss, parameters));
    });
    for (let step = 0; step < 400; step++) {
      const { tokens, following } = draw(step);
      trainStep(tokens, following);
    }

    const { rows, tokens } = draw(1000);
    const predicted = (await model.forward(tokens).logits.argmax({ axis: -1 }).toArray()) as number[][]; // [batch, time].
    const afterA = rows.flatMap(({ text }, row) =>
      [...text.slice(0, time)].flatMap((letter, step) =>
        letter === "a" ? [vocabulary.decode([predicted[row]?.[step] ?? 0]) === text[step + 1]] : [],
      ),
    );
    expect(afterA.filter((right) => right).length / afterA.length).toBeGreaterThan(0.98);

    // The cell state after each number of steps, read from the beginning: [batch, hidden] at each.
    const known = new Array<number>(16).fill(0);
    for (let step = 1; step <= time; step++) {
      const cells = await model.forward(tokens.slice([0, 0], [batch, step])).cells.data();
      for (const [row, { open }] of rows.entries()) {
        for (const unit of known.keys()) {
          const agrees = Number(cells[row * 16 + unit]) > 0 === open[step - 1];
          known[unit] = (known[unit] ?? 0) + Number(agrees) / (batch * time);
        }
      }
    }
    expect(Math.max(...known.map((share) => Math.max(share, 1 - share)))).toBeGreaterThan(0.95);
  });
});
