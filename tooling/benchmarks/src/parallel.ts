/**
 * Training on two processes beside one, in turn; the cost of an exchange; and the file from which the documentation draws its
 * curve. `pnpm bench:parallel [rounds] [steps]` needs two idle cores.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeMachine, loadOfLastMinute } from "./machine.ts";
import { median } from "./median.ts";
import type { MeasuredSum, MeasuredTraining, Way } from "./parallel-process.ts";
import type { SizeName } from "./tasks.ts";

const [rounds = 5, steps = 8] = process.argv.slice(2).map(Number);
const script = fileURLToPath(new URL("parallel-process.ts", import.meta.url));
const file = fileURLToPath(new URL("../../../docs/parallel.json", import.meta.url));

const runs: readonly { readonly size: SizeName; readonly batch: number; readonly ways: readonly Way[] }[] = [
  { size: "L", batch: 64, ways: ["8 shards", "2 shards", "fast"] },
  { size: "M", batch: 32, ways: ["8 shards", "2 shards", "fast"] },
  { size: "L", batch: 256, ways: ["8 shards", "fast"] },
];

function started<T>(ranks: number, ...values: readonly string[]): T {
  const node = ["--conditions=@tapegrad/source", script, ...values];
  const mca = ["--allow-run-as-root", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1"];
  const [command, ...rest] =
    ranks === 1 ? [process.execPath, ...node] : ["mpirun", ...mca, "-n", `${ranks}`, process.execPath, ...node];
  return JSON.parse(execFileSync(command, rest, { encoding: "utf8" })) as T; // As parallel-process.ts prints it.
}

interface Row {
  readonly task: string;
  readonly batch: number;
  readonly way: Way;
  readonly ranks: number;
  readonly step: MeasuredTraining;
  /** Of one process alone ÷ this, median over rounds. */
  readonly speedUp: number;
}

function measured({ size, batch, ways }: (typeof runs)[number]): Row[] {
  const kinds: readonly { readonly way: Way; readonly ranks: number }[] = [
    { way: "alone", ranks: 1 },
    { way: "8 shards", ranks: 1 },
    ...ways.map((way) => ({ way, ranks: 2 })),
  ];
  const found = kinds.map(() => [] as MeasuredTraining[]);
  for (let round = 0; round < rounds; round++)
    for (const [k, { way, ranks }] of kinds.entries())
      found[k]?.push(started(ranks, "train", size, `${batch}`, way, `${steps}`));
  return kinds.map(({ way, ranks }, k) => {
    const samples = found[k] ?? [];
    const of = (name: keyof MeasuredTraining) => median(samples.map((sample) => sample[name]));
    const speedUp = median(
      samples.map(({ milliseconds }, i) => (found[0]?.[i]?.milliseconds ?? Number.NaN) / milliseconds),
    );
    const step = {
      milliseconds: of("milliseconds"),
      processor: of("processor"),
      communication: of("communication"),
      messages: of("messages"),
      bytes: of("bytes"),
    };
    return { task: `lstm ${size}`, batch, way, ranks, step, speedUp };
  });
}

for (const line of [...describeMachine(), `load: ${loadOfLastMinute()}; ${rounds} rounds of ${steps} steps`])
  console.log(line);
const sums = started<readonly MeasuredSum[]>(2, "sums");
const [least, largest] = [sums[0], sums.at(-1)];
if (least === undefined || largest === undefined) throw new Error("no sums were measured");
/** Seconds of an exchange of nothing; seconds per byte on the way; seconds per byte of an addition. */
const latency = least.exchange / 1000;
const perByte = (largest.exchange - least.exchange) / 1000 / largest.bytes;
const addition = (largest.milliseconds - largest.exchange) / 1000 / largest.bytes;
console.log(
  `an exchange: ${(1e6 * latency).toFixed(0)} µs, ${(1e-9 / perByte).toFixed(2)} GB/s; additions: ${(1e-9 / addition).toFixed(2)} GB/s`,
);

console.log(
  "task, batch | processes | way | ms per step | of one process's speed | processor ms | communication | MB sent | messages",
);
const rows: Row[] = [];
for (const run of runs) {
  const some = measured(run);
  for (const { task, batch, way, ranks, step, speedUp } of some) {
    const share = `${((100 * step.communication) / step.milliseconds).toFixed(1)} %`;
    const cells = [
      `${task}, ${batch}`,
      ranks,
      way,
      step.milliseconds.toFixed(1),
      `${speedUp.toFixed(2)} ×`,
      step.processor.toFixed(1),
    ];
    console.log([...cells, share, (step.bytes / 1e6).toFixed(2), step.messages].join(" | "));
  }
  rows.push(...some);
  write(); // After every task, so that what was measured is not lost.
}

function write(): void {
  const machine = { machine: describeMachine(), load: loadOfLastMinute(), rounds, steps };
  writeFileSync(file, `${JSON.stringify({ ...machine, rows, sums, latency, perByte, addition }, null, 2)}\n`);
}
