/** The texts of the Compare lens. */
import type { TaskSettings } from "../engine/settings.ts";
import type { Run } from "../run/run.ts";

export const compareTexts = {
  bar: "All compared runs",
  trainAll: (count: number) => (count === 3 ? "Train all three" : count === 2 ? "Train both" : "Train it"),
  pauseAll: "Pause all",
  rewindAll: "Rewind all",
  pin: (run: Run) => `Pin your run: ${run.settings.value.cell}, step ${run.step.value.toLocaleString("en")}`,
  full: "Three are pinned: unpin one first",
  unpin: "Unpin",
  train: "Train",
  pause: "Pause",
  lens: "Lens below",
  time: (place: number, length: number) =>
    `Time of all: ${place.toLocaleString("en")} of ${length.toLocaleString("en")}`,
  xLabel: "training step",
  unitOf: (kinds: readonly (string | undefined)[]) => {
    if (kinds.every((kind) => kind === "tokens")) return "bits per character";
    return kinds.every((kind) => kind === "numbers") ? "mean squared error" : "loss, each in its own unit";
  },
  chart: (unit: string, runs: readonly Run[]) =>
    `${unit} over training steps: ${runs.map((run) => `${titleOf(run)}, ${standing(run)}`).join("; ")}`,
  why: (isPinned: boolean) =>
    isPinned
      ? "Each pinned run is a copy with a worker of its own: train it on, and your run stays as it is. All of them share one cursor."
      : "Two of 20 numbers are marked, and after the last one the network is to say their sum. It has to keep the first for up to 19 steps. The gates of LSTM and GRU let a value stay as it is; a plain RNN multiplies it at each step. Pin your own run to compare it instead.",
} as const;

export function titleOf(run: Run): string {
  const { cell, hidden, layers } = run.settings.value;
  return `${cell}, ${layers > 1 ? `${layers} × ` : ""}${hidden} units`;
}

const taskNames: { readonly [Kind in TaskSettings["kind"]]: (task: Extract<TaskSettings, { kind: Kind }>) => string } =
  {
    text: ({ text }) => `“${text.length > 20 ? `${text.slice(0, 20)}…` : text}”`,
    shape: ({ shape }) => `the task ${shape}`,
    series: ({ predicted }) => `predicting ${predicted}`,
    adding: ({ length }) => `adding two of ${length} numbers`,
  };

/** The one cast: the table's entry takes the task of its own kind. */
export function taskName(task: TaskSettings): string {
  return (taskNames[task.kind] as (given: TaskSettings) => string)(task);
}

/** Held-out where the task has it: that is what counts. */
function lossOf(run: Run): number | undefined {
  return run.heldOut.value.at(-1)?.loss ?? run.course.value.losses.at(-1);
}

/** "step 800, error 0.165, not solved" */
export function standing(run: Run): string {
  const loss = lossOf(run);
  const parameters = run.summary.value?.parameterCount.toLocaleString("en") ?? "…";
  const step = `step ${run.step.value.toLocaleString("en")}`;
  const solved = run.solved.value ? ", solved" : "";
  const error =
    loss === undefined
      ? ""
      : `, ${run.summary.value?.output.kind === "numbers" ? "error" : "loss"} ${Number(loss.toPrecision(2))}`;
  return `${parameters} parameters, ${step}${error}${solved}`;
}

/** What the comparison shows so far. */
export function saidOf(runs: readonly Run[]): string {
  const [first] = runs;
  if (first === undefined) return "";
  const task = taskName(first.settings.value.task);
  const isOneTask = runs.every((run) => taskName(run.settings.value.task) === task);
  const where = isOneTask ? `On ${task}` : "On different tasks";
  if (runs.every((run) => run.step.value === 0))
    return `${where}: ${runs.map(titleOf).join(" against ")}. None has learned anything yet.`;
  const said = runs.map((run) => {
    const loss = lossOf(run);
    if (run.solved.value) return `${run.settings.value.cell} solved it in ${run.step.value.toLocaleString("en")} steps`;
    const baseline = run.summary.value?.baselines[0];
    const asBad = baseline !== undefined && loss !== undefined && loss > baseline.loss * 0.8;
    const how = asBad ? ` no better than ${baseline.name} (${Number(baseline.loss.toPrecision(2))})` : "";
    return `${run.settings.value.cell} is at ${loss === undefined ? "its start" : Number(loss.toPrecision(2))} after ${run.step.value.toLocaleString("en")},${how}`.replace(
      /,$/,
      "",
    );
  });
  return `${where}: ${said.join("; ")}.`;
}

export function compareCode(runs: readonly Run[]): string {
  return runs
    .map(({ settings }) => settings.value)
    .map(({ cell, hidden }) => `new ${cell.split(",")[0]}(input, ${hidden}); // ${cell}`)
    .join("\n");
}
