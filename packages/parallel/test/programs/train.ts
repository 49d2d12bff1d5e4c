/** Trains a small two-layer LSTM with dropout and clipping on whatever world it is started in; rank 0 prints a hash of the result. */
import { createHash } from "node:crypto";
import { Adam, clipByGlobalNorm, compile, Generator, Linear, LSTM, Module, mseLoss, Tape, type Tensor } from "tapegrad";
import { dataParallel } from "../../src/index.ts";
import { worldOfArguments } from "./world.ts";

const steps = Number(process.argv[4] ?? 200);
const shards = Number(process.argv[5] ?? 8);
/** What is compiled: the step of a shard, or a whole step with its sums over processes and the update. */
const compiled = process.argv[6] ?? "shard";
const batch = 2 * shards;
const [time, input, hidden] = [6, 3, 8];

class Model extends Module {
  readonly generator = new Generator(2);
  readonly lstm = new LSTM(input, hidden, { layers: 2, dropout: 0.3, generator: this.generator });
  readonly head = new Linear(hidden, 1, { generator: this.generator });

  forward(x: Tensor, state: ReturnType<LSTM["initialState"]>) {
    const { output, state: next } = this.lstm.forward(x, { state });
    return { y: this.head.forward(output), next };
  }
}

const world = await worldOfArguments();
const model = new Model();
const parameters = model.parameters();
const optimizer = new Adam(parameters, { learningRate: 1e-2 });
const rowsFirst = (state: ReturnType<LSTM["initialState"]>) => ({
  h: state.h.transpose([1, 0, 2]),
  c: state.c.transpose([1, 0, 2]),
});
type State = ReturnType<typeof rowsFirst>;

function shardStep(x: Tensor, y: Tensor, state: State) {
  const tape = new Tape();
  const { loss, next } = tape.record(() => {
    const read = model.forward(x, rowsFirst(state));
    return { loss: mseLoss(read.y, y), next: read.next };
  });
  return { loss, gradients: tape.gradient(loss, parameters), state: rowsFirst(next) };
}

const gradientStep = dataParallel(world, compiled === "shard" ? compile(shardStep) : shardStep, {
  shards,
  parameters,
  generators: [model.generator],
  rows: ["state"],
  check: true,
});
const update = compile((gradients: readonly Tensor[]) => {
  optimizer.step(clipByGlobalNorm(gradients, 1).gradients);
});
function step(x: Tensor, y: Tensor, state: State) {
  const { gradients, ...rest } = gradientStep(x, y, state);
  update(gradients);
  return rest;
}
const trainStep = compiled === "shard" ? step : compile(step);

const data = new Generator(3);
let state = rowsFirst(model.lstm.initialState(batch));
let last = Number.NaN;
for (let step = 0; step < steps; step++) {
  const x = data.normal([batch, time, input]);
  const y = x.sum({ axis: -1, keepDims: true }).cumsum({ axis: 1 });
  const result = trainStep(x, y, state);
  state = result.state;
  last = result.loss.itemSync();
}
const hash = createHash("sha256");
for (const parameter of [...parameters, model.generator.state])
  hash.update(new Uint8Array(parameter.dataSync().buffer));
if (world.rank === 0) console.log(JSON.stringify({ hash: hash.digest("hex"), loss: last }));
world.close();
