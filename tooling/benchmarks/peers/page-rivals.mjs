/** The rivals in the page of the WebGPU benchmark, under the names by which `src/page.ts` asks for them. */
import { defaultDevice, init } from "@jax-js/jax";
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { makeStep } from "./jax-step.mjs";
import { session } from "./session.mjs";
import { gatesTogether, stepsOf } from "./tensorflow-step.mjs";

async function startJax() {
  const devices = await init("webgpu");
  if (!devices.includes("webgpu")) throw new Error(`jax-js found no WebGPU: ${devices.join(", ")}`);
  defaultDevice("webgpu");
  return session({ makeStep });
}

async function startTensorFlow() {
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js found no WebGPU");
  return session({ makeStep: stepsOf(tf, gatesTogether) });
}

globalThis.libraries = { ...globalThis.libraries, "jax-js": startJax, "TensorFlow.js": startTensorFlow };
