/** The texts of the Inside lens. */
import type { StepValues, ValueName } from "../engine/gates.ts";
import type { CellName } from "../engine/settings.ts";
import type { ShapeName } from "../engine/tasks/shapes.ts";

export const insideTexts = {
  path: "Where you are",
  chain: "The chain",
  tape: "The tape",
  stepTitle: (step: number, input: string, layer: number | undefined) =>
    `Step ${step}${input === "" ? "" : ` “${input}”`}${layer === undefined ? "" : `, layer ${layer}`}`,
  presets: "Presets",
  forgetting: "Forgetting",
  grus: "Both GRUs",
  shapes: "Shapes of problems",
  text: "text",
  example: (index: number, count: number) => `Example ${index} of ${count}`,
  previousExample: "Previous example",
  nextExample: "Next example",
  rows: {
    loss: "loss",
    course: (unit: number) => `unit ${unit}`,
    output: "output",
    state: "state",
    layer: (layer: number) => `layer ${layer}`,
    input: "input",
    step: "step",
  },
  chainSentence: (layers: number, units: number, step: number, input: string) =>
    `The same ${layers === 1 ? "" : `${layers} layers of `}${units} units at every step: at step ${step} they read ${input === "" ? "nothing new, only" : `“${input}” and`} the state of the step before.`,
  outcomeSentence: (says: string, share: string, wanted: string, loss: number | undefined, unit: string) =>
    `They say “${says}”${share === "" ? "" : ` (${share})`}${loss === undefined ? "." : `; “${wanted}” is right, which costs ${loss.toFixed(2)} ${unit}.`}`,
  lossUnits: { tokens: "bits", numbers: "squared" },
  valueSentence: (title: string, unit: number, step: number, value: string, free: string) =>
    `At step ${step}, the ${title} of unit ${unit} is ${value}${free === value ? "" : `; if nothing were held, it would be ${free}`}.`,
  tapeSentence: (lines: number, numbers: number) =>
    `This step is ${lines} ops with ${numbers.toLocaleString("en")} numbers as results. Backpropagation reads these lines from the last to the first.`,
  forgettingSentence: (state: readonly number[], gate: readonly number[], left: ArrayLike<number>) =>
    `Of ${state[0]} the gate keeps ${Math.round(100 * (gate[0] ?? 0))} %, so ${(left[0] ?? 0).toFixed(1)} is left; of ${state[1]} it keeps ${Math.round(100 * (gate[1] ?? 0))} %.`,
  grusSentence: (unit: number, after: string, before: string) =>
    `On the same input, state and weights the candidate of unit ${unit} is ${after} with the reset after the product, and ${before} with the reset before it.`,
  forgettingBar: (unit: number, before: number, left: number | undefined) =>
    `Unit ${unit}: ${before} before, ${left === undefined ? "unknown" : left.toFixed(2)} after`,
  forgetUnit: (unit: number) => `forget gate of unit ${unit}`,
  forgettingHint: "Outlined: the cell state before. Filled: what the forget gate lets through. Drag a gate.",
  gruTitles: { after: "Reset after the product (PyTorch)", before: "Reset before the product (Cho et al., 2014)" },
  gruMemory: { after: "r ⊙ (U h + d)", before: "U (r ⊙ h) + d" },
  ofUnit: (unit: number) => `Unit ${unit}`,
  notOfRun: "The run's cell is no GRU, so these weights are new ones, on the run's input and state.",
  releaseReset: "Let the reset gate go",
  grusHint:
    "Drag r: at 1 both are the same. At 0 the first takes away all that comes from the state, its bias d too; the second keeps d.",
  codes: {
    chain: "const { output, state } = layer.forward(x, { state });",
    step: "const { output, state } = cell.step(x, { h });",
    tape: 'const tape = new Tape({ keep: "all" });\ntape.record(() => cell.step(x, state));',
    forgetting: "const kept = mul(sigmoid(f), c);",
    grus: "new GRUCell(input, hidden);\nnew GRUCell(input, hidden, { resetAfter: false });",
  },
  courseValue: (title: string, step: number, value: string) =>
    `${title} at step ${step}: ${value}; see where it comes from`,
  wanted: (target: string) => `right: ${target}`,
  lookInside: (step: number, layer: number, input: string) =>
    `Step ${step}, layer ${layer}${input === "" ? "" : `, reads “${input}”`}: look inside`,
  stepPicture: "One step of the cell",
  openValue: (name: string, title: string, value: string) => `${name} ${value}, ${title}: see its equation`,
  holdValue: (name: string, title: string, unit: number) => `Hold ${name}, the ${title}, of unit ${unit}`,
  heldAt: (value: string) => `but held at ${value}`,
  moreTitle: (count: number) => `${count} smaller terms, and their sum`,
  terms: (title: string, some: number, all: number) =>
    some < all ? `The ${some} largest of ${all} terms of the ${title}` : `The terms of the ${title}`,
  chainHint:
    "Each box is the same cell at another step; its squares are its units, blue below 0 and red above. Choose a box to look into it, or a number below to see where it comes from.",
  stepHint: "Choose a value to see its equation; drag a slider to hold it, and watch what follows.",
  ownCell: "A cell of your own has no gates with names. Its tape shows each op.",
  tapeHint: "What the engine recorded when it took this step: one line per op. Choose a line to see its numbers.",
  toTape: "See its line on the tape",
  unit: "Unit",
  release: "Let go",
  nothingHeld: "Nothing is held.",
  follows: "What follows from it",
  followsColumns: { what: "what", free: "by itself", held: "as held" },
  valueOf: (title: string, unit: number) => `${title} of unit ${unit}`,
  outputAt: (step: number, input: string) => `output at step ${step}${input === "" ? "" : `, after “${input}”`}`,
  allUnits: "hold all units alike",
  held: (title: string, unit: number | undefined, step: number, value: string) =>
    `The ${title} of ${unit === undefined ? "all units" : `unit ${unit}`} is held at ${value} in step ${step}.`,
  valuesOf: (result: string) => `Numbers of ${result}`,
  moreNumbers: (count: number) => `and ${count} more`,
} as const;

export const valueTitles: Readonly<Record<ValueName, string>> = {
  a: "sum before tanh",
  i: "input gate",
  f: "forget gate",
  g: "candidate",
  o: "output gate",
  r: "reset gate",
  z: "update gate",
  n: "candidate",
  c: "cell state",
  h: "hidden state",
};

/** What a value is for, in a sentence. */
export const valuePurposes: Readonly<Record<ValueName, string>> = {
  a: "It adds up what comes from the input and from the state before.",
  i: "It says how much of the candidate is written to the cell state: 0 nothing, 1 all of it.",
  f: "It says how much of the cell state is kept: 0 forgets, 1 keeps everything.",
  g: "It is what could be written to the cell state.",
  o: "It says how much of the cell state is shown as hidden state.",
  r: "It says how much of the state before the candidate gets to see.",
  z: "It says how much of the state before stays: 1 keeps it, 0 takes the candidate.",
  n: "It is what the state could become.",
  c: "It is the memory: only multiplied by the forget gate and added to.",
  h: "It is what the layer tells the next step and the layer above.",
};

export const shapeNamesShown: Readonly<Record<ShapeName, string>> = {
  "one-to-one": "one to one",
  "one-to-many": "one to many",
  "many-to-one": "many to one",
  "sequence-to-sequence": "sequence to sequence",
  aligned: "aligned",
};

const projection = "add(this.inputProjection(x), this.hiddenProjection(h))";
const gateCodes = { r: "const reset = sigmoid(add(xr, hr));", z: "const update = sigmoid(add(xz, hz));" };
const mixed = "const hidden = add(mul(sub(1, update), candidate), mul(update, h));";

/** The lines of the cells that compute the values. */
export const valueCodes: Readonly<Record<CellName, StepValues<string>>> = {
  RNN: { a: `const sum = ${projection};`, h: `const hidden = tanh(${projection});` },
  LSTM: {
    i: "mul(sigmoid(i), tanh(g))",
    f: "mul(sigmoid(f), c)",
    g: "mul(sigmoid(i), tanh(g))",
    o: "const hidden = mul(sigmoid(o), tanh(cell));",
    c: "const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));",
    h: "const hidden = mul(sigmoid(o), tanh(cell));",
  },
  GRU: { ...gateCodes, n: "const candidate = tanh(add(xn, mul(reset, hn)));", h: mixed },
  "GRU, reset before": {
    ...gateCodes,
    n: "const candidate = tanh(add(xn, this.hiddenGates(mul(reset, h), 2, 3)));",
    h: mixed,
  },
  own: {},
};
