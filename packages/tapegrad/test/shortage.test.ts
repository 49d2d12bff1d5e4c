/** Sizes that are valid, and that no memory can hold: the error names the function, the shape and the bytes. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import * as tg from "tapegrad";
import { expect, it } from "vitest";

const generator = new tg.Generator(1);
const huge = 2 ** 52; // More than an address space has, so that no machine has to try.
const column = () => tg.ones([2 ** 22, 1]);
const row = () => tg.ones([1, 2 ** 23]);

it.each<[string, string, () => unknown]>([
  ["zeros", `float32 [${huge}]: ${4 * huge}`, () => tg.zeros([huge])],
  ["ones", `bool [${huge}]: ${huge}`, () => tg.ones([huge], { dtype: "bool" })],
  ["full", `float64 [2,${huge}]: ${16 * huge}`, () => tg.full([2, huge], 3, { dtype: "float64" })],
  ["broadcastTo", `float32 [${huge}]: ${4 * huge}`, () => tg.broadcastTo(tg.ones([1]), [huge])],
  ["add", `float32 [${2 ** 22},${2 ** 23}]: ${2 ** 47}`, () => tg.add(column(), row())],
  ["matmul", `float32 [${2 ** 22},${2 ** 23}]: ${2 ** 47}`, () => tg.matmul(column(), row())],
  ["Generator", `int32 [${huge}]: ${4 * huge}`, () => generator.normal([huge])],
  ["Linear", "float32 [1000000000,1000000000]: 4000000000000000000", () => new tg.Linear(1e9, 1e9)],
  ["LSTMCell", "float32 [4000000000,1000000000]: 16000000000000000000", () => new tg.LSTM(1e9, 1e9)],
  ["Embedding", `float32 [${huge},8]: ${32 * huge}`, () => new tg.Embedding(huge, 8)],
  ["LayerNorm", `float32 [${huge}]: ${4 * huge}`, () => new tg.LayerNorm(huge)],
  ["padSequences", `int32 [1,${huge}]: ${4 * huge}`, () => tg.padSequences([[1]], { length: huge })],
  ["scan", `float32 [${huge},4]: ${16 * huge}`, () => tg.scan((h) => [h, h], tg.ones([4]), null, { length: huge })],
])("%s says that there is no memory for %s bytes", (op, problem, call) => {
  const error = new tg.BackendError(op, `there is no memory for ${problem} bytes`, "use smaller sizes");
  for (const backend of [cpuBackend, wasmBackend()]) expect(() => tg.withBackend(backend, call)).toThrow(error);
});
