/** A process that takes one gradient eagerly, and stops before and after it so that another one can look at its memory. */
import { once } from "node:events";
import {
  add,
  checkpoint,
  cpu,
  Generator,
  LSTM,
  matmul,
  mul,
  Parameter,
  scan,
  setBackend,
  sum,
  Tape,
  type Tensor,
  tanh,
  wasm,
  zeros,
} from "tapegrad";

const [, , backend, kind, wrapped, ...counts] = process.argv;
const [steps = 0, batch = 0] = counts.map(Number);
const isCheckpointed = wrapped === "checkpoint";
setBackend(await (backend === "cpu" ? cpu() : wasm()));

const generator = new Generator(1);
const layer = new LSTM(8, 32, { generator, ...(isCheckpointed && { checkpointEvery: "sqrt" }) });
const weights = [8, 32].map((rows) => new Parameter(mul(generator.normal([rows, 128]), 0.1)));
const output = new Parameter(mul(generator.normal([128, 32]), 0.1));

function step(h: Tensor, x: Tensor): Tensor {
  const [w, u] = weights;
  if (w === undefined || u === undefined) throw new Error("two weights");
  return tanh(add(matmul(tanh(add(matmul(x, w), matmul(h, u))), output), h));
}

function train(length: number): void {
  const x = generator.normal([length, batch, 8]);
  const sources = kind === "layer" ? layer.parameters() : [...weights, output];
  const each = isCheckpointed ? checkpoint(step) : step;
  const tape = new Tape({ sources });
  const loss = tape.record(() =>
    kind === "layer"
      ? sum(layer.forward(x.transpose([1, 0, 2])).state.h)
      : sum(scan((h: Tensor, element: Tensor) => [each(h, element), null], zeros([batch, 32]), x)[0]),
  );
  for (const gradient of tape.gradient(loss, sources)) gradient.dataSync();
  tape.release();
}

async function stop(): Promise<void> {
  process.stdout.write("look\n");
  await once(process.stdin, "data");
}

train(10);
await stop();
train(steps);
await stop();
process.exit(0);
