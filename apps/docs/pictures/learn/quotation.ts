/** A network that has to remember whether a quotation is open, and the number of its cell state that does: the page about c and h. */
import {
  Adam,
  compile,
  crossEntropy,
  Embedding,
  Generator,
  Linear,
  LSTM,
  Tape,
  type Tensor,
  tensor,
  Vocabulary,
} from "tapegrad";
import { chart } from "../chart.ts";
import { ink } from "../ink.ts";
import type { Picture } from "../picture.ts";

const vocabulary = new Vocabulary('"abcd');
const [hidden, batch, time, steps, shown] = [16, 32, 40, 300, 64];

interface Letters {
  readonly text: string;
  /** Whether a quotation is open after each letter. */
  readonly open: readonly boolean[];
}

/** After "a" comes "b" while a quotation is open, and "c" while none is; everything else is chance. */
function write(generator: Generator, length: number): Letters {
  const open: boolean[] = [];
  let [text, inside] = ["", false];
  for (const u of generator.uniform([length]).dataSync()) {
    const letter = text.endsWith("a") ? (inside ? "b" : "c") : u < 0.08 ? '"' : u < 0.5 ? "a" : "d";
    if (letter === '"') inside = !inside;
    text += letter;
    open.push(inside);
  }
  return { text, open };
}

const encode = (texts: readonly string[]) =>
  tensor(
    texts.map((text) => [...vocabulary.encode(text)]),
    { dtype: "int32" },
  );

function train(generator: Generator) {
  const embedding = new Embedding(vocabulary.size, 8, { generator });
  const lstm = new LSTM(8, hidden, { generator });
  const head = new Linear(hidden, vocabulary.size, { generator });
  const parameters = [embedding, lstm, head].flatMap((module) => [...module.parameters()]);
  const optimizer = new Adam(parameters, { learningRate: 0.01 });
  const trainStep = compile((letters: Tensor, following: Tensor) => {
    const tape = new Tape();
    const logits = () => head.forward(lstm.forward(embedding.forward(letters)).output);
    const loss = tape.record(() => crossEntropy(logits(), following));
    optimizer.step(tape.gradient(loss, parameters));
  });
  for (let step = 0; step < steps; step++) {
    const texts = Array.from({ length: batch }, () => write(generator, time + 1).text);
    trainStep(encode(texts.map((text) => text.slice(0, -1))), encode(texts.map((text) => text.slice(1))));
  }
  return { embedding, lstm };
}

/** The number of c whose sign says best whether a quotation is open, signed so that positive means open. */
function rememberedBy(cells: readonly Float32Array[], open: readonly boolean[]): readonly number[] {
  const units = Array.from({ length: hidden }, (_, unit) => {
    const values = cells.map((c) => c[unit] ?? 0);
    const agreeing = values.filter((value, t) => value > 0 === open[t]).length / values.length;
    return agreeing < 0.5
      ? { values: values.map((value) => -value), share: 1 - agreeing }
      : { values, share: agreeing };
  });
  return units.reduce((best, unit) => (unit.share > best.share ? unit : best)).values;
}

export const quotation: Picture = {
  name: "quotation",
  draw: async () => {
    const generator = new Generator(1);
    const { embedding, lstm } = train(generator);
    const { text, open } = write(generator, 400);
    const cells: Float32Array[] = [];
    let state = lstm.initialState(1);
    for (const letter of text) {
      state = lstm.forward(embedding.forward(encode([letter])), { state }).state;
      cells.push(Float32Array.from(await state.c.data()));
    }
    const remembered = rememberedBy(cells, open);
    const values = [...text.slice(0, shown)].map((letter, t) => ({
      t,
      letter,
      state: remembered[t],
      open: open[t] ? "a quotation is open" : "none is open",
    }));
    return chart({
      width: 640,
      height: 130,
      data: { values },
      encoding: { x: { field: "t", type: "ordinal", axis: null } },
      layer: [
        {
          mark: { type: "bar" },
          encoding: {
            y: { field: "state", type: "quantitative", title: "one number of c" },
            color: {
              field: "open",
              type: "nominal",
              title: null,
              sort: null,
              scale: { domain: ["a quotation is open", "none is open"], range: [ink.orange, ink.faint] },
              legend: { orient: "top" },
            },
          },
        },
        {
          mark: { type: "text", baseline: "top", dy: 6, fontSize: 13 },
          encoding: { y: { value: "height" }, text: { field: "letter" } },
        },
      ],
    });
  },
};
