/** The counting models: worked examples, and probabilities that add up to one. */
import { ngramBitsPerCharacter, Vocabulary } from "@tapegrad/data";
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
