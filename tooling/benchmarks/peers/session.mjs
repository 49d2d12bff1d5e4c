/**
 * What a library answers to the requests of `src/peer.ts`, whichever way they come.
 *
 * `{ command: "prepare", task, learningRate, weights, inputs, targets }` makes model and data (arrays are base64 of
 * little-endian float32 or int32; answer `{}`), `{ command: "multiply", shape, a, b }` makes a product (answer `{ product }`), and
 * `{ command: "run", steps }` repeats what was made last (answer `{ losses, milliseconds }`, one of each per step; a product has
 * no losses).
 */
import { base64Of } from "./arrays.mjs";

/**
 * `makeStep(request)` gives a function that makes one training step and promises its loss; `makeProduct(request)`, where there is
 * one, gives `{ product, multiply }`: the array, and a function that computes it again. Gives a function from a request to a
 * promise of its answer.
 */
export function session({ makeStep, makeProduct }) {
  let work;
  return async (request) => {
    switch (request.command) {
      case "prepare":
        work = await makeStep(request);
        return {};
      case "multiply": {
        const { product, multiply } = makeProduct(request);
        work = multiply;
        return { product: base64Of(product) };
      }
      case "run":
        return run(work, request.steps);
      default:
        throw new Error(`no such command: ${request.command}`);
    }
  };
}

async function run(work, steps) {
  if (work === undefined) throw new Error("nothing was prepared");
  const losses = [];
  const milliseconds = [];
  for (let step = 0; step < steps; step++) {
    const began = performance.now();
    const loss = await work();
    milliseconds.push(performance.now() - began);
    if (loss !== undefined) losses.push(loss);
  }
  return { losses, milliseconds };
}
