/** The cost of compiling as the sequence grows; nothing is run. */
import { compileTime } from "./first-call.ts";
import type { Log, Report } from "./report.ts";
import { milliseconds, times } from "./table.ts";
import { atMost } from "./targets.ts";
import { taskOf } from "./tasks.ts";

const steps = [16, 64, 256, 1024];

export async function benchmarkCompiling(log: Log): Promise<Report> {
  const latencies: number[] = [];
  for (const time of steps) {
    const latency = await compileTime({ ...taskOf("lstm", "M"), time }, 5);
    log(`compiling for ${time} steps: ${milliseconds(latency)}`);
    latencies.push(latency);
  }
  const ratio = (latencies.at(-1) ?? Number.NaN) / (latencies[0] ?? Number.NaN);
  log(`1024 ÷ 16 steps: ${times(ratio)}`);
  const note = `Recording and compiling lstm M for another number of steps, without running it, each in a process of its own; the median
of five.`;
  const rows = steps.map((time, i) => [String(time), milliseconds(latencies[i] ?? Number.NaN)]);
  rows.push(["1024 ÷ 16", times(ratio)]);
  return {
    tables: [{ title: "Compile latency", note, columns: ["steps", "record and compile"], rows }],
    verdicts: [atMost("compiling for 1024 steps ÷ for 16", ratio, 1.3, times)],
  };
}
