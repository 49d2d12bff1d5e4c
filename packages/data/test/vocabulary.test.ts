/** Characters and tokens, there and back. */
import { TapegradError } from "@tapegrad/core";
import { Vocabulary } from "@tapegrad/data";
import fc from "fast-check";
import { expect, it, vi } from "vitest";

it("numbers the characters of a text in the order of their code points", () => {
  const vocabulary = Vocabulary.of("hello");
  expect(vocabulary.characters).toEqual(["e", "h", "l", "o"]);
  expect(vocabulary.size).toBe(4);
  expect([...vocabulary.encode("hello")]).toEqual([1, 0, 2, 2, 3]);
  expect(vocabulary.decode([1, 0, 2, 2, 3])).toBe("hello");
});

it("keeps a given order, as a checkpoint needs", () => {
  expect([...new Vocabulary("helo").encode("hello")]).toEqual([0, 1, 2, 2, 3]);
});

it("brings every text back, whatever its characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      const vocabulary = Vocabulary.of(text);
      const tokens = vocabulary.encode(text);
      expect(tokens.length).toBe([...text].length);
      expect(vocabulary.decode(tokens)).toBe(text);
      expect(vocabulary.characters).toEqual(
        [...new Set(text)].sort((a, b) => (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0)),
      );
    }),
  );
});

it("one emoji is one token, also beyond the first 65,536 code points", () => {
  const vocabulary = Vocabulary.of("a😀𝄞");
  expect(vocabulary.size).toBe(3);
  expect([...vocabulary.encode("😀a")]).toEqual([2, 0]);
});

it("names the characters that have no token", () => {
  const vocabulary = Vocabulary.of("hello");
  expect(vocabulary.unknown("hello, world")).toEqual([",", " ", "w", "r", "d"]);
  expect(() => vocabulary.encode('h"\n')).toThrow(
    new TapegradError(
      "Vocabulary",
      String.raw`characters without a token: "\"" "\n"`,
      "use the 4 characters of the training text",
    ),
  );
  expect(() => vocabulary.decode([0, 4])).toThrow(
    new TapegradError("Vocabulary", "no character for token 4", "tokens are 0 to 3"),
  );
});

it("numbers symbols of any length", () => {
  const vocabulary = Vocabulary.of(["HH", "AH0", "L", "OW1", "L", "H"]);
  expect(vocabulary.characters).toEqual(["AH0", "H", "HH", "L", "OW1"]);
  const tokens = vocabulary.encode(["HH", "AH0", "L", "OW1"]);
  expect([...tokens]).toEqual([2, 0, 3, 4]);
  expect(vocabulary.symbols(tokens)).toEqual(["HH", "AH0", "L", "OW1"]);
  expect(vocabulary.unknown(["AH0", "AH1"])).toEqual(["AH1"]);
  expect([...new Vocabulary(["<end>", ..."ab"]).encode([..."ba", "<end>"])]).toEqual([2, 1, 0]);
});

it.each([
  ["repeated", ["a", "b", "a"]],
  ["empty", ["a", ""]],
])("%s symbols are refused", (_, symbols) => {
  expect(() => new Vocabulary(symbols)).toThrow(
    new TapegradError("Vocabulary", "symbols repeat or are empty", "use Vocabulary.of(text)"),
  );
});

it("symbols from a generator are read once", () => {
  const vocabulary = new Vocabulary(["AA", "B"]);
  expect([...vocabulary.encode(["B", "AA", "B"].values())]).toEqual([1, 0, 1]);
  expect(() => vocabulary.encode(["B", "C"].values())).toThrow(/without a token: "C"/);
});

it("a long text needs little more memory than its tokens", () => {
  const text = "ab".repeat(2 ** 20);
  const tokens = new Vocabulary("ab").encode(text);
  expect(tokens.length).toBe(text.length);
  expect(tokens.buffer.byteLength).toBe(4 * text.length);
  expect(new Vocabulary("ab").decode(tokens) === text).toBe(true);
});

it("nothing is made into a list on the way: Int32Array.from ends the process beyond 2²⁷ symbols", () => {
  const from = vi.spyOn(Int32Array, "from");
  const symbols = (function* () {
    for (let count = 0; count < 5000; count++) yield count % 2 === 0 ? "a" : "😀";
  })();
  expect(Vocabulary.of("a😀").encode(symbols)).toEqual(new Int32Array(5000).map((_, at) => at % 2));
  expect(from).not.toHaveBeenCalled();
  from.mockRestore();
});
