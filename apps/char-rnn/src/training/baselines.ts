/** The baselines: how well counting predicts the held-out text. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { NgramCounts } from "tapegrad";
import type { Corpus, OnProgress } from "./corpus.ts";

export interface Baseline {
  readonly name: string;
  /** Per character of the held-out text. */
  readonly bits: number;
}

/** From the simplest on: every character alike, then given none, one and two characters before it. */
const names = ["uniform", "unigram", "bigram", "trigram"];

/** Characters counted between two turns. */
const pieceCharacters = 2 ** 18;

export async function baselinesOf(
  { training, heldOut, vocabulary }: Corpus,
  onProgress: OnProgress = () => {},
): Promise<Baseline[]> {
  const counts = new NgramCounts(vocabulary.size, names.length - 1);
  for (let from = 0; from < training.length; from += pieceCharacters) {
    onProgress(from / training.length);
    await nextTurn(); // Signals arrive between turns.
    counts.add(training.subarray(from, from + pieceCharacters));
  }
  const bits = counts.bitsPerCharacter(heldOut);
  return names.map((name, order) => ({ name, bits: bits[order] ?? Number.NaN }));
}

export function describeBaselines(baselines: readonly Baseline[]): string {
  const list = baselines.map(({ name, bits }) => `${name} ${bits.toFixed(3)}`).join(", ");
  return `to beat, in bits per character of the held-out text: ${list}`;
}

/** Which lines `bits` is below and which it is not. */
export function describeVerdict(bits: number, baselines: readonly Baseline[]): string {
  const list = (chosen: readonly Baseline[]) =>
    chosen.map(({ name, bits: line }) => `${name} (${line.toFixed(3)})`).join(", ");
  const beaten = baselines.filter((line) => bits < line.bits);
  const missed = baselines.filter((line) => !(bits < line.bits));
  if (beaten.length === 0) return `it does not beat ${list(missed)} yet`;
  return [`it beats ${list(beaten)}`, ...(missed.length === 0 ? [] : [`not yet ${list(missed)}`])].join("; ");
}
