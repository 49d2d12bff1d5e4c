/**
 * A training step on WebGPU, in one page of headless Chromium, beside the same step in jax-js and TensorFlow.js: same weights, same
 * data, same adapter, in turn. The losses of the first steps must be those of WebAssembly before anything is timed.
 */
import type { CommandCounts } from "./count-commands.ts";
import { type Comparison, checkLosses, comparedSteps, describeTask, tasksOfNpmPeers } from "./lstm.ts";
import { type NpmPeerName, npmPeerNames } from "./npm-peers.ts";
import { type BenchmarkPage, chromiumPath, openPage, type PageLibrary } from "./page.ts";
import type { Log, Report } from "./report.ts";
import { webGPUVerdicts } from "./step-targets.ts";
import { milliseconds, times } from "./table.ts";
import type { Task } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { ratioOf, takeTurns } from "./turns.ts";

export interface WebGPUBenchmarkOptions {
  /** Those that the rivals can make are measured. */
  readonly tasks: readonly Task[];
  /** Whether the rivals, from npm, are measured. */
  readonly npmPeers: boolean;
  /** Seconds for each task and rival that count. */
  readonly seconds: number;
}

export interface WebGPUComparison extends Comparison {
  readonly counts: CommandCounts;
}

export interface MeasuredWebGPUStep {
  readonly task: Task;
  /** Median milliseconds of a step. */
  readonly median: number;
  /** Milliseconds of the first step in the page. */
  readonly firstCall: number;
  /** Of one step. */
  readonly counts: CommandCounts;
  readonly comparisons: ReadonlyMap<NpmPeerName, WebGPUComparison>;
}

const ours: PageLibrary = "tapegrad";

async function measure(page: BenchmarkPage, task: Task, options: WebGPUBenchmarkOptions): Promise<MeasuredWebGPUStep> {
  const rivals = options.npmPeers ? npmPeerNames : [];
  const reference = new TrainingStep(task);
  const libraries: readonly PageLibrary[] = [ours, ...rivals];
  for (const name of libraries) await page.library(name).prepare(task, reference);
  const losses = Array.from({ length: comparedSteps }, () => reference.advance());

  const beginnings = new Map<PageLibrary, { readonly firstCall: number; readonly counts: CommandCounts }>();
  for (const name of libraries) {
    const first = await page.library(name).steps(comparedSteps - 1);
    const { loss, counts } = await page.countedStep(name);
    checkLosses(`${task.name} on WebGPU, ${name}`, [...first.losses, loss], losses);
    beginnings.set(name, { firstCall: first.milliseconds[0] ?? Number.NaN, counts });
  }
  const beginningOf = (name: PageLibrary) => {
    const found = beginnings.get(name);
    if (found === undefined) throw new Error(`${name} has begun`);
    return found;
  };

  // One rival at a time, each beside ours again, so that the slow one does not take the rounds of the other. The steps that were
  // compared have warmed them up, and a step of theirs takes seconds.
  const comparisons = new Map<NpmPeerName, WebGPUComparison>();
  const times = { turn: 150, warmUp: 0, warmUpRounds: 0, budget: 1000 * options.seconds, rounds: 3 };
  const medians: number[] = [];
  for (const rival of rivals.length > 0 ? rivals : [undefined]) {
    const runners = [ours, rival].flatMap((name) => (name === undefined ? [] : [page.library(name)]));
    const [own, theirs] = await takeTurns(runners, times);
    if (own === undefined) throw new Error("one runner at least was timed");
    medians.push(own.median);
    if (rival === undefined || theirs === undefined) continue;
    comparisons.set(rival, { median: theirs.median, ratio: ratioOf(own, theirs), ...beginningOf(rival) });
  }
  return { task, median: medians[0] ?? Number.NaN, ...beginningOf(ours), comparisons };
}

const columns = [
  "training step",
  "tapegrad",
  "first call",
  "dispatches",
  "submits",
  ...npmPeerNames.flatMap((name) => [name, "ratio", "dispatches"]),
];

function rowOf({ task, median, firstCall, counts, comparisons }: MeasuredWebGPUStep): string[] {
  const rivals = npmPeerNames.flatMap((name) => {
    const found = comparisons.get(name);
    if (found === undefined) return ["–", "–", "–"];
    return [milliseconds(found.median), times(found.ratio), String(found.counts.dispatches)];
  });
  const own = [milliseconds(median), milliseconds(firstCall), String(counts.dispatches), String(counts.submits)];
  return [describeTask(task), ...own, ...rivals];
}

const note = `One page of headless Chromium, on its software adapter, SwiftShader, which uses all cores. The model is that of the training
steps above, and every library reads the loss of each step before it makes the next. TensorFlow.js is written as is fastest on
this backend. Medians over steps, ratios over rounds, as above; first call: in the page, shaders compiled. Dispatches and submits
of one step are counted by the browser's own methods; one of the submits is the copy of the loss that is read.`;

/** One row per task; each is printed by `log` as soon as it is there. Without Chromium `describe` says so, and no row is there. */
export async function benchmarkWebGPU(options: WebGPUBenchmarkOptions, log: Log, describe: Log): Promise<Report> {
  const title = "Training steps on WebGPU";
  if (chromiumPath === undefined) {
    describe("WebGPU: not measured, for Chromium is not installed (chromium)");
    return { tables: [], verdicts: webGPUVerdicts(undefined) };
  }
  const measured: MeasuredWebGPUStep[] = [];
  const page = await openPage({ rivals: options.npmPeers });
  try {
    describe(page.description);
    log(columns.join(" | "));
    for (const task of options.tasks.filter(({ name }) => tasksOfNpmPeers.includes(name))) {
      const found = await measure(page, task, options);
      log(rowOf(found).join(" | "));
      measured.push(found);
    }
  } finally {
    await page.close();
  }
  return { tables: [{ title, note, columns, rows: measured.map(rowOf) }], verdicts: webGPUVerdicts(measured) };
}
