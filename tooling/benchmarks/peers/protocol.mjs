/**
 * The other end of `src/peer.ts`: one request per line of JSON on standard input, one answer on standard output each.
 *
 * First line out: `{ description }`. Then `{ command: "prepare", task, learningRate, weights, inputs, targets }` makes model and
 * data (arrays are base64 of little-endian float32 or int32; answer `{}`), `{ command: "multiply", shape, a, b }` makes a
 * product (answer `{ product }`), and `{ command: "run", steps }` repeats what was made last (answer `{ losses, milliseconds }`,
 * one of each per step; a product has no losses).
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

export function float32(base64) {
  return new Float32Array(bytesOf(base64));
}

export function int32(base64) {
  return new Int32Array(bytesOf(base64));
}

function bytesOf(base64) {
  return new Uint8Array(Buffer.from(base64, "base64")).buffer;
}

/** Of a package that is installed beside this file. */
export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

/**
 * `makeStep(request)` gives a function that makes one training step and gives its loss, or a promise of it;
 * `makeProduct(request)`, where there is one, gives `{ product, multiply }`: the array, and a function that computes it again.
 */
export async function serve({ description, makeStep, makeProduct }) {
  const answer = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  answer({ description });
  let work;
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    switch (request.command) {
      case "prepare":
        work = makeStep(request);
        answer({});
        break;
      case "multiply": {
        const { product, multiply } = makeProduct(request);
        work = multiply;
        answer({ product: Buffer.from(product.buffer, product.byteOffset, product.byteLength).toString("base64") });
        break;
      }
      case "run":
        answer(await run(work, request.steps));
        break;
      default:
        throw new Error(`no such command: ${request.command}`);
    }
  }
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
