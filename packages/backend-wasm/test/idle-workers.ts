/** Uses two threads and is done: run by a test, which waits for its end. */
import { compile } from "@tapegrad/autodiff";
import { type Tensor, withBackend } from "@tapegrad/core";
import { matmul, max, ones } from "@tapegrad/ops";
import { wasm } from "../src/index.ts";

const backend = await wasm({ threads: 2 });
console.log(`${backend.threads} threads`);
withBackend(backend, () => console.log(compile((x: Tensor) => max(matmul(x, x)))(ones([900, 900])).itemSync()));
