/** Products of square matrices on WebGPU, compiled, without reading the results: the rate that the device reaches. */
import { type Backend, compile, Generator, matmul, type Tensor } from "tapegrad";
import { checkAgreement } from "./matmul.ts";
import type { Log } from "./report.ts";
import { gigaflops, milliseconds, type Table } from "./table.ts";
import { takeTurns } from "./turns.ts";

export interface GpuMatmulOptions {
  readonly backend: Backend;
  readonly sizes: readonly number[];
  /** Seconds for each size. */
  readonly seconds: number;
  /** Tflop/s of the device, if known. */
  readonly peak: number | undefined;
}

/** Milliseconds that are waited for at once, so that the way to the device and back is a small part of them. */
const queued = 50;

/** Median milliseconds. @throws Error unless every element is that of the default backend's product. */
async function measure(n: number, { backend, seconds }: GpuMatmulOptions): Promise<number> {
  const generator = new Generator(1);
  const [hostA, hostB] = [0, 1].map(() => generator.uniform([n, n], { low: -1, high: 1 }));
  if (hostA === undefined || hostB === undefined) throw new Error("two were drawn");
  const product = compile((x: Tensor, y: Tensor) => matmul(x, y));
  const [a, b] = [await hostA.to(backend), await hostB.to(backend)];
  {
    using first = product(a, b);
    using expected = product(hostA, hostB);
    checkAgreement(await first.data(), expected.dataSync(), [n, n, n]);
  }
  let repetitions = 1;
  const once = async () => {
    const began = performance.now();
    for (let i = 0; i < repetitions; i++) product(a, b).dispose();
    await backend.synchronize();
    return (performance.now() - began) / repetitions;
  };
  for (let turn = 0; turn < 3; turn++) repetitions = Math.max(1, Math.min(1000, Math.round(queued / (await once()))));
  const run = async (steps: number) => {
    const samples: number[] = [];
    for (let step = 0; step < steps; step++) samples.push(await once());
    return samples;
  };
  const [turns] = await takeTurns([{ run }], {
    turn: 0,
    warmUp: 0,
    warmUpRounds: 1,
    budget: 1000 * seconds,
    rounds: 3,
  });
  return turns?.median ?? Number.NaN;
}

/** Gflop/s, and their share of `peak` Tflop/s. */
export function rateOf(n: number, median: number, peak: number | undefined): { rate: number; share: string } {
  const rate = (2 * n ** 3) / median / 1e6;
  return { rate, share: peak === undefined ? "–" : `${((100 * rate) / (1000 * peak)).toFixed(1)} %` };
}

/** Each row is printed by `log` as soon as it is there. */
export async function measureGpuMatmul(options: GpuMatmulOptions, log: Log): Promise<Table> {
  const columns = ["matmul", "time", "rate", "of the peak"];
  const rows: string[][] = [];
  for (const n of options.sizes) {
    const median = await measure(n, options);
    const { rate, share } = rateOf(n, median, options.peak);
    const row = [`n = ${n}`, milliseconds(median), gigaflops(rate), share];
    log(row.join(" | "));
    rows.push(row);
  }
  const peak = options.peak === undefined ? "not given (`--peak TFLOPS`)" : `${options.peak} Tflop/s in float32`;
  const note = `\`compile\` of one product of float32 matrices, many queued before one wait; nothing is read. Peak: ${peak}.`;
  return { title: "matmul on WebGPU", note, columns, rows };
}
