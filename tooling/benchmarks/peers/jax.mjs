/**
 * jax-js on its WebAssembly backend. That one uses threads where there are web workers; Node has none, so this is one thread.
 */
import { defaultDevice, init, jit, numpy as np } from "@jax-js/jax";
import { float32 } from "./arrays.mjs";
import { makeStep } from "./jax-step.mjs";
import { serve, versionOf } from "./protocol.mjs";

await init("wasm");
defaultDevice("wasm");

function makeProduct({ shape: [rows, inner, columns], a, b }) {
  const left = np.array(float32(a)).reshape([rows, inner]);
  const right = np.array(float32(b)).reshape([inner, columns]);
  const compiled = jit((x, y) => np.matmul(x, y));
  return {
    product: compiled(left.ref, right.ref).dataSync(),
    multiply: async () => {
      const product = await compiled(left.ref, right.ref).blockUntilReady();
      product.dispose();
    },
  };
}

await serve({ description: `jax-js ${versionOf("@jax-js/jax")} (wasm)`, makeStep, makeProduct });
