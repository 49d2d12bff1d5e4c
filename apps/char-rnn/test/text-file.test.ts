/** Texts of every kind and size: read in pieces, and refused in one line when they are none. */
import { open, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import fc from "fast-check";
import { Vocabulary } from "tapegrad";
import { expect, test } from "vitest";
import { mostTextBytes, readText } from "../src/files/text-file.ts";
import { loadCorpus } from "../src/training/corpus.ts";
import { TokenCollector } from "../src/training/tokens.ts";

async function read(file: string): Promise<string> {
  let text = "";
  for await (const piece of readText(file)) text += piece.text;
  return text;
}

test("characters that lie across two pieces come whole, and the size read so far is right", async () => {
  const file = join(await temporaryFolder(), "text.txt");
  const text = `\ufeff${"a".repeat(2 ** 20 - 5)}🐋é${"🐋".repeat(300_000)}`;
  await writeFile(file, text);
  expect((await read(file)) === text.slice(1)).toBe(true);
  const { size } = await stat(file);
  const done: number[] = [];
  for await (const piece of readText(file)) done.push(piece.done);
  expect(done).toEqual([2 ** 20, 2 ** 21, size]);
});

test.each([
  [
    "little-endian UTF-16 without a mark",
    Buffer.from("hello world", "utf16le"),
    /zero bytes, the first at byte 1; it looks like UTF-16: convert it/,
  ],
  [
    "UTF-16 with a mark",
    Buffer.from("\ufeffhello", "utf16le"),
    /zero bytes, the first at byte 3; it looks like UTF-16/,
  ],
  [
    "Chinese UTF-16 with a mark",
    Buffer.from("\ufeff鲸鱼", "utf16le"),
    /it is not UTF-8; it begins as UTF-16 does: convert it, as with iconv/,
  ],
  ["UTF-32", Buffer.from("hello\0\0\0".replaceAll(/[a-z]/g, "$&\0\0\0")), /looks like UTF-32: .* iconv -f UTF-32 /],
  ["a zero byte somewhere", Buffer.from(`${"a".repeat(50)}\0b`), /zero bytes, the first at byte 50; is it a text\?$/],
  ["a character that is cut off", Buffer.from("é").subarray(0, 1), /it is not UTF-8$/],
])("%s is refused", async (_, bytes, message) => {
  const file = join(await temporaryFolder(), "text.txt");
  await writeFile(file, bytes);
  await expect(read(file)).rejects.toThrow(message);
});

test.runIf(process.platform === "linux")("what has no end is refused at its beginning", async () => {
  await expect(read("/dev/zero")).rejects.toThrow(
    "cannot read the text /dev/zero: it has nothing but zero bytes; is it a text?",
  );
  await expect(read("/dev/urandom")).rejects.toThrow(/cannot read the text \/dev\/urandom: it /);
});

test("what is beyond the limit is refused before it is read", async () => {
  const file = join(await temporaryFolder(), "text.txt");
  await (await open(file, "w")).close();
  await truncate(file, mostTextBytes + 2 ** 30); // Without blocks on the disk.
  await expect(read(file)).rejects.toThrow(`cannot read the text ${file}: it is too large (5 GiB; at most 4 GiB)`);
});

test("tokens of a text in pieces are those of the whole", () => {
  const pieces = fc.array(fc.string({ unit: "grapheme", maxLength: 20 }), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(pieces, fc.nat(8), (parts, expected) => {
      const collector = new TokenCollector(expected);
      for (const part of parts) collector.add(part);
      const { vocabulary, tokens } = collector.finish();
      const whole = parts.join("");
      expect(vocabulary.characters).toEqual(Vocabulary.of(whole).characters);
      expect(tokens).toEqual(Vocabulary.of(whole).encode(whole));
    }),
  );
});

test("progress reaches the end", async () => {
  const file = join(await temporaryFolder(), "text.txt");
  await writeFile(file, "to be or not to be");
  const done: unknown[] = [];
  await loadCorpus(file, (part) => done.push(part));
  expect(done).toEqual([1]);
});
