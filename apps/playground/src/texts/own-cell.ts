/** The texts of the lens "Own cell". */
import type { CellReport } from "../engine/own-cell/check-cell.ts";

type Checked = Extract<CellReport, { kind: "right" | "wrong" }>;

export const ownCellTexts = {
  templates: "Start from",
  source: "Source of the cell",
  loading: "The editor is loading …",
  leave: "Tab leaves the editor; Ctrl-] and Ctrl-[ indent.",
  check: "Check",
  checking: "Checking …",
  right: "The gradient is right.",
  wrong: "The gradient is wrong.",
  wrongHint:
    "A derivative rule of this cell and the function that it belongs to do not fit, or the function has a kink.",
  broken: "It does not run.",
  compared: "compared",
  tape: "derivative",
  other: "other",
  apart: "apart",
  parameters: "Parameters",
  parametersFor: "in a small layer, 3 inputs and 5 units:",
  state: "State",
  use: "Use this cell in the run",
  inUse: "The run has this cell.",
  /** The button of a cell that the run has, by phase. */
  starting: "Starting …",
  ready: "Train it",
  training: "Pause it",
  failed: "Try it again",
  compare: "Compare it with others",
  code: `const f = (layer, x) =>
  layer.forward(x).output;
gradcheck(f, [layer, x], {
  dtype: "float64",
});`,
  noBackward:
    "There is no backward pass to write: the gradient through time comes from the ops in step. A cell of one's own has no gates that the page knows by name, so lenses that show gates show its state alone.",
  sandboxTitle: "What this code can do",
  sandbox:
    "It runs in a worker of a frame that has no origin and whose policy lets nothing be loaded or sent: no network, no storage, no page. After five seconds without a pause it is stopped. Until then it can use the processor and memory.",
  line: (line: number) => `Line ${line}`,
  kinds: {
    "forward against reverse": "backward with forward mode",
    "derivative against differences": "the tape with differences",
  },
} as const;

/** The sentence above the formula. */
export function sentenceOf({ comparisons }: Checked, parameterCount: number | undefined): string {
  const difference = comparisons.find(({ kind }) => kind === "derivative against differences");
  const count =
    parameterCount === undefined ? "" : ` In the run, the model has ${parameterCount.toLocaleString("en")} parameters.`;
  if (difference === undefined) return count;
  const { derivative, other, error } = difference;
  return `Along a random direction of all its parameters and inputs, the tape says that the output changes by ${number(derivative)}, and two runs beside each other say ${number(other)}: they are ${error.toExponential(1)} apart.${count}`;
}

function number(value: number): string {
  return value.toFixed(6).replace("-", "−");
}
