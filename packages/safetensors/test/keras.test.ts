/** Converted weights: our layers compute what Keras' equations say, and the way back gives the same file. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import {
  FormatError,
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { Embedding, GRU, Linear, LSTM, Module, RNN } from "@tapegrad/nn";
import {
  type Entry,
  fromKeras,
  type KerasLayer,
  type KerasRecurrentLayer,
  toEntries,
  toKeras,
  toTensors,
} from "@tapegrad/safetensors";
import { beforeAll, describe, expect, test } from "vitest";
import * as keras from "./keras-equations.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [time, input, hidden] = [5, 3, 4];

/** Fractions in (−1, 1) that no two of a weight share: a linear congruential generator (Knuth's MMIX). */
function random(seed: number): () => number {
  let state = BigInt(seed);
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number(state >> 11n) / 2 ** 52 - 1;
  };
}

function entry(shape: readonly number[], next: () => number): Entry {
  const size = shape.reduce((product, length) => product * length, 1);
  return { dtype: "float64", shape, data: Float64Array.from({ length: size }, next) };
}

/** A vector is a matrix of one row. */
function matrix({ shape, data }: Entry): number[][] {
  const columns = shape.at(-1) ?? 1;
  return Array.from({ length: data.length / columns }, (_, row) => [...data.slice(row * columns, (row + 1) * columns)]);
}

type Weights = Record<string, Entry>;

interface Recurrent {
  readonly gates: number;
  readonly step: typeof keras.lstm;
  readonly states: number;
  readonly biasRows: number;
  readonly cell: string;
  readonly layer: KerasRecurrentLayer;
  readonly ours: (options: { layers: number; bidirectional: boolean; bias: boolean }) => RNN | LSTM | GRU;
}

const kinds: Record<string, Recurrent> = {
  SimpleRNN: {
    gates: 1,
    step: keras.simpleRNN,
    states: 1,
    biasRows: 1,
    cell: "simple_rnn",
    layer: { kind: "SimpleRNN", path: "" },
    ours: (options) => new RNN(input, hidden, options),
  },
  LSTM: {
    gates: 4,
    step: keras.lstm,
    states: 2,
    biasRows: 1,
    cell: "lstm",
    layer: { kind: "LSTM", path: "" },
    ours: (options) => new LSTM(input, hidden, options),
  },
  "GRU with reset_after": {
    gates: 3,
    step: keras.gruResetAfter,
    states: 1,
    biasRows: 2,
    cell: "gru",
    layer: { kind: "GRU", path: "" },
    ours: (options) => new GRU(input, hidden, options),
  },
  "GRU without reset_after": {
    gates: 3,
    step: keras.gru,
    states: 1,
    biasRows: 1,
    cell: "gru",
    layer: { kind: "GRU", path: "", resetAfter: false },
    ours: (options) => new GRU(input, hidden, { ...options, resetAfter: false }),
  },
};

function recurrentWeights(
  prefix: string,
  { gates, biasRows }: Recurrent,
  size: number,
  bias: boolean,
  next: () => number,
): Weights {
  const width = gates * hidden;
  return {
    [`${prefix}/kernel`]: entry([size, width], next),
    [`${prefix}/recurrent_kernel`]: entry([hidden, width], next),
    ...(bias ? { [`${prefix}/bias`]: entry(biasRows === 1 ? [width] : [2, width], next) } : {}),
  };
}

function plain(weights: Weights, prefix: string): keras.KerasRecurrentWeights {
  const at = (name: string) => weights[`${prefix}/${name}`];
  const [kernel, recurrentKernel, bias] = [at("kernel"), at("recurrent_kernel"), at("bias")];
  if (kernel === undefined || recurrentKernel === undefined) throw new Error(`no weights at ${prefix}`);
  return { kernel: matrix(kernel), recurrentKernel: matrix(recurrentKernel), bias: bias && matrix(bias) };
}

function inputs(seed: number): { x: Tensor; rows: number[][] } {
  const values = entry([time, input], random(seed));
  return { x: tensor(Float64Array.from(values.data), { shape: [1, time, input] }), rows: matrix(values) };
}

describe.each(Object.entries(kinds))("%s", (_, kind) => {
  test.each([true, false])("one layer, use_bias %s", async (bias) => {
    const { cell, layer, step, states } = kind;
    const prefix = `${cell}/${cell}_cell`;
    const weights = recurrentWeights(prefix, kind, input, bias, random(1));
    const model = kind.ours({ layers: 1, bidirectional: false, bias });
    const layers = { "": { ...layer, path: cell } };
    model.loadStateDict(toTensors(fromKeras(weights, layers)));
    const { x, rows } = inputs(2);
    expectClose(model.forward(x).output, keras.sequence(step, rows, plain(weights, prefix), states).flat());
    expect(Object.fromEntries(toKeras(await toEntries(model.stateDict()), layers))).toEqual(weights);
  });

  test("two bidirectional layers", async () => {
    const { cell, layer, step, states } = kind;
    const next = random(3);
    // Keras numbers the wrappers and the layers inside them alike: the second LSTM of a model is lstm_1.
    const places = ["", "_1"].map((number) =>
      ["forward", "backward"].map((direction) => `bidirectional${number}/${direction}_${cell}${number}/${cell}_cell`),
    );
    const weights: Weights = {};
    for (const [index, directions] of places.entries()) {
      for (const prefix of directions) {
        Object.assign(weights, recurrentWeights(prefix, kind, index === 0 ? input : 2 * hidden, true, next));
      }
    }
    const model = kind.ours({ layers: 2, bidirectional: true, bias: true });
    const layers = { "": { ...layer, path: ["bidirectional", "bidirectional_1"], bidirectional: true } };
    model.loadStateDict(toTensors(fromKeras(weights, layers)));
    const { x, rows } = inputs(4);
    const expected = places.reduce<readonly keras.Vector[]>(
      (values, [forward = "", backward = ""]) =>
        keras.bidirectional(step, values, plain(weights, forward), plain(weights, backward), states),
      rows,
    );
    expectClose(model.forward(x).output, expected.flat());
    expect(Object.fromEntries(toKeras(await toEntries(model.stateDict()), layers))).toEqual(weights);
  });

  test("weights trained here compute the same in Keras", async () => {
    const { cell, layer, step, states } = kind;
    const model = kind.ours({ layers: 1, bidirectional: false, bias: true });
    const weights = Object.fromEntries(
      toKeras(await toEntries(model.stateDict()), { "": { ...layer, path: `sequential/${cell}` } }),
    );
    const { x, rows } = inputs(5);
    const expected = keras.sequence(step, rows, plain(weights, `sequential/${cell}/${cell}_cell`), states);
    expectClose(model.forward(x).output, expected.flat());
  });
});

class Tagger extends Module {
  readonly embedding = new Embedding(7, input);
  readonly encoder = new LSTM(input, hidden);
  readonly head = new Linear(hidden, 2);

  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.encoder.forward(this.embedding.forward(tokens)).output);
  }
}

const taggerLayers: Record<string, KerasLayer> = {
  embedding: { kind: "Embedding", path: "tagger/embedding" },
  encoder: { kind: "LSTM", path: "tagger/lstm_2" },
  head: { kind: "Dense", path: "tagger/dense" },
};

function taggerWeights(): Weights {
  const next = random(6);
  return {
    "tagger/embedding/embeddings": entry([7, input], next),
    ...recurrentWeights("tagger/lstm_2/lstm_cell", kinds.LSTM ?? expect.fail(), input, true, next),
    "tagger/dense/kernel": entry([hidden, 2], next),
    "tagger/dense/bias": entry([2], next),
  };
}

test("a whole model, Embedding and Dense included", async () => {
  const weights = taggerWeights();
  const model = new Tagger();
  model.loadStateDict(toTensors(fromKeras(weights, taggerLayers)));
  const tokens = [3, 0, 6, 6, 1];
  const { embeddings, kernel, bias } = {
    embeddings: matrix(weights["tagger/embedding/embeddings"] ?? expect.fail()),
    kernel: matrix(weights["tagger/dense/kernel"] ?? expect.fail()),
    bias: matrix(weights["tagger/dense/bias"] ?? expect.fail())[0],
  };
  const encoded = keras.sequence(
    keras.lstm,
    tokens.map((token) => embeddings[token] ?? []),
    plain(weights, "tagger/lstm_2/lstm_cell"),
    2,
  );
  expectClose(
    model.forward(tensor(Int32Array.from(tokens), { shape: [1, 5] })),
    encoded.flatMap((h) => keras.dense(h, kernel, bias)),
  );
  expect(Object.fromEntries(toKeras(await toEntries(model.stateDict()), taggerLayers))).toEqual(weights);
});

test("gamma and beta of a LayerNormalization", () => {
  const weights = { "norm/gamma": entry([3], random(7)), "norm/beta": entry([3], random(8)) };
  const layers: Record<string, KerasLayer> = { norm: { kind: "LayerNormalization", path: "norm" } };
  const ours = { "norm.weight": weights["norm/gamma"], "norm.bias": weights["norm/beta"] };
  const converted = fromKeras(weights, layers);
  expect(Object.fromEntries(converted)).toEqual(ours);
  expect(Object.fromEntries(toKeras(converted, layers))).toEqual(weights);
  const uncentred = { "norm/gamma": weights["norm/gamma"] };
  expect(Object.fromEntries(toKeras(fromKeras(uncentred, layers), layers))).toEqual(uncentred);
});

test("names as Keras 2 and several layers of one kind have them", () => {
  const dense = { "head.weight": [2, 1] };
  const read = (name: string, layer: KerasLayer) => {
    const converted = fromKeras({ [name]: entry([1, 2], random(9)) }, { head: layer });
    return Object.fromEntries(Array.from(converted, ([key, { shape }]) => [key, shape]));
  };
  expect(read("dense/kernel:0", { kind: "Dense", path: "dense" })).toEqual(dense);
  const cells = recurrentWeights(
    "b/forward_gru_7/gru_cell_12",
    kinds["GRU with reset_after"] ?? expect.fail(),
    input,
    true,
    random(1),
  );
  const back = recurrentWeights(
    "b/backward_gru_7",
    kinds["GRU with reset_after"] ?? expect.fail(),
    input,
    true,
    random(2),
  );
  const converted = fromKeras({ ...cells, ...back }, { gru: { kind: "GRU", path: "b", bidirectional: true } });
  expect([...converted.keys()].sort()).toEqual(
    ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
      .flatMap((name) => [`gru.${name}_l0`, `gru.${name}_l0_reverse`])
      .sort(),
  );
});

describe("what does not fit", () => {
  const gruWeights = () =>
    recurrentWeights("gru/cell", kinds["GRU with reset_after"] ?? expect.fail(), input, true, random(1));
  const thrown: readonly (readonly [message: string, kind: typeof FormatError, run: () => unknown])[] = [
    [
      'fromKeras: weights of no layer: "tagger/dense/kernel", "tagger/dense/bias"; describe their layers, or leave them out',
      FormatError,
      () => {
        const { head: _, ...layers } = taggerLayers;
        return fromKeras(taggerWeights(), layers);
      },
    ],
    [
      'fromKeras: "dense" has no kernel: found nothing; check the layer\'s path',
      FormatError,
      () => fromKeras({}, { head: { kind: "Dense", path: "dense" } }),
    ],
    [
      'fromKeras: bias of "gru" has another shape: [2,12] for [12]; check the layer\'s kind, and resetAfter of a GRU',
      ShapeError,
      () => fromKeras(gruWeights(), { gru: { kind: "GRU", path: "gru", resetAfter: false } }),
    ],
    [
      'fromKeras: recurrent_kernel of "gru" has another shape: [4,12] for [4,16]; check the layer\'s kind, and resetAfter of a GRU',
      ShapeError,
      () => fromKeras(gruWeights(), { gru: { kind: "LSTM", path: "gru" } }),
    ],
    [
      'fromKeras: "m" has more than one kernel; give the path of a single layer',
      FormatError,
      () =>
        fromKeras(
          { "m/a/kernel": entry([1, 1], random(1)), "m/b/kernel": entry([1, 1], random(1)) },
          { a: { kind: "SimpleRNN", path: "m" } },
        ),
    ],
    [
      'fromKeras: no such kind of layer for "a": Conv2D; use Dense, Embedding, LayerNormalization, SimpleRNN, LSTM, GRU',
      FormatError,
      () => fromKeras({}, JSON.parse('{"a":{"kind":"Conv2D","path":"conv"}}')),
    ],
    [
      'fromKeras: "a" has a path that is not one: undefined; give what Keras\' weight.path has before "kernel", as in "dense_1"',
      FormatError,
      () => fromKeras({}, JSON.parse('{"a":{"kind":"Dense"}}')),
    ],
    [
      'toKeras: "a" has 1 paths, 2 wrapped layers; give a path for each layer, and as many wrapped layers',
      FormatError,
      () => toKeras({}, { a: { kind: "LSTM", path: "b", bidirectional: true, wrapped: ["lstm", "lstm_1"] } }),
    ],
    [
      "fromKeras: unknown option resetafter; use kind, path, bidirectional, resetAfter, wrapped",
      TapegradError,
      () => fromKeras({}, JSON.parse('{"a":{"kind":"GRU","path":"gru","resetafter":false}}')),
    ],
    [
      'toKeras: "head.*" has no weight: found "bias"; check the layer\'s path',
      FormatError,
      () => toKeras({ "head.bias": entry([2], random(1)) }, { head: { kind: "Dense", path: "dense" } }),
    ],
    [
      'toKeras: weights of no layer: "lstm.weight_ih_l1"; describe their layers, or leave them out',
      FormatError,
      () =>
        toKeras(
          {
            "lstm.weight_ih_l0": entry([4, 1], random(1)),
            "lstm.weight_hh_l0": entry([4, 1], random(1)),
            "lstm.weight_ih_l1": entry([4, 1], random(1)),
          },
          { lstm: { kind: "LSTM", path: "lstm" } },
        ),
    ],
  ];
  test.each(thrown)("%s", (message, kind, run) => {
    expect(run).toThrow(kind);
    expect(run).toThrow(new kind(...split(message)));
  });
});

/** The parts that an error's message is made of. */
function split(message: string): [op: string, problem: string] {
  const at = message.indexOf(": ");
  return [message.slice(0, at), message.slice(at + 2)];
}

test("layers inside wrappers are named as Keras numbers them, each kind by itself, or as the caller says", async () => {
  const wrappedNames = async (layers: Readonly<Record<string, KerasRecurrentLayer>>) => {
    const modules = Object.entries(layers).map(([name, { kind, path }]) => {
      const options = { layers: [path].flat().length, bidirectional: layers[name]?.bidirectional ?? false };
      const module = kind === "GRU" ? new GRU(1, 1, options) : new LSTM(1, 1, options);
      return Object.entries(module.stateDict()).map(([own, value]) => [`${name}.${own}`, value]);
    });
    const written = toKeras(await toEntries(Object.fromEntries(modules.flat())), layers);
    const wrapped = Array.from(written.keys(), (path) => path.split("/")[1] ?? "").filter((name) =>
      /^for|^back/.test(name),
    );
    return [...new Set(wrapped)];
  };
  expect(
    await wrappedNames({
      a: { kind: "LSTM", path: "first" },
      b: { kind: "GRU", path: "second", bidirectional: true },
      c: { kind: "LSTM", path: ["third", "fourth"], bidirectional: true },
    }),
  ).toEqual(["forward_gru", "backward_gru", "forward_lstm_1", "backward_lstm_1", "forward_lstm_2", "backward_lstm_2"]);
  expect(await wrappedNames({ a: { kind: "LSTM", path: "b", bidirectional: true, wrapped: "memory" } })).toEqual([
    "forward_memory",
    "backward_memory",
  ]);
});

test("tensors in place of host arrays, and two layers of one path, are refused", async () => {
  const model = new Linear(2, 1);
  const dense: Record<string, KerasLayer> = { "": { kind: "Dense", path: "dense" } };
  const tensors: unknown = model.stateDict();
  for (const convert of [toKeras, fromKeras])
    expect(() => convert(tensors as Record<string, Entry>, dense)).toThrow(
      new FormatError(
        convert.name,
        '"weight" is a tensor, not a host array',
        "convert all with await toEntries(state)",
      ),
    );
  const state = await toEntries(model.stateDict());
  const twice = new Map(
    ["a", "b"].flatMap((at) => [...state].map(([name, entry]) => [`${at}.${name}`, entry] as const)),
  );
  const layers: Record<string, KerasLayer> = { a: { kind: "Dense", path: "x" }, b: { kind: "Dense", path: "x" } };
  expect(() => toKeras(twice, layers)).toThrow('toKeras: two layers have the weight "x/kernel"');
});
