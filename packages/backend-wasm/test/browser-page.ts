/** What the browser test runs, on a page and in a worker: products by as many threads as there are. */
import { compile } from "@tapegrad/autodiff";
import { type Tensor, withBackend } from "@tapegrad/core";
import { matmul, ones, sum, tanh } from "@tapegrad/ops";
import { type WasmBackend, wasm } from "../src/index.ts";

export interface Report {
  readonly threads: number;
  readonly results: readonly number[];
  /** Computed by one thread. */
  readonly expected: readonly number[];
}

async function report(): Promise<Report> {
  const results = (backend: WasmBackend) =>
    withBackend(backend, () => {
      const run = compile((x: Tensor) => sum(tanh(matmul(x, matmul(x, x)))));
      return [300, 500, 300].map((size) => run(ones([size, size])).itemSync());
    });
  const shared = await wasm({ threads: 2 });
  return { threads: shared.threads, results: results(shared), expected: results(await wasm()) };
}

// On the page the test asks for the report; to a worker, whose globals have no `document`, the page listens.
const result = report();
if ("document" in globalThis) Object.assign(globalThis, { report: result });
else result.then((message) => Reflect.apply(Reflect.get(globalThis, "postMessage"), globalThis, [message]));
