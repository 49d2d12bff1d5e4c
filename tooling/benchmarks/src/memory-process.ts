/**
 * The memory of one workload, in a process of its own, as a line of JSON: `idle` only loads the library, `train <task>` makes
 * training steps, `chain` multiplies matrices, `repeat <task> <steps>` looks at growth. Needs
 * `--import wasm-memories.ts --expose-gc`.
 */
import { setTimeout } from "node:timers/promises";
import { compile, Generator, matmul, type Tensor } from "tapegrad";
import { TrainingStep } from "./training-step.ts";
import { wasmBytes } from "./wasm-memories.ts";

/** Products of 512×512 float32 matrices, 1 MiB each: `a = matmul(a, b)`, so often. */
const chain = { size: 512, length: 50 };

/** Steps at least, and milliseconds, after which a process that trains has been as large as it gets. */
const training = { steps: 5, milliseconds: 1500 };

/** Steps after which V8 has optimised what it will, and its own memory is settled. */
const settled = 2000;

/** The largest resident size seen between steps: what the system remembers as the largest may be the parent's, before exec. */
function train(step: TrainingStep): number {
  const began = performance.now();
  let resident = 0;
  for (let count = 0; count < training.steps || performance.now() - began < training.milliseconds; count++) {
    step.advance();
    resident = Math.max(resident, process.memoryUsage.rss());
  }
  return resident;
}

/** Bytes of linear memory, operands included. */
function multiplyInAChain(): number {
  const { size, length } = chain;
  const generator = new Generator(1);
  const random = () => generator.normal([size, size]);
  const multiply = compile((a: Tensor, b: Tensor) => {
    let product = a;
    for (let count = 0; count < length; count++) product = matmul(product, b);
    return product;
  });
  multiply(random(), random());
  return wasmBytes();
}

interface Held {
  readonly wasm: number;
  readonly heap: number;
  readonly buffers: number;
}

async function held(): Promise<Held> {
  if (gc === undefined) throw new Error("run with --expose-gc");
  // Finalisers run between two turns of the event loop; what they release goes in the next collection.
  for (let count = 0; count < 3; count++) {
    gc();
    await setTimeout(20);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return { wasm: wasmBytes(), heap: heapUsed, buffers: arrayBuffers };
}

async function growth(step: TrainingStep, steps: number): Promise<Held> {
  for (let count = 0; count < settled; count++) step.advance();
  const before = await held();
  for (let count = 0; count < steps; count++) step.advance();
  const after = await held();
  return { wasm: after.wasm - before.wasm, heap: after.heap - before.heap, buffers: after.buffers - before.buffers };
}

const [what, task = "", steps = ""] = process.argv.slice(2);
switch (what) {
  case "idle":
    console.log(JSON.stringify({ resident: process.memoryUsage.rss(), wasm: wasmBytes() }));
    break;
  case "train": {
    const resident = train(new TrainingStep(JSON.parse(task)));
    console.log(JSON.stringify({ resident, wasm: wasmBytes() }));
    break;
  }
  case "chain":
    console.log(JSON.stringify({ wasm: multiplyInAChain(), inputs: 2 * 4 * chain.size ** 2, length: chain.length }));
    break;
  case "repeat":
    console.log(JSON.stringify(await growth(new TrainingStep(JSON.parse(task)), Number(steps))));
    break;
  default:
    throw new Error("usage: memory-process.ts idle | train <task> | chain | repeat <task> <steps>");
}
