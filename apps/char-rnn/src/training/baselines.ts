/** The lines to beat: how well counting predicts the held-out text. */
import { ngramBitsPerCharacter } from "tapegrad";
import type { Corpus } from "./corpus.ts";

export interface Baseline {
  readonly name: string;
  /** Per character of the held-out text. */
  readonly bits: number;
}

/** From the simplest on: every character alike, then given none, one and two characters before it. */
export function baselinesOf({ training, heldOut, vocabulary }: Corpus): Baseline[] {
  return ["uniform", "unigram", "bigram", "trigram"].map((name, order) => ({
    name,
    bits: ngramBitsPerCharacter(training, heldOut, vocabulary.size, order),
  }));
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
