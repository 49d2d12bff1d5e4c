/**
 * One process of the measurements on several: it trains as its arguments say, alone or as a rank of MPI, or it exchanges
 * arrays. Rank 0 prints its measurements as JSON.
 */
import { mpi } from "@tapegrad/parallel";
import { ones } from "tapegrad";
import { median } from "./median.ts";
import { type SizeName, taskOf } from "./tasks.ts";
import { TrainingStep, type TrainingStepOptions } from "./training-step.ts";

/** Of training: medians per step of one process. */
export interface MeasuredTraining {
  readonly milliseconds: number;
  /** Of the processor, for this process; where the machine is busy, these change less. */
  readonly processor: number;
  /** In exchanges, waiting for the other ranks included. */
  readonly communication: number;
  readonly messages: number;
  readonly bytes: number;
}

/** Of sums over the ranks of `bytes`: the fastest, since all that makes one slower is somebody else. */
export interface MeasuredSum {
  readonly bytes: number;
  readonly milliseconds: number;
  /** Without additions. */
  readonly exchange: number;
}

/** How a step is computed: `alone` is the fastest that one process can do; the others give shards to ranks. */
export const ways = {
  alone: undefined,
  "8 shards": { shards: 8 },
  "2 shards": { shards: 2 },
  fast: { order: "fast" },
} as const;

export type Way = keyof typeof ways;

const [what, size, batch, way, steps] = process.argv.slice(2);
if (what === "train") console.log(await training(size as SizeName, Number(batch), way as Way, Number(steps))); // As parallel.ts says.
if (what === "sums") console.log(await sums());

async function training(size: SizeName, batch: number, way: Way, steps: number): Promise<string> {
  const options = ways[way];
  const world = await mpi();
  const together: TrainingStepOptions = options === undefined ? {} : { together: { world, options } };
  const step = new TrainingStep({ ...taskOf("lstm", size), batch }, together);
  const samples: MeasuredTraining[] = [];
  for (let i = -2; i < steps; i++) {
    const [began, used, before] = [performance.now(), process.cpuUsage(), world.traffic];
    step.advance();
    const { user, system } = process.cpuUsage(used);
    const { messages, bytes, milliseconds } = world.traffic;
    const sample = {
      milliseconds: performance.now() - began,
      processor: (user + system) / 1000,
      communication: milliseconds - before.milliseconds,
      messages: messages - before.messages,
      bytes: bytes - before.bytes,
    };
    if (i >= 0) samples.push(sample);
  }
  const of = (name: keyof MeasuredTraining) => median(samples.map((sample) => sample[name]));
  const measured: MeasuredTraining = {
    milliseconds: of("milliseconds"),
    processor: of("processor"),
    communication: of("communication"),
    messages: of("messages"),
    bytes: of("bytes"),
  };
  world.close();
  return world.rank === 0 ? JSON.stringify(measured) : "";
}

async function sums(): Promise<string> {
  const world = await mpi();
  const measured: MeasuredSum[] = [];
  for (const elements of [1, 2 ** 12, 2 ** 16, 2 ** 20, 2 ** 22]) {
    const x = ones([elements]);
    const samples: MeasuredSum[] = [];
    for (let i = 0; i < 24; i++) {
      world.barrier();
      const [began, before] = [performance.now(), world.traffic.milliseconds];
      world.allReduce(x);
      const milliseconds = performance.now() - began;
      if (i >= 3) samples.push({ bytes: 4 * elements, milliseconds, exchange: world.traffic.milliseconds - before });
    }
    const of = (name: keyof MeasuredSum) => Math.min(...samples.map((sample) => sample[name]));
    measured.push({ bytes: 4 * elements, milliseconds: of("milliseconds"), exchange: of("exchange") });
  }
  world.close();
  return world.rank === 0 ? JSON.stringify(measured) : "";
}
