/** Cells that users write, through `Recurrent`, beside the library's LSTM, in turn. */
import { operationsOf, seedOf } from "./layers.ts";
import { runnerOf } from "./lstm.ts";
import { median } from "./median.ts";
import { describeRecipe, drawRecipe } from "./random-recipe.ts";
import type { Log, Report } from "./report.ts";
import { milliseconds, times } from "./table.ts";
import { atMost, type Verdict } from "./targets.ts";
import { generatedCells, type Task, taskOf, writtenCellTasks } from "./tasks.ts";
import { TrainingStep } from "./training-step.ts";
import { ratioOf, takeTurns } from "./turns.ts";

export interface CellOptions {
  readonly tasks?: readonly Task[];
  /** Seconds for all cells together that count, per cell. */
  readonly seconds: number;
}

interface MeasuredCell {
  readonly task: Task;
  readonly median: number;
  /** Its time ÷ the built-in LSTM's. */
  readonly ratio: number;
  /** The same per floating-point operation. */
  readonly perOperation: number;
}

async function measure({ tasks = writtenCellTasks, seconds }: CellOptions): Promise<MeasuredCell[]> {
  const builtIn = taskOf("lstm", "M");
  const all = [builtIn, ...tasks];
  const runners = all.map((task) => runnerOf(new TrainingStep(task)));
  const turns = await takeTurns(runners, { turn: 100, warmUp: 500, budget: 1000 * seconds * all.length });
  const [reference] = turns;
  return all.map((task, i) => {
    const own = turns[i];
    if (own === undefined || reference === undefined) throw new Error(`${task.name} was timed`);
    const ratio = ratioOf(own, reference);
    return { task, median: own.median, ratio, perOperation: (ratio * operationsOf(builtIn)) / operationsOf(task) };
  });
}

function verdictsOf(measured: readonly MeasuredCell[]): Verdict[] {
  const textbook = measured.find(({ task }) => task.cell === "textbook lstm");
  const generated = measured.filter(({ task }) => generatedCells.some((cell) => cell === task.cell));
  const verdicts = textbook ? [atMost("textbook LSTM ÷ built-in LSTM", textbook.ratio, 1.1, times)] : [];
  if (generated.length === 0) return verdicts;
  const ratios = generated.map(({ perOperation }) => perOperation);
  const within = ratios.filter((ratio) => ratio <= 1.5).length;
  const aside = `the slowest; median ${times(median(ratios))}; ${within} of ${ratios.length} within`;
  verdicts.push(
    atMost("generated cells ÷ built-in LSTM, per floating-point operation", Math.max(...ratios), 1.5, times, aside),
  );
  return verdicts;
}

export async function benchmarkCells(options: CellOptions, log: Log): Promise<Report> {
  const columns = ["cell, size M", "step", "÷ built-in LSTM", "operations", "÷ built-in LSTM per operation"];
  const measured = await measure(options);
  const rows = measured.map(({ task, median: middle, ratio, perOperation }) => [
    task.cell,
    milliseconds(middle),
    times(ratio),
    `${(operationsOf(task) / 1e9).toFixed(2)} Gflop`,
    times(perOperation),
  ]);
  for (const row of [columns, ...rows]) log(row.join(" | "));
  const recipes = measured.flatMap(({ task }) =>
    task.cell.startsWith("random ") ? [`- ${task.cell}: ${describeRecipe(drawRecipe(seedOf(task.cell)))}`] : [],
  );
  const note = `Written with ops and run by \`Recurrent\`; all in turn. The textbook LSTM has four gates, each an affine map of [h, x] with
weights of its own; the layer-normalised one normalises both projections and the cell state; the others are drawn at random.
Operations are those of the matrix products of a training step as the cell is written, 6·T·B·K·N for each K×N, and the head's.
${recipes.length === 0 ? "" : `\nThe random cells (mean is half the sum, difference half the difference, mix(g, a, b) = g ⊙ a + (1 − g) ⊙ b):\n\n${recipes.join("\n")}`}`;
  return {
    tables: [{ title: "User-written cells", note: note.trimEnd(), columns, rows }],
    verdicts: verdictsOf(measured),
  };
}
