/**
 * A process of its own that trains a tiny network for ten thousand eager steps and prints as JSON the losses, by how much its
 * memory grew after a warm-up, and the most that its buffers ever held. Argument: "awaiting" reads each loss with await,
 * "synchronous" never leaves the loop.
 */
import { Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { add, matmul, mean, mul, square, sub, tanh } from "@tapegrad/ops";
import { Parameter, setBackend, type Tensor, tensor } from "../src/index.ts";

setBackend(cpuBackend);

const [batch, width] = [16, 32];
const waves = (rows: number, columns: number, scale: number): Tensor =>
  tensor(
    Float32Array.from({ length: rows * columns }, (_, i) => scale * Math.sin(1.7 * i)),
    { shape: [rows, columns] },
  );
const parameters = [new Parameter(waves(width, width, 0.2)), new Parameter(waves(width, 1, 0.2))] as const;
const [hidden, output] = parameters;
const [x, target] = [waves(batch, width, 1), waves(batch, 1, 0.5)];

function trainingStep(): Tensor {
  const tape = new Tape();
  const loss = tape.record(() => mean(square(sub(matmul(tanh(matmul(x, hidden)), output), target))));
  const gradients = tape.gradient(loss, parameters);
  for (const [i, parameter] of parameters.entries()) {
    const gradient = gradients[i];
    if (gradient !== undefined) parameter.assign(add(parameter.value, mul(gradient, -0.05)));
  }
  return loss;
}

const [steps, warmUp, every] = [10_000, 2_000, 250];
let [settled, most, buffers, last] = [0, 0, 0, Number.NaN];

function look(step: number): void {
  const { arrayBuffers, rss } = process.memoryUsage();
  if (step === warmUp) settled = rss;
  if (step > warmUp) [most, buffers] = [Math.max(most, rss), Math.max(buffers, arrayBuffers)];
}

const first = trainingStep().itemSync();
for (let step = 1; step <= steps; step++) {
  const loss = trainingStep();
  if (process.argv[2] === "awaiting") last = await loss.item();
  else if (step === steps) last = loss.itemSync();
  if (step % every === 0) look(step);
}
console.log(JSON.stringify({ first, last, growth: most - settled, buffers }));
