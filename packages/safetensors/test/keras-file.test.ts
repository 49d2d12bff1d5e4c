/** A file that Keras' users wrote, read into modules; tooling/fixtures/README.md tells how it is made. */
import { readFileSync } from "node:fs";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, type Tensor } from "@tapegrad/core";
import { Embedding, GRU, LayerNorm, Linear, LSTM, Module, RNN } from "@tapegrad/nn";
import { reshape } from "@tapegrad/ops";
import {
  decode,
  decodeTensors,
  encode,
  fromKeras,
  type KerasLayer,
  toEntries,
  toKeras,
  toTensors,
} from "@tapegrad/safetensors";
import { beforeAll, expect, test } from "vitest";

beforeAll(() => setBackend(cpuBackend));

class Model extends Module {
  readonly embedding = new Embedding(7, 4);
  readonly encoder = new LSTM(4, 3, { layers: 2, bidirectional: true });
  readonly norm = new LayerNorm(6);
  readonly first = new GRU(6, 3);
  readonly second = new GRU(3, 3, { resetAfter: false });
  readonly third = new RNN(3, 3);
  readonly head = new Linear(3, 2);

  forward(tokens: Tensor): Tensor {
    const encoded = this.norm.forward(this.encoder.forward(this.embedding.forward(tokens)).output);
    const { output } = this.second.forward(this.first.forward(encoded).output);
    const { h } = this.third.forward(output).state;
    return reshape(this.head.forward(h), [-1, 2]);
  }
}

const layers: Record<string, KerasLayer> = {
  embedding: { kind: "Embedding", path: "embedding" },
  encoder: { kind: "LSTM", path: ["bidirectional", "bidirectional_1"], bidirectional: true },
  norm: { kind: "LayerNormalization", path: "layer_normalization" },
  first: { kind: "GRU", path: "gru" },
  second: { kind: "GRU", path: "gru_1", resetAfter: false },
  third: { kind: "SimpleRNN", path: "simple_rnn" },
  head: { kind: "Dense", path: "dense" },
};

const read = (name: string) => readFileSync(new URL(`fixtures/${name}.safetensors`, import.meta.url));

function loaded(): Model {
  const model = new Model();
  model.loadStateDict(toTensors(fromKeras(decode(read("keras-model")).entries, layers)));
  return model;
}

test("a Keras model's weights load, and compute what they computed there", () => {
  const { tokens, logits } = decodeTensors(read("keras-run"));
  const actual = tokens && loaded().forward(tokens);
  expect(actual?.shape).toEqual([2, 2]);
  const wanted = logits?.dataSync() ?? [];
  const error = Math.max(...Array.from(actual?.dataSync() ?? [], (value, i) => Math.abs(value - (wanted[i] ?? NaN))));
  expect(error).toBeLessThan(1e-6);
});

test("what we write of it is the file that Keras' users wrote, byte for byte", async () => {
  const file = read("keras-model");
  expect(Buffer.compare(encode(toKeras(await toEntries(loaded().stateDict()), layers)), file)).toBe(0);
});
