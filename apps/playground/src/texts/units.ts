/** The texts of the Units lens. */
import type { FeatureId } from "../lenses/units/features.ts";

export const unitsTexts = {
  offerTitle: "Start with a network that has learned something",
  offer:
    "Nothing interpretable lives in 16 units: each one does a bit of everything. An LSTM of 128 units that has read a dictionary of hackers 40 times has units that follow brackets, lines and words.",
  load: "Load the trained model",
  loadAgain: "Load it again",
  loading: "Loading …",
  loaded:
    "An LSTM of 128 units that was trained beforehand on the Jargon File 4.4.7 (public domain). The text below is of its last part, which it has not been trained on.",
  ranking: "Which unit tells what",
  rankingHint: "How well each tells it: 0.5 is chance, 1 is perfect.",
  waiting: "The units are ranked when training pauses.",
  nothing:
    "This text is too short, or has nothing of what units are judged by: load the trained model, or a longer text.",
  noCharacters: "This task has no characters to judge units by; the colours below are the unit's values all the same.",
  features: {
    quotes: "inside “quotes”",
    round: "inside ( )",
    square: "inside [ ]",
    curly: "inside { }",
    column: "position in line",
    wordEnd: "end of a word",
    space: "space",
    vowel: "vowel",
    upper: "capital",
    digit: "digit",
    lineStart: "start of a line",
  } satisfies Record<FeatureId, string>,
  text: (unit: number) => `The text, coloured by unit ${unit + 1}`,
  grid: "All units of the layer at the cursor",
  state: "State",
  states: { h: "h, what it passes on", c: "c, what it keeps" },
  layer: "Layer",
  off: "Switch it off",
  offHint: "h of this unit is held still at every step, in the whole text. What does the network no longer know?",
  held: "Held at",
  holds: { zero: "0", mean: "its mean" },
  next: "What it expects next at the cursor",
  worst: "Hit hardest: bits for predicting",
} as const;
