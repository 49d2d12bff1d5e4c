/** TensorFlow.js on its portable backend, one thread. */
import tf from "@tensorflow/tfjs";
import { serve, versionOf } from "./protocol.mjs";
import { gatesApart, stepsOf } from "./tensorflow-step.mjs";

await tf.setBackend("cpu");
await serve({ description: `TensorFlow.js ${versionOf("@tensorflow/tfjs")} (cpu)`, makeStep: stepsOf(tf, gatesApart) });
