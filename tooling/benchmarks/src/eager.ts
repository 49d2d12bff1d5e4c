/** Training steps that are not compiled, op by op and loop by loop, beside PyTorch: same weights, same data, in turn. */
import { checkLosses, comparedSteps, runnerOf } from "./lstm.ts";
import type { ComparedStep, Peer } from "./peer.ts";
import { PerceptronStep, perceptron } from "./perceptron-step.ts";
import type { Log, Report } from "./report.ts";
import { milliseconds, times } from "./table.ts";
import { atMost, type Verdict } from "./targets.ts";
import { taskOf } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { ratioOf, takeTurns } from "./turns.ts";

export interface EagerOptions {
  /** Absent where it is not installed. */
  readonly pytorch: Peer | undefined;
  /** Seconds for each step that count. */
  readonly seconds: number;
}

/** Our time ÷ PyTorch's. */
const limit = 1.1;

const steps: readonly { readonly task: { readonly name: string }; make(): ComparedStep }[] = [
  { task: perceptron, make: () => new PerceptronStep(perceptron) },
  { task: taskOf("lstm", "M"), make: () => new TrainingStep(taskOf("lstm", "M"), { compiled: false }) },
];

/** One row per step; each is printed by `log` as soon as it is there. */
export async function benchmarkEager({ pytorch, seconds }: EagerOptions, log: Log): Promise<Report> {
  const columns = ["training step, not compiled", "tapegrad", "PyTorch", "ratio"];
  const rows: string[][] = [];
  const verdicts: Verdict[] = [];
  log(columns.join(" | "));
  for (const { task, make } of steps) {
    const step = make();
    await pytorch?.prepare(task, step);
    const losses = Array.from({ length: comparedSteps }, () => step.advance());
    if (pytorch !== undefined) checkLosses(task.name, losses, (await pytorch.steps(comparedSteps)).losses);
    const rivals = pytorch === undefined ? [] : [pytorch];
    const timing = { turn: 150, warmUp: 1500, budget: 1000 * seconds, rounds: 9 };
    const [ours, theirs] = await takeTurns([runnerOf(step), ...rivals], timing);
    if (ours === undefined) throw new Error("one runner at least was timed");
    const ratio = theirs && ratioOf(ours, theirs);
    const compared =
      theirs === undefined || ratio === undefined ? ["–", "–"] : [milliseconds(theirs.median), times(ratio)];
    const row = [task.name, milliseconds(ours.median), ...compared];
    log(row.join(" | "));
    rows.push(row);
    verdicts.push(atMost(`${task.name}, not compiled ÷ PyTorch`, ratio, limit, times));
  }
  const note = `mlp: batch ${perceptron.batch}, ${perceptron.widths.join("–")}, relu, mean squared error, SGD. lstm M: the training step above. Nothing is
compiled by the user: every op is applied as it is called, and the tape's gradient is a walk through what was recorded.`;
  return { tables: [{ title: "Steps that are not compiled", note, columns, rows }], verdicts };
}
