/** Models that others wrote, opened: their predictions are PyTorch's, and a file that is none gets a sentence. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Entry, encode, toKeras } from "@tapegrad/safetensors";
import { noGrad, softmax, synchronize, tensor } from "tapegrad";
import { beforeAll, describe, expect, test } from "vitest";
import { type OpenedModel, openModel } from "../src/engine/opened/open-model.ts";
import { readVocabulary } from "../src/engine/opened/vocabulary.ts";
import { Session } from "../src/engine/session.ts";
import { cellNames, defaultSettings } from "../src/engine/settings.ts";
import { weightsFile } from "../src/export/weights.ts";
import { alphabet, big, type Model, models, small, tensorsOf, values } from "./pytorch-models.ts";

beforeAll(synchronize);

function sessionOf(opened: OpenedModel): Session {
  const vocabulary = opened.vocabulary ?? alphabet(opened.characters);
  const task = { kind: "text", text: vocabulary.join(""), vocabulary } as const;
  const session = new Session({ ...defaultSettings, ...opened.settings, task });
  session.restore({ step: 0, weights: opened.weights });
  return session;
}

/** What the opened model expects after each of `tokens`, and how far that is from the last rows that PyTorch computed. */
function distance(opened: OpenedModel, { tokens, probabilities }: Model): number {
  const session = sessionOf(opened);
  const inputs = tensor(Int32Array.from(tokens), { shape: [1, tokens.length] });
  const outputs = noGrad(() => softmax(session.predict(inputs, session.model.initialStates(1)).outputs)).dataSync();
  const expected = probabilities.flat();
  const last = Array.from(outputs).slice(-expected.length);
  return Math.max(...last.map((value, at) => Math.abs(value - (expected[at] ?? Number.NaN))));
}

describe.for(models)("PyTorch's model: $name", (model) => {
  test("predicts what it predicts there", () => {
    expect(distance(openModel(encode(tensorsOf(model))), model)).toBeLessThan(1e-5);
  });

  test("goes on learning", () => {
    const session = sessionOf(openModel(encode(tensorsOf(model))));
    const { loss } = session.step();
    for (let step = 0; step < 10; step++) session.step();
    expect(session.step().loss).toBeLessThan(loss);
  });
});

test("Keras' paths are recognised, with layers in the order of their numbers", () => {
  const renamed = tensorsOf(big);
  const layers = {
    embedding: { kind: "Embedding", path: "embedding" },
    lstm: { kind: "LSTM", path: ["sequential/lstm", "sequential/lstm_1"] },
    fc: { kind: "Dense", path: "dense" },
  } as const;
  const opened = openModel(encode(toKeras(renamed, layers)));
  expect(opened).toMatchObject({ writtenBy: "Keras", settings: { cell: "LSTM", layers: 2 } });
  expect(distance(opened, big)).toBeLessThan(1e-5);
});

test("a GRU of Keras' without reset_after is the other GRU", () => {
  const tensors = new Map<string, Entry>([
    ["gru/gru_cell/kernel", { dtype: "float32", shape: [5, 6], data: values(0, 30, 1) }],
    ["gru/gru_cell/recurrent_kernel", { dtype: "float32", shape: [2, 6], data: values(1, 12, 1) }],
    ["gru/gru_cell/bias", { dtype: "float32", shape: [6], data: values(2, 6, 1) }],
    ["dense/kernel", { dtype: "float32", shape: [2, 5], data: values(3, 10, 1) }],
  ]);
  const { settings, absent } = openModel(encode(tensors));
  expect(settings).toEqual({ cell: "GRU, reset before", layers: 1, hidden: 2, architecture: { embedding: 0 } });
  expect(absent).toEqual(["head.bias"]);
});

test.for(cellNames.filter((cell) => cell !== "own"))(
  "a model that the page wrote comes back: two layers of %s",
  (cell) => {
    const settings = { ...defaultSettings, cell, layers: 2, hidden: 5 } as const;
    const session = new Session(settings);
    const opened = openModel(weightsFile(settings, session.task.output, session.snapshot().weights));
    expect(opened.settings).toEqual({ cell, layers: 2, hidden: 5 });
    expect(opened.vocabulary).toEqual(["e", "h", "l", "o"]);
    expect(opened.weights).toEqual(session.snapshot().weights);
  },
);

test("a checkpoint of the command line opens with its vocabulary", () => {
  const folder = mkdtempSync(join(tmpdir(), "playground-"));
  writeFileSync(join(folder, "text.txt"), "to be or not to be, that is the question. ".repeat(20));
  const program = new URL("../../char-rnn/src/main.ts", import.meta.url).pathname;
  const options = ["--cell", "gru", "--layers", "2", "--hidden", "8", "--batch", "2", "--window", "10", "--steps", "2"];
  const words = ["--conditions=@tapegrad/source", program, "train", "--text", "text.txt", "--out", ".", ...options];
  execFileSync(process.execPath, words, { cwd: folder, stdio: "ignore" });
  const opened = openModel(readFileSync(join(folder, "model.safetensors")));
  expect(opened).toMatchObject({
    writtenBy: "Tapegrad's command line",
    settings: { cell: "GRU", layers: 2, hidden: 8 },
  });
  expect(opened.vocabulary?.join("")).toBe(" ,.abehinoqrstu");
  expect(sessionOf(opened).step().loss).toBeGreaterThan(0);
});

describe("a file that is no such model", () => {
  const file = encode(tensorsOf(small));
  const changed = (change: (tensors: Map<string, Entry>) => void, metadata = {}) => {
    const tensors = tensorsOf(small);
    change(tensors);
    return encode(tensors, metadata);
  };
  const copy = (tensors: Map<string, Entry>, from: string, to: string) => {
    const entry = tensors.get(from);
    if (entry !== undefined) tensors.set(to, entry);
  };
  const reshaped = (tensors: Map<string, Entry>, name: string, shape: readonly number[]) =>
    tensors.set(name, { dtype: "float32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) });

  test.for<[what: string, bytes: Uint8Array, sentence: RegExp]>([
    ["truncated", file.subarray(0, file.length - 9), /leave the data.*; the file is truncated/],
    ["empty", new Uint8Array(0), /^The file ends inside the header's length/],
    [
      "PyTorch's own format",
      Uint8Array.of(0x50, 0x4b, 3, 4, 0xff, 0xff, 0xff, 0xff, 0, 0),
      /^A zip archive, probably PyTorch's/,
    ],
    [
      "a text",
      new TextEncoder().encode("To be, or not to be: that is the question."),
      /^This is no .safetensors file: its first eight bytes/,
    ],
    [
      "no recurrent layer",
      changed((t) => {
        for (const name of t.keys()) if (name.startsWith("rnn")) t.delete(name);
      }),
      /^No recurrent layer: .*The file has decoder.bias, decoder.weight, encoder.weight/,
    ],
    ["a tensor of another kind", changed((t) => copy(t, "rnn.bias_ih_l0", "norm.weight")), /no place in it: norm\.$/],
    [
      "two stacks",
      changed((t) => copy(t, "rnn.weight_ih_l0", "other.weight_ih_l0")),
      /^Two candidates for the recurrent layers: other, rnn/,
    ],
    [
      "two output layers",
      changed((t) => copy(t, "decoder.weight", "fc.weight")),
      /^Two candidates for an output layer: decoder.weight, fc.weight/,
    ],
    [
      "no output layer",
      changed((t) => reshaped(t, "decoder.weight", [9, 7])),
      /^No output layer: no weight has 6 columns/,
    ],
    [
      "a layer of another width",
      changed((t) => reshaped(t, "rnn.weight_ih_l1", [6, 5])),
      /^Shapes that do not fit: what stands for layers.1.cell.weight_ih is \[6, 5\], and the other tensors ask for \[6, 6\]/,
    ],
    ["half a layer", changed((t) => t.delete("rnn.weight_hh_l1")), /nothing for layers.1.cell.weight_hh/],
    ["backwards", changed((t) => copy(t, "rnn.bias_ih_l0", "rnn.bias_ih_l0_reverse")), /also reads backwards/],
    [
      "values that are none",
      changed((t) =>
        t.set("decoder.bias", { dtype: "float32", shape: [9], data: new Float32Array(9).fill(Number.NaN) }),
      ),
      /^head.bias has values/,
    ],
    [
      "too few characters",
      changed(() => {}, { vocabulary: "abc" }),
      /^The vocabulary has 3 characters, and the model scores 9/,
    ],
    ["characters twice", changed(() => {}, { vocabulary: '["a","a"]' }), /has "a" twice/],
  ])("%s", ([, bytes, sentence]) => {
    expect(() => openModel(bytes)).toThrow(sentence);
  });
});

test("a vocabulary is typed in order, or a JSON list, or an object from characters to numbers", () => {
  expect(readVocabulary("ab\n")).toEqual(["a", "b", "\n"]);
  expect(readVocabulary('["a", "<end>"]')).toEqual(["a", "<end>"]);
  expect(readVocabulary('{"b": 1, "a": 0}')).toEqual(["a", "b"]);
  expect(readVocabulary('{"0": "x", "1": "y"}')).toEqual(["x", "y"]);
});
