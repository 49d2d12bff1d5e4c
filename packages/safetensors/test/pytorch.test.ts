/** Files that PyTorch's users wrote, read by name into modules; tooling/fixtures/README.md tells how they are made. */
import { readFileSync } from "node:fs";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, setDefaultDType, type Tensor } from "@tapegrad/core";
import { Embedding, GRU, Linear, LSTM, Module, RNN } from "@tapegrad/nn";
import { decode, decodeTensors, encodeTensors } from "@tapegrad/safetensors";
import { beforeAll, expect, test } from "vitest";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

class Model extends Module {
  readonly embedding = new Embedding(7, 4);
  readonly lstm = new LSTM(4, 3, { layers: 2, bidirectional: true });
  readonly gru = new GRU(6, 3);
  readonly rnn = new RNN(3, 3, { nonlinearity: "relu", bias: false });
  readonly head = new Linear(3, 7);

  forward(tokens: Tensor): Tensor {
    const { output: x } = this.lstm.forward(this.embedding.forward(tokens));
    return this.head.forward(this.rnn.forward(this.gru.forward(x).output).output);
  }
}

const read = (name: string) => readFileSync(new URL(`fixtures/${name}.safetensors`, import.meta.url));

test("a state_dict loads by name, and computes what it computed there", () => {
  const model = new Model();
  model.loadStateDict(decodeTensors(read("pytorch-model")));
  const { tokens, logits } = decodeTensors(read("pytorch-run"));
  const [actual, expected] = [tokens && model.forward(tokens), logits];
  expect(actual?.shape).toEqual([2, 5, 7]);
  const wanted = expected?.dataSync() ?? [];
  const error = Math.max(...Array.from(actual?.dataSync() ?? [], (value, i) => Math.abs(value - (wanted[i] ?? NaN))));
  expect(error).toBeLessThan(1e-14);
});

test("what we write of it is the file that PyTorch's users wrote, byte for byte", async () => {
  const file = read("pytorch-model");
  const model = new Model();
  model.loadStateDict(decodeTensors(file));
  expect(Buffer.compare(await encodeTensors(model.stateDict(), decode(file).metadata), file)).toBe(0);
});
