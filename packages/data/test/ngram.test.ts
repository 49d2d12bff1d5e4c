/** The counting models: worked examples, and probabilities that add up to one. */
import { NgramCounts, ngramBitsPerCharacter, Vocabulary } from "@tapegrad/data";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const vocabulary = new Vocabulary("abc");
const encode = (text: string): Int32Array => vocabulary.encode(text);
const bits = (training: string, heldOut: string, order: number): number =>
  ngramBitsPerCharacter(encode(training), encode(heldOut), vocabulary.size, order);

describe("worked examples", () => {
  it("order 0 is uniform, whatever was read", () => {
    expect(bits("aab", "abcabc", 0)).toBeCloseTo(Math.log2(3), 12);
  });

  it("order 1 counts characters: of a a b, P(x) = (count + 2/3) / (3 + 2)", () => {
    expect(bits("aab", "a", 1)).toBeCloseTo(-Math.log2((2 + 2 / 3) / 5), 12);
    expect(bits("aab", "b", 1)).toBeCloseTo(-Math.log2((1 + 2 / 3) / 5), 12);
    expect(bits("aab", "c", 1)).toBeCloseTo(-Math.log2(2 / 3 / 5), 12);
    expect(bits("aab", "ab", 1)).toBeCloseTo((bits("aab", "a", 1) + bits("aab", "b", 1)) / 2, 12);
  });

  it("order 2 counts pairs: after a came a and b, P(x | a) = (1 + 2 P(x)) / (2 + 2)", () => {
    const [a, b] = [(2 + 2 / 3) / 5, (1 + 2 / 3) / 5];
    const expected = -(Math.log2(a) + Math.log2((1 + 2 * b) / 4)) / 2;
    expect(bits("aab", "ab", 2)).toBeCloseTo(expected, 12);
  });

  it("order 2 falls back to order 1 after what was never read", () => {
    const [c, a] = [2 / 3 / 5, (2 + 2 / 3) / 5];
    expect(bits("aab", "ca", 2)).toBeCloseTo(-(Math.log2(c) + Math.log2(a)) / 2, 12);
  });

  it("a longer context is better where the text has it", () => {
    const text = "abcacb".repeat(20);
    const measured = [0, 1, 2, 3].map((order) => bits(text, text, order));
    expect(measured).toEqual([...measured].sort((x, y) => y - x));
    expect(measured[3]).toBeLessThan(0.2);
  });
});

it.each([0, 1, 2, 3])("order %d: the probabilities of the next character add up to one", (order) => {
  const texts = fc.record({
    training: fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 30 }),
    context: fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 4 }),
  });
  fc.assert(
    fc.property(texts, ({ training, context }) => {
      const total = (heldOut: string) => (heldOut === "" ? 0 : bits(training, heldOut, order) * heldOut.length);
      const probabilities = ["a", "b", "c"].map((next) => 2 ** (total(context) - total(context + next)));
      expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 9);
      expect(Math.min(...probabilities)).toBeGreaterThan(0);
    }),
  );
});

/** The definition, by maps from contexts as text to counts. */
function plainBits(training: number[], heldOut: number[], size: number, order: number): number {
  const follows = (context: string, length: number) =>
    training.filter((_, at) => at >= length && training.slice(at - length, at).join() === context);
  const probability = (at: number, length: number): number => {
    if (length === 0) return 1 / size;
    const shorter = probability(at, length - 1);
    if (at < length - 1) return shorter;
    const followers = follows(heldOut.slice(at - length + 1, at).join(), length - 1);
    if (followers.length === 0) return shorter;
    const kinds = new Set(followers).size;
    const count = followers.filter((token) => token === heldOut[at]).length;
    return (count + kinds * shorter) / (followers.length + kinds);
  };
  return heldOut.reduce((bits, _, at) => bits - Math.log2(probability(at, order)), 0) / heldOut.length;
}

it("every order at once, counted in pieces, is the definition; large vocabularies as well", () => {
  const text = fc.array(fc.nat(3), { minLength: 1, maxLength: 40 });
  const property = fc.property(
    text,
    text,
    fc.constantFrom(1, 5_000_000),
    fc.nat(40),
    (training, heldOut, scale, cut) => {
      // Tokens far apart take the places of a large vocabulary.
      const [read, judged] = [training, heldOut].map((tokens) => tokens.map((token) => token * scale));
      const size = 3 * scale + 1;
      const tokens = Int32Array.from(read ?? []);
      const counts = new NgramCounts(size, 4).add(tokens.subarray(0, cut)).add(tokens.subarray(cut));
      for (const [order, bits] of counts.bitsPerCharacter(Int32Array.from(judged ?? [])).entries()) {
        expect(bits).toBeCloseTo(plainBits(read ?? [], judged ?? [], size, order), 9);
      }
    },
  );
  fc.assert(property, { numRuns: 60 });
});

it("many different pairs keep their counts", () => {
  const size = 100_003;
  const tokens = Int32Array.from({ length: 100_000 }, (_, at) => (at * 7919) % size);
  const [, , bigrams] = new NgramCounts(size, 2).add(tokens).bitsPerCharacter(tokens);
  // Every token came once: after its one follower, P = (1 + P₁) / 2; the first token is unigram's.
  const unigram = (1 + tokens.length / size) / (2 * tokens.length);
  const expected = -((tokens.length - 1) * Math.log2((1 + unigram) / 2) + Math.log2(unigram)) / tokens.length;
  expect(bigrams).toBeCloseTo(expected, 9);
});

it("a token beyond the vocabulary is an error", () => {
  expect(() => new NgramCounts(3, 2).add(Int32Array.of(0, 3))).toThrow(/not a token: 3; tokens are 0 to 2/);
  expect(() => ngramBitsPerCharacter(Int32Array.of(0), Int32Array.of(-1), 3, 1)).toThrow(/not a token: -1/);
});
