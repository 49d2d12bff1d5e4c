/** What JavaScript lets through and TypeScript would not: options misspelt, or given by position. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, type Tensor, tensor } from "@tapegrad/core";
import { Generator, oneHot, take, zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import {
  AdditiveAttention,
  Bidirectional,
  BilinearAttention,
  beamSearch,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  DotProductAttention,
  Dropout,
  Embedding,
  GRU,
  generate,
  gradientFlow,
  heNormal,
  heUniform,
  huberLoss,
  LayerNorm,
  Linear,
  LSTM,
  mseLoss,
  orthogonal,
  overTime,
  pytorchUniform,
  Recurrent,
  RNN,
  RNNCell,
  sample,
  teacherForcing,
  truncatedBptt,
  VariationalDropout,
  VariationalDropoutCell,
  xavierNormal,
  xavierUniform,
  ZoneoutCell,
} from "../src/index.ts";
import { ofGatedCells } from "./gated-cells.ts";

setBackend(cpuBackend);

const generator = new Generator(1);
const cell = new RNNCell(3, 4, { generator });
const x = zeros([2, 3]);
const sequences = zeros([2, 5, 3]);
const tokens = tensor([0, 1], { dtype: "int32" });
const step = (_: Tensor, state: null) => ({ logits: x, state });
const stretch = (state: Tensor) => ({ loss: state, state });

/** Everything that takes options, by the name that errors have, called with any. */
const callers: Readonly<Record<string, (options: never) => unknown>> = {
  RNN: (options) => new RNN(3, 4, options),
  LSTM: (options) => new LSTM(3, 4, options),
  GRU: (options) => new GRU(3, 4, options),
  ...ofGatedCells((Cell) => (options) => new Cell(3, 4, options)),
  VariationalDropoutCell: (options) => new VariationalDropoutCell(cell, 0.5, options),
  ZoneoutCell: (options) => new ZoneoutCell(cell, 0.5, options),
  Recurrent: (options) => new Recurrent(cell, options),
  Bidirectional: (options) => new Bidirectional(cell, cell, options),
  Linear: (options) => new Linear(3, 4, options),
  Embedding: (options) => new Embedding(3, 4, options),
  LayerNorm: (options) => new LayerNorm(3, options),
  Dropout: (options) => new Dropout(0.5, options),
  VariationalDropout: (options) => new VariationalDropout(0.5, options),
  AdditiveAttention: (options) => new AdditiveAttention(3, 4, 5, options),
  BilinearAttention: (options) => new BilinearAttention(3, 4, options),
  DotProductAttention: (options) => new DotProductAttention(options),
  crossEntropy: (options) => crossEntropy(x, tokens, options),
  mseLoss: (options) => mseLoss(x, x, options),
  huberLoss: (options) => huberLoss(x, x, options),
  binaryCrossEntropyWithLogits: (options) => binaryCrossEntropyWithLogits(x, x, options),
  sample: (options) => sample(x, options),
  generate: (options) => generate(step, null, tokens, options),
  beamSearch: (options) => beamSearch(step, null, tokens, options),
  teacherForcing: (options) => teacherForcing(step, null, zeros([2, 5], { dtype: "int32" }), options),
  truncatedBptt: (options) => [...truncatedBptt(stretch, sequences, options)],
  overTime: (options) => overTime(stretch, options),
  gradientFlow: (options) => gradientFlow(cell, sequences, options),
  pytorchUniform: (options) => pytorchUniform(generator, [3, 4], options),
  xavierUniform: (options) => xavierUniform(generator, [3, 4], options),
  xavierNormal: (options) => xavierNormal(generator, [3, 4], options),
  heUniform: (options) => heUniform(generator, [3, 4], options),
  heNormal: (options) => heNormal(generator, [3, 4], options),
  orthogonal: (options) => orthogonal(generator, [3, 4], options),
};

/** What reads sequences or a memory, by class. */
const readers: Readonly<Record<string, (options: never) => unknown>> = {
  LSTM: (options) => new LSTM(3, 4).forward(sequences, options),
  Recurrent: (options) => new Recurrent(cell).forward(sequences, options),
  Bidirectional: (options) => new Bidirectional(cell, cell).forward(sequences, options),
  DotProductAttention: (options) => new DotProductAttention().forward(x, sequences, options),
};

it.each([...Object.entries(callers), ...Object.entries(readers)])("options of %s", (name, call) => {
  expect(() => call(untyped({ unheardOf: 1 }))).toThrow(new RegExp(`^${name}: unknown option unheardOf; use \\w+`));
  for (const other of [2, "sum", null, [2], x])
    expect(() => call(untyped(other))).toThrow(
      new RegExp(`^${name}: the options are not an object: .*; name them, as in { \\w+: `),
    );
});

it("names the options that there are, and the class that was called", () => {
  expect(() => new LSTM(3, 4, untyped({ layer: 2 }))).toThrow(
    "LSTM: unknown option layer; use layers, bidirectional, dropout, bias, generator, timeMajor, checkpointEvery, projSize",
  );
  expect(() => new LSTM(3, 4, untyped(2))).toThrow(
    "LSTM: the options are not an object: 2; name them, as in { layers: 2 }",
  );
  expect(() => new GRU(3, 4, untyped({ projSize: 2 }))).toThrow("GRU: unknown option projSize");
  expect(() => crossEntropy(x, tokens, untyped("sum"))).toThrow(
    'crossEntropy: the options are not an object: "sum"; name them, as in { reduction: "sum" }',
  );
  class Encoder extends GRU {}
  expect(() => new Encoder(3, 4, untyped({ hidden: 5 }))).toThrow("Encoder: unknown option hidden");
  const state = { h: zeros([1, 2, 4]), c: zeros([1, 2, 4]) };
  expect(() => new LSTM(3, 4).forward(sequences, untyped(state))).toThrow(
    "LSTM: unknown option h; use state, lengths, resets",
  );
});

it("lengths are a list of one sort or another", () => {
  const lstm = new LSTM(3, 4, { generator });
  const input = generator.normal([2, 5, 3]);
  const output = (lengths: Tensor | Int32Array | number[]) => lstm.forward(input, { lengths }).output.dataSync();
  const expected = output([5, 3]);
  expect(output(new Int32Array([5, 3]))).toEqual(expected);
  expect(output(tensor([5, 3], { dtype: "int32" }))).toEqual(expected);
  expect(expected).not.toEqual(output([5, 5]));
  expect(() => output(new Int32Array([5, 6]))).toThrow("LSTM: a length is outside the sequence: 6 of 5 steps");
  expect(() => output(untyped(3))).toThrow("LSTM: the lengths are not a list: 3; write [5, 3]");
});

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}

it.each<[name: string, call: (list: never) => unknown, what: string]>([
  ["Embedding", (list) => new Embedding(3, 4, { generator }).forward(list), "tokens"],
  ["crossEntropy", (list) => crossEntropy(x, list), "targets"],
  ["teacherForcing", (list) => teacherForcing(step, null, list, untyped({ generator })), "targets"],
  ["take", (list) => take(x, list), "indices"],
  ["oneHot", (list) => oneHot(list, 3), "indices"],
])("%s of a list says which dtype the tensor needs", (name, call, what) => {
  expect(() => call(untyped([0, 1]))).toThrow(
    `${name}: the ${what} are not a tensor: [0,1]; make them one with tensor(…, { dtype: "int32" })`,
  );
});
