/** What the Inside lens says. */
import type { ValueName } from "../engine/gates.ts";
import type { ShapeName } from "../engine/tasks/shapes.ts";

export const insideTexts = {
  path: "Where you are",
  chain: "The chain",
  tape: "The tape",
  presets: "Presets",
  forgetting: "Forgetting",
  grus: "Both GRUs",
  shapes: "Shapes of problems",
  text: "text",
  example: "Example",
  previousExample: "Previous example",
  nextExample: "Next example",
  rows: {
    loss: "loss",
    output: "output",
    state: "state",
    layer: (layer: number) => `layer ${layer}`,
    input: "input",
    step: "step",
  },
  chainSentence: (steps: number, layers: number, units: number, step: number, input: string) =>
    `One network of ${layers === 1 ? "one layer" : `${layers} layers`} with ${units} units, drawn ${steps} times: at step ${step} it ${input === "" ? "reads nothing new" : `reads “${input}”`} and the state of the step before.`,
  wanted: (target: string) => `not ${target}`,
  lookInside: (step: number, layer: number, input: string) =>
    `Step ${step}, layer ${layer}${input === "" ? "" : `, reads “${input}”`}: look inside`,
  chainHint: "Each box is the same cell at another step; its squares are its units. Choose a box to look into it.",
  stepHint: "Choose a value to see its equation; drag a slider to hold it, and watch what follows.",
  ownCell: "A cell of your own has no gates with names. Its tape shows each op.",
  tapeHint: "What the engine recorded when it took this step: one line per op. Choose a line to see its numbers.",
  toTape: "See its line on the tape",
  toStep: "The whole step",
  hold: "Hold a value",
  ofUnit: "of unit",
  ofAll: "of all units",
  unit: "Unit",
  release: "Let go",
  nothingHeld: "Nothing is held.",
  follows: "What follows",
  noFollows: "Nothing after this step asks for an output.",
  more: (count: number, sum: string) => `… ${count} more: ${sum}`,
  moreUnits: (count: number) => `and ${count} more`,
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
