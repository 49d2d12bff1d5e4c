/** The texts of the Influence lens. */
import { shortNumber } from "../components/short-number.ts";

const percent = (share: number) => `${(100 * share).toFixed(Math.abs(share) < 0.0995 ? 1 : 0).replace("-", "−")}%`;

export const influenceTexts = {
  score: "Prediction to explain",
  mostLikely: (label: string, probability: number) => `the most likely: ${label} (${percent(probability)})`,
  scoreOf: (label: string, probability: number) => `${label} (${percent(probability)})`,
  numberOf: (label: string, value: number) => `${label} (${shortNumber(value)})`,
  measure: "What the bars show",
  measures: { norm: "how strongly", signed: "which way" },
  measuresTold: { norm: "‖gradient‖", signed: "gradient × input" },
  picture: "What was read, coloured by its influence on the prediction at the cursor. Arrow keys move the cursor.",
  keys: { now: (step: number) => `now, after ${step.toLocaleString("en")} steps`, before: "before training" },
  sameYet: "Not trained yet: both are the same network. Train, and watch what starts to matter.",
  element: (label: string, back: number, now: string, before: string) =>
    `${label}, ${back === 0 ? "the last that was read" : `${back} back`}: ${now} now, ${before} before training.`,
  unread: (label: string) => `${label} comes later: it cannot move this prediction.`,
  share: (value: number, share: number) => `${shortNumber(value)} (${percent(share)})`,
  hint: "Click one of them to move the cursor there; point at one to read its numbers.",
  strongest: "The strongest",
  cursorText: (label: string, chosen: string) => `after ${label}, predicting ${chosen}`,
  sentence: (chosen: string, strongest: string, back: number, share: number, reach: number) =>
    `The score of ${chosen} depends most on ${strongest}, ${back === 0 ? "the last that was read" : `${back} back`}, with ${percent(share)} of all influence. Nine tenths of it come from the last ${reach}.`,
  code: "tape.gradient(logit, embedding.forward(tokens))",
  waiting: "The network is being asked …",
} as const;
