/**
 * A training step of a recurrent network, compiled to WebAssembly, beside the same step in PyTorch: same weights, same data, one
 * thread each, in turn. The losses of the first steps must agree before anything is timed.
 */
import { compileTime, firstCall } from "./first-call.ts";
import type { PyTorch } from "./pytorch.ts";
import { milliseconds, type Table, times } from "./table.ts";
import { type Task, taskOf } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { type Runner, ratioOf, takeTurns } from "./turns.ts";

export interface LstmOptions {
  readonly tasks: readonly Task[];
  /** Absent where it is not installed. */
  readonly pytorch: PyTorch | undefined;
  /** Seconds for each task that count. */
  readonly seconds: number;
}

const comparedSteps = 3;
const tolerance = 1e-4;

/** @throws Error unless all losses agree within `tolerance` of their size. */
export function checkLosses(name: string, found: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) {
    const loss = found[i] ?? Number.NaN;
    if (!(Math.abs(loss - value) <= tolerance * Math.abs(value)))
      throw new Error(`${name}: the losses of step ${i} differ: ${loss} and ${value}`);
  }
}

/** Our step as a runner. */
export function runnerOf(step: TrainingStep): Runner {
  return {
    run: async (steps) =>
      Array.from({ length: steps }, () => {
        const began = performance.now();
        step.advance();
        return performance.now() - began;
      }),
  };
}

async function measure(task: Task, { pytorch, seconds }: LstmOptions): Promise<string[]> {
  const step = new TrainingStep(task);
  await pytorch?.prepare(task, step);
  const losses = Array.from({ length: comparedSteps }, () => step.advance());
  const runners = [runnerOf(step)];
  if (pytorch !== undefined) {
    checkLosses(task.name, losses, (await pytorch.run(comparedSteps)).losses);
    runners.push({ run: async (steps) => (await pytorch.run(steps)).milliseconds });
  }
  const [ours, theirs] = await takeTurns(runners, { turn: 150, warmUp: 1000, budget: 1000 * seconds });
  if (ours === undefined) throw new Error("one runner at least was timed");
  const comparison =
    theirs === undefined ? ["not installed", ""] : [milliseconds(theirs.median), times(ratioOf(ours, theirs))];
  return [describe(task), milliseconds(ours.median), ...comparison, milliseconds(await firstCall(task))];
}

function describe({ name, batch, time, vocabulary, hidden }: Task): string {
  return `${name}: batch ${batch}, ${time} steps, V ${vocabulary}, H ${hidden}`;
}

/** One row per task; each is printed by `log` as soon as it is there. */
export async function benchmarkSteps(options: LstmOptions, log: (line: string) => void): Promise<Table> {
  const columns = ["training step", "tapegrad", "PyTorch", "ratio", "first call"];
  const rows: string[][] = [];
  log(columns.join(" | "));
  for (const task of options.tasks) {
    const row = await measure(task, options);
    log(row.join(" | "));
    rows.push(row);
  }
  const note = `Embedding V×H (none with dense inputs), one recurrent layer of H, linear H×V, cross entropy, Adam; float32, one thread.
A step reads its loss. Medians over steps after warm-up; the ratio, tapegrad ÷ PyTorch (below 1, tapegrad is faster), is the
median over rounds. First call: record, compile and run one step, in a process in which nothing ran before.`;
  return { title: "Training steps", note, columns, rows };
}

/** What compiling costs as the sequence grows; nothing is run. */
export async function benchmarkCompiling(log: (line: string) => void): Promise<Table> {
  const rows: string[][] = [];
  for (const time of [16, 64, 256, 1024]) {
    const row = [String(time), milliseconds(await compileTime({ ...taskOf("lstm", "M"), time }))];
    log(`compiling for ${row.join(" steps: ")}`);
    rows.push(row);
  }
  const note =
    "Recording and compiling lstm M for another number of steps, without running it, each in a process of its own.";
  return { title: "Compile latency", note, columns: ["steps", "record and compile"], rows };
}
