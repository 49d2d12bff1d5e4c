/**
 * A training step of a recurrent network, compiled to WebAssembly, beside the same step in PyTorch, jax-js and TensorFlow.js:
 * same weights, same data, one thread each, in turn. The losses of the first steps must agree before anything is timed.
 */
import { firstCall } from "./first-call.ts";
import { type NpmPeerName, npmPeerNames, startNpmPeer } from "./npm-peers.ts";
import type { ComparedStep, Peer } from "./peer.ts";
import type { Log, Report } from "./report.ts";
import { stepVerdicts } from "./step-targets.ts";
import { milliseconds, times } from "./table.ts";
import type { Task } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { type Runner, ratioOf, takeTurns } from "./turns.ts";

export interface LstmOptions {
  readonly tasks: readonly Task[];
  /** Absent where it is not installed. */
  readonly pytorch: Peer | undefined;
  /** Whether the libraries from npm are measured, where a task asks for it. */
  readonly npmPeers: boolean;
  /** Seconds for each task that count. */
  readonly seconds: number;
}

export type PeerName = "PyTorch" | NpmPeerName;

export interface Comparison {
  /** Median milliseconds of a step. */
  readonly median: number;
  /** Our time ÷ theirs. */
  readonly ratio: number;
  /** Milliseconds of the first step; only measured for libraries that compile. */
  readonly firstCall: number;
}

export interface MeasuredStep {
  readonly task: Task;
  /** Median milliseconds of a step. */
  readonly median: number;
  /** Median milliseconds of the first step in a process of its own. */
  readonly firstCall: number;
  readonly comparisons: ReadonlyMap<PeerName, Comparison>;
}

export const comparedSteps = 3;
const tolerance = 1e-4;

/** Those that a library which takes seconds for a step is asked to make. */
export const tasksOfNpmPeers: readonly string[] = ["lstm S", "lstm M"];

/** @throws Error unless all losses agree within `tolerance` of their size. */
export function checkLosses(name: string, found: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) {
    const loss = found[i] ?? Number.NaN;
    if (!(Math.abs(loss - value) <= tolerance * Math.abs(value)))
      throw new Error(`${name}: the losses of step ${i} differ: ${loss} and ${value}`);
  }
}

/** Our step as a runner. */
export function runnerOf(step: Pick<ComparedStep, "advance">): Runner {
  return {
    run: async (steps) =>
      Array.from({ length: steps }, () => {
        const began = performance.now();
        step.advance();
        return performance.now() - began;
      }),
  };
}

async function measure(task: Task, { pytorch, npmPeers, seconds }: LstmOptions): Promise<MeasuredStep> {
  const step = new TrainingStep(task);
  const fromNpm = npmPeers && tasksOfNpmPeers.includes(task.name);
  const slow = new Map<PeerName, Peer>();
  for (const name of fromNpm ? npmPeerNames : []) slow.set(name, await startNpmPeer(name));
  const fast = new Map<PeerName, Peer>(pytorch === undefined ? [] : [["PyTorch", pytorch]]);
  const peers = new Map([...fast, ...slow]);
  for (const peer of peers.values()) await peer.prepare(task, step);

  const losses = Array.from({ length: comparedSteps }, () => step.advance());
  const firstCalls = new Map<PeerName, number>();
  for (const [name, peer] of peers) {
    const first = await peer.steps(comparedSteps);
    checkLosses(`${task.name}, ${name}`, losses, first.losses);
    firstCalls.set(name, first.milliseconds[0] ?? Number.NaN);
  }

  // The slow ones have fewer turns, beside ours again, so that they do not take those of the others.
  const comparisons = new Map<PeerName, Comparison>();
  const compare = async (rivals: ReadonlyMap<PeerName, Peer>, rounds: number) => {
    const times = { turn: 150, warmUp: 1000, budget: 1000 * seconds, rounds };
    const [ours, ...theirs] = await takeTurns([runnerOf(step), ...rivals.values()], times);
    if (ours === undefined) throw new Error("one runner at least was timed");
    for (const [i, name] of [...rivals.keys()].entries()) {
      const turns = theirs[i];
      if (turns === undefined) throw new Error(`${name} was timed`);
      const first = firstCalls.get(name) ?? Number.NaN;
      comparisons.set(name, { median: turns.median, ratio: ratioOf(ours, turns), firstCall: first });
    }
    return ours.median;
  };
  const median = await compare(fast, 5);
  if (slow.size > 0) await compare(slow, 3);
  for (const peer of slow.values()) peer.close();
  return { task, median, firstCall: await firstCall(task), comparisons };
}

export function describeTask({ name, batch, time, vocabulary, hidden }: Task): string {
  return `${name}: batch ${batch}, ${time} steps, V ${vocabulary}, H ${hidden}`;
}

/** One row per task; each is printed by `log` as soon as it is there. */
export async function benchmarkSteps(options: LstmOptions, log: Log): Promise<Report> {
  const names: readonly PeerName[] = ["PyTorch", ...npmPeerNames];
  const columns = ["training step", "tapegrad", "first call", ...names.flatMap((name) => [name, "ratio"])];
  const rows: string[][] = [];
  const measured: MeasuredStep[] = [];
  log(columns.join(" | "));
  for (const task of options.tasks) {
    const found = await measure(task, options);
    const comparisons = names.flatMap((name) => {
      const comparison = found.comparisons.get(name);
      return comparison === undefined ? ["–", "–"] : [milliseconds(comparison.median), times(comparison.ratio)];
    });
    const row = [describeTask(task), milliseconds(found.median), milliseconds(found.firstCall), ...comparisons];
    log(row.join(" | "));
    rows.push(row);
    measured.push(found);
  }
  const note = `Embedding V×H (none with dense inputs), one recurrent layer of H, linear H×V, cross entropy, Adam; float32, one thread.
A step reads its loss. Medians over steps after warm-up; a ratio, tapegrad ÷ the other (below 1, tapegrad is faster), is the
median over rounds. First call: record, compile and run one step, in a process in which nothing ran before.`;
  return { tables: [{ title: "Training steps", note, columns, rows }], verdicts: stepVerdicts(measured) };
}
