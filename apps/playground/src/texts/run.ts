/** The texts of the panel of the run. */

const count = (value: number) => value.toLocaleString("en");

export const runTexts = {
  task: "Task",
  ownText: "Your own text",
  text: "Text",
  file: "Choose a text file …",
  drop: "or drop one on the text",
  longText: (length: number) => `${count(length)} characters. Shown is the beginning.`,
  network: "Network",
  cell: "Cell",
  units: "Units",
  layers: "Layers",
  learningRate: "Learning rate",
  more: "More",
  clip: "Clip gradients at",
  noClip: "no clipping",
  window: "Steps back in time",
  ownWindow: "as the task suggests",
  seed: "Seed",
  newSeed: "New seed",
  startsAnew: "Another network starts untrained.",
  facts: (parameters: number, batch: number, window: number) =>
    `${count(parameters)} weights. Each step learns from ${batch === 1 ? "" : `${batch} × `}${window} elements.`,
  heldOut: "The last tenth of the text is held out, to see what it learned for new text.",
  problems: {
    empty: "There is no text. Type or paste one, or choose a task above.",
    short: "The text is too short. Give at least three characters, so that there is something to predict.",
    repeats: "The text repeats one character. Use at least two different ones.",
    long: (length: number, most: number) =>
      `The text is too long: ${count(length)} characters. Give at most ${count(most)}.`,
    noText: (name: string) => `${name} is not a text in UTF-8. Choose a plain text file.`,
  },
} as const;
