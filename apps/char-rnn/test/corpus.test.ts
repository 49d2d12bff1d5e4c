import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { expect, test } from "vitest";
import { baselinesOf } from "../src/training/baselines.ts";
import { loadCorpus, trainingStreams } from "../src/training/corpus.ts";

async function corpusWith(text: string) {
  const file = join(await temporaryFolder(), "text.txt");
  await writeFile(file, text);
  return loadCorpus(file);
}

test("the end of the text is held out, and nothing is lost", async () => {
  const text = "to be or not to be ".repeat(10);
  const { vocabulary, training, heldOut } = await corpusWith(text);
  expect([training.length, heldOut.length]).toEqual([180, 10]);
  expect(vocabulary.decode(training) + vocabulary.decode(heldOut)).toBe(text);
});

test("characters are code points, and a byte order mark is none", async () => {
  const { vocabulary } = await corpusWith("\ufeffwhale 🐋");
  expect(vocabulary.characters).toEqual([" ", "a", "e", "h", "l", "w", "🐋"]);
});

test("the least text that fills one window per stream will do", async () => {
  const corpus = await corpusWith("ab".repeat(10)); // 18 characters to train on
  expect(trainingStreams(corpus, 1, 17).windowsPerEpoch).toBe(1);
  expect(() => trainingStreams(corpus, 1, 18)).toThrow(
    /is too short: 18 characters to train on, --batch 1 and --window 18 need 19$/,
  );
});

test("Moby Dick is the default, and longer contexts predict it better", async () => {
  const corpus = await loadCorpus(undefined);
  expect(corpus.name).toBe("Moby Dick");
  expect(corpus.vocabulary.decode(corpus.training)).toContain("Call me Ishmael.");
  const bits = (await baselinesOf(corpus)).map((line) => line.bits);
  expect(bits).toEqual(bits.toSorted((a, b) => b - a));
  expect(bits[0]).toBeCloseTo(Math.log2(corpus.vocabulary.size), 10);
});
