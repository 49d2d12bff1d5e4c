/** Training steps on two threads beside one, in turn in one process. */
import { setBackend, wasm } from "tapegrad";
import { checkLosses, runnerOf } from "./lstm.ts";
import type { Log, Report } from "./report.ts";
import { milliseconds, times } from "./table.ts";
import { atLeast } from "./targets.ts";
import { type Task, taskOf } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { ratioOf, takeTurns } from "./turns.ts";

const measured = [taskOf("lstm", "M"), taskOf("lstm", "L")];

/** The same step on so many threads. The backend is chosen for it alone. */
async function stepOn(threads: number, task: Task): Promise<TrainingStep> {
  setBackend(await wasm({ threads }));
  const step = new TrainingStep(task);
  setBackend(await wasm());
  return step;
}

export async function benchmarkThreads(seconds: number, log: Log): Promise<Report> {
  const rows: string[][] = [];
  const speedUps = new Map<string, number>();
  for (const task of measured) {
    const steps = [await stepOn(1, task), await stepOn(2, task)];
    const [losses = [], others = []] = steps.map((step) => Array.from({ length: 3 }, () => step.advance()));
    checkLosses(task.name, others, losses);
    const [one, two] = await takeTurns(steps.map(runnerOf), { turn: 150, warmUp: 1000, budget: 1000 * seconds });
    if (one === undefined || two === undefined) throw new Error("both were timed");
    const speedUp = ratioOf(one, two);
    speedUps.set(task.name, speedUp);
    rows.push([task.name, milliseconds(one.median), milliseconds(two.median), times(speedUp)]);
  }
  const columns = ["training step", "one thread", "two threads", "speed-up"];
  for (const row of [columns, ...rows]) log(row.join(" | "));
  const note = "`await wasm({ threads: 2 })`: a worker on shared memory. It needs a second core that nobody else uses.";
  return {
    tables: [{ title: "Threads", note, columns, rows }],
    verdicts: [atLeast("two threads on lstm L, speed-up", speedUps.get("lstm L"), 1.6, times)],
  };
}
