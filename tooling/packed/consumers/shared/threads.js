/** A product by two threads equals the one that a single thread computes. */
import { compile, matmul, ones, sum, tanh, wasm, withBackend } from "tapegrad";

const result = (backend) =>
  withBackend(backend, () => compile((x) => sum(tanh(matmul(x, matmul(x, x)))))(ones([300, 300])).itemSync());

export async function threads(print) {
  const backend = await wasm({ threads: 2 });
  print(`threads ${backend.threads}`);
  print(`equal ${result(backend) === result(await wasm())}`);
  print("done");
}
