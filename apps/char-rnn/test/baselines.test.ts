import { expect, test } from "vitest";
import { describeBaselines, describeVerdict } from "../src/training/baselines.ts";

const lines = [
  { name: "unigram", bits: 4.4271 },
  { name: "bigram", bits: 3.47 },
];

test("the lines to beat are one line", () => {
  expect(describeBaselines(lines)).toBe(
    "to beat, in bits per character of the held-out text: unigram 4.427, bigram 3.470",
  );
});

test.each([
  [3, "it beats unigram (4.427), bigram (3.470)"],
  [4, "it beats unigram (4.427); not yet bigram (3.470)"],
  [5, "it does not beat unigram (4.427), bigram (3.470) yet"],
  [Number.NaN, "it does not beat unigram (4.427), bigram (3.470) yet"],
])("%d bits", (bits, verdict) => {
  expect(describeVerdict(bits, lines)).toBe(verdict);
});
