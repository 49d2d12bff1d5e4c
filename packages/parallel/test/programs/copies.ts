/**
 * Trains on MPI, and counts copies of gradients between compute and MPI, and messages from elsewhere than WebAssembly memory. Each
 * gradient has as many bytes as `least` or more, and nothing else has: neither the batch nor the loss. Rank 0 prints the counts.
 */

import { type Backend, compile, cpu, Generator, LSTM, SGD, setBackend, Tape, type Tensor, wasm } from "tapegrad";
import { Communicator, dataParallel } from "../../src/index.ts";
import { openLibrary } from "../../src/mpi/library.ts";
import { MpiTransport } from "../../src/mpi/transport.ts";
import type { Exchange } from "../../src/transport/transport.ts";
import { copiesDuring, isInWebAssembly } from "./counted-copies.ts";

const backends: Record<string, () => Promise<Backend>> = { wasm, shared: () => wasm({ threads: 2 }), cpu };
const [backend = "wasm", compiled = "whole"] = process.argv.slice(4);
const least = 1024;
/** Bytes that were sent and received, in WebAssembly memory and elsewhere. */
const messages = { inside: 0, outside: 0 };

class WatchedTransport extends MpiTransport {
  override exchange(...exchanges: readonly Exchange[]): void {
    for (const { bytes } of exchanges.flatMap(({ to, from }) => [to ?? [], from ?? []].flat()))
      if (bytes.length >= least) messages[isInWebAssembly(bytes) ? "inside" : "outside"] += bytes.length;
    super.exchange(...exchanges);
  }
}

const world = new Communicator(new WatchedTransport(await openLibrary(undefined)));
setBackend(await (backends[backend] ?? wasm)());
const generator = new Generator(1);
const lstm = new LSTM(32, 64, { generator });
const parameters = lstm.parameters();
const optimizer = new SGD(parameters, { learningRate: 0.1 });
const shardStep = (x: Tensor) => {
  const tape = new Tape();
  const loss = tape.record(() => lstm.forward(x).output.square().mean());
  return { loss, gradients: tape.gradient(loss, parameters) };
};
const gradientStep = dataParallel(world, compiled === "shard" ? compile(shardStep) : shardStep, {
  parameters,
  shards: 4,
});
const step = (x: Tensor) => {
  const { loss, gradients } = gradientStep(x);
  optimizer.step(gradients);
  return loss;
};
const trainStep = compiled === "whole" ? compile(step) : step;
const x = generator.normal([4, 1, 32]);
trainStep(x); // Recorded, and the parameters have their places.
trainStep(generator.normal([400, 20, 32])); // The memory grows.
messages.inside = 0;
messages.outside = 0;
const gradientBytes = parameters.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
const copies = copiesDuring(() => void trainStep(x), least).length;
if (world.rank === 0) console.log(JSON.stringify({ copies, gradientBytes, ...messages }));
world.close();
