/** What the examples learn from is what they say it is. */
import { describe, expect, it } from "vitest";
import { imagesOf, labelsOf, pixelCount, readDigits } from "../src/data/digits.ts";
import { hyphenate, hyphenScore, readHyphenatedWords, withHyphens } from "../src/data/hyphenation.ts";
import { readNames } from "../src/data/names.ts";
import {
  editDistance,
  letterByLetter,
  phonemeErrorRate,
  readPronunciations,
  words,
} from "../src/data/pronunciations.ts";
import { agreement, mostFrequent, percent } from "../src/example.ts";

describe("digits", () => {
  const { training, heldOut } = readDigits({ seed: 1 });

  it("are ten thousand grey images, a tenth of them held out", () => {
    expect([training.length, heldOut.length]).toEqual([9000, 1000]);
    expect(new Set(training.map(({ label }) => label)).size).toBe(10);
    for (const { pixels } of heldOut) {
      expect(pixels).toHaveLength(pixelCount);
      expect(pixels.every((grey) => grey >= 0 && grey <= 1)).toBe(true);
    }
  });

  it("a one is mostly a stroke in the middle, a zero has none there", () => {
    const middle = (label: number) => {
      const images = training.filter((digit) => digit.label === label);
      return images.reduce((sum, { pixels }) => sum + (pixels[14 * 28 + 14] ?? 0), 0) / images.length;
    };
    expect(middle(1)).toBeGreaterThan(0.8);
    expect(middle(0)).toBeLessThan(0.1);
  });

  it("as tensors are a row each", () => {
    const batch = heldOut.slice(0, 3);
    expect(imagesOf(batch).shape).toEqual([3, pixelCount]);
    expect([...imagesOf(batch).dataSync()].slice(pixelCount, 2 * pixelCount)).toEqual([...(batch[1]?.pixels ?? [])]);
    expect([...labelsOf(batch).dataSync()]).toEqual(batch.map(({ label }) => label));
  });

  it("another seed holds out others, a limit takes fewer", () => {
    expect(readDigits({ seed: 1 }).heldOut).toEqual(heldOut);
    expect(readDigits({ seed: 2 }).heldOut).not.toEqual(heldOut);
    expect(readDigits({ seed: 1, limit: 100 }).training).toHaveLength(90);
  });
});

describe("names", () => {
  const { training, heldOut } = readNames({ seed: 1 });

  it("are in lower case, each once, of one sex, a fifth of them held out", () => {
    const all = [...training, ...heldOut].map(({ name }) => name);
    expect(new Set(all).size).toBe(all.length);
    expect(all.every((name) => /^[a-z'-]+$/.test(name))).toBe(true);
    expect(heldOut.length / all.length).toBeCloseTo(0.2, 3);
  });

  it("know Elizabeth and Oliver, and leave out names of both", () => {
    const sex = (wanted: string) => [...training, ...heldOut].find(({ name }) => name === wanted)?.female;
    expect([sex("elizabeth"), sex("oliver"), sex("abby")]).toEqual([true, false, undefined]);
  });
});

describe("pronunciations", () => {
  it("have no marks of stress, and the first counts", () => {
    const find = (wanted: string) =>
      words()
        .find(({ word }) => word === wanted)
        ?.phonemes.join(" ");
    expect(find("appellate")).toBe("AH P EH L IH T");
    expect(new Set(words().flatMap(({ phonemes }) => phonemes)).size).toBe(39);
  });

  it("hold out two thousand words, none of them trained on", () => {
    const { training, heldOut } = readPronunciations({ seed: 1 });
    const known = new Set(training.map(({ word }) => word));
    expect(heldOut).toHaveLength(2000);
    expect(heldOut.filter(({ word }) => known.has(word))).toEqual([]);
    expect(readPronunciations({ seed: 1, limit: 500 }).heldOut).toHaveLength(50);
  });

  it.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["abc", "abc", 0],
    ["abcd", "bcd", 1],
    ["ab", "ba", 2],
  ])("from %j to %j it is %d edits", (from, to, edits) => {
    expect(editDistance([...from], [...to])).toBe(edits);
    expect(editDistance([...to], [...from])).toBe(edits);
  });

  it("the error rate counts edits per phoneme of the dictionary", () => {
    const [cat, cats] = [
      ["K", "AE", "T"],
      ["K", "AE", "T", "S"],
    ];
    expect(phonemeErrorRate([cat], [cat])).toBe(0);
    expect(phonemeErrorRate([[]], [cat])).toBe(1);
    expect(phonemeErrorRate([cat, cat], [cats, cat])).toBe(1 / 7);
  });

  it("letter by letter, each is what it stands for most often", () => {
    const speak = letterByLetter([
      { word: "cat", phonemes: ["K", "AE", "T"] },
      { word: "cot", phonemes: ["K", "AA", "T"] },
      { word: "cent", phonemes: ["S", "EH", "N", "T"] },
      { word: "shoe", phonemes: ["SH", "UW"] }, // Not as many, and not counted.
    ]);
    expect(speak("scat")).toEqual(["K", "AE", "T"]);
  });
});

describe("hyphens", () => {
  it("come after the letters where a word may be broken", () => {
    expect(hyphenate("hyphenation").tags.join("")).toBe("01000100000");
    expect(hyphenate("strength").tags).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    const { training } = readHyphenatedWords({ seed: 1, limit: 200 });
    for (const { word, tags } of training) {
      expect(tags).toHaveLength(word.length);
      expect(tags.at(-1)).toBe(0);
      expect(withHyphens(word, tags).replaceAll("-", "")).toBe(word);
    }
    expect(withHyphens("hyphenation", hyphenate("hyphenation").tags)).toBe("hy-phen-ation");
  });

  it("are scored by those that are right among those found and those to be found", () => {
    expect(hyphenScore([[0, 1, 0, 0]], [[0, 1, 0, 0]])).toBe(1);
    expect(hyphenScore([[0, 1, 1, 0]], [[0, 1, 0, 0]])).toBeCloseTo(2 / 3);
    expect(hyphenScore([[0, 0, 0, 0]], [[0, 1, 0, 0]])).toBe(0);
  });
});

describe("figures", () => {
  it("agreement and the most frequent are shares", () => {
    expect(agreement([1, 2, 3, 4], [1, 2, 0, 0])).toBe(0.5);
    expect(mostFrequent(["a", "b", "b", "c"])).toEqual({ value: "b", share: 0.5 });
    expect(percent(0.1234)).toBe("12.3 %");
  });
});
