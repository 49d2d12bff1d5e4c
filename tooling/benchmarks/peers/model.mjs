/** What the peers' models share: parameters as in PyTorch, and tokens in the order of time. */
import { int32 } from "./arrays.mjs";

/** Shapes of the parameters of an LSTM task by name; gates in the order i f g o. */
export function shapesOf({ name, cell, input, vocabulary, hidden }) {
  if (cell !== "lstm" || input !== "tokens") throw new Error(`no such step: ${name}`);
  return {
    "embedding.weight": [vocabulary, hidden],
    "recurrent.weight_ih_l0": [4 * hidden, hidden],
    "recurrent.weight_hh_l0": [4 * hidden, hidden],
    "recurrent.bias_ih_l0": [4 * hidden],
    "recurrent.bias_hh_l0": [4 * hidden],
    "head.weight": [vocabulary, hidden],
    "head.bias": [vocabulary],
  };
}

/** Base64 of int32 [batch, time] → [time · batch]. */
export function timeMajor(base64, { batch, time }) {
  const tokens = int32(base64);
  return tokens.map((_, position) => tokens[(position % batch) * time + Math.floor(position / batch)] ?? 0);
}
