/**
 * The page of the WebGPU benchmark: Tapegrad in it, and the functions by which `src/page.ts` asks libraries, each under its name.
 */
import { setBackend, tensor, webgpu } from "tapegrad";
import { countCommands } from "../src/count-commands.ts";
import { TrainingStep } from "../src/training-step.ts";
import { float32 } from "./arrays.mjs";
import { shapesOf } from "./model.mjs";
import { session } from "./session.mjs";

/** The tokens are drawn here as they were there: random bits are the same on every backend. */
function makeStep({ task, weights }) {
  const own = Object.entries(shapesOf(task)).map(([name, shape]) => [name, tensor(float32(weights[name]), { shape })]);
  const step = new TrainingStep(task, { weights: Object.fromEntries(own) });
  return () => step.advanceAndRead();
}

/** By name; each promises its session. */
globalThis.libraries = {
  tapegrad: async () => {
    setBackend(await webgpu());
    return session({ makeStep });
  },
};

const sessions = new Map();

/** The answer of a library, which is started first if it was not. */
async function ask(name, request) {
  if (!sessions.has(name)) sessions.set(name, await globalThis.libraries[name]());
  return sessions.get(name)(request);
}

/** The answer, and what was handed to the GPU for it. */
async function count(name, request) {
  let answer;
  const counts = await countCommands(async () => {
    answer = await ask(name, request);
  });
  return { answer, counts };
}

async function adapter() {
  const found = await navigator.gpu?.requestAdapter();
  if (!found) throw new Error("this browser has no WebGPU adapter");
  const { vendor, architecture, device, description } = found.info;
  return [vendor, architecture, device, description].filter((part) => part !== "").join(" ");
}

Object.assign(globalThis, { ask, count, adapter });
