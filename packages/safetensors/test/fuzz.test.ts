/** Whatever the bytes: a valid decode, or a FormatError, and soon. */
import { FormatError, sizeOf } from "@tapegrad/core";
import { holdsDType } from "@tapegrad/core/internal";
import { decode, encode } from "@tapegrad/safetensors";
import fc from "fast-check";
import { expect, test } from "vitest";
import { entries, metadatas } from "./arbitraries.ts";
import { fileOf } from "./file-of.ts";

/** Whether `bytes` is a file; throws for any outcome that is neither a sound decode nor a FormatError. */
function isFile(bytes: Uint8Array): boolean {
  const start = process.cpuUsage();
  try {
    const decoded = decode(bytes);
    for (const { dtype, shape, data } of decoded.entries.values()) {
      expect(holdsDType(data, dtype)).toBe(true);
      expect(data.length).toBe(sizeOf(shape));
      expect(data.length).toBeLessThanOrEqual(bytes.length);
    }
    const again = decode(encode(decoded.entries, decoded.metadata));
    expect(again.entries).toEqual(decoded.entries);
    return true;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    expect(error.message).toMatch(/^safetensors\.decode: /);
    expect(error.message.length).toBeLessThan(600);
    return false;
  } finally {
    // Generous; a file of this size takes well under a millisecond.
    expect(process.cpuUsage(start).user).toBeLessThan(5e6);
  }
}

const files = fc.tuple(entries, metadatas).map(([written, metadata]) => encode(written, metadata));

/** `bytes` with what `edit` does to a copy of it at a position in the whole file, or in its header only. */
const positions = fc.tuple(fc.boolean(), fc.nat({ max: 2 ** 30 }));
function position(bytes: Uint8Array, [inHeader, n]: [boolean, number]): number {
  const end = inHeader ? 8 + new DataView(bytes.buffer).getUint32(0, true) : bytes.length;
  return n % Math.max(1, end);
}

test("random bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void isFile(bytes)),
    { numRuns: 500 },
  );
});

test("random text, and random JSON, for a header", () => {
  const token = fc.constantFrom(
    ...'{}[]:,"\\-.0123 e\n',
    '"a"',
    '"dtype"',
    '"F32"',
    '"shape"',
    '"data_offsets"',
    "[0,4]",
  );
  const tokens = fc.array(token, { maxLength: 30 }).map((parts) => `{${parts.join("")}`);
  fc.assert(
    fc.property(
      fc.oneof(tokens, fc.json()),
      fc.uint8Array({ maxLength: 8 }),
      (header, data) => void isFile(fileOf(header, data)),
    ),
    { numRuns: 1000 },
  );
});

test("valid files with flipped bits", () => {
  let valid = 0;
  let invalid = 0;
  const flips = fc.array(fc.tuple(positions, fc.nat({ max: 7 })), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(files, flips, (file, changes) => {
      const bytes = file.slice();
      for (const [where, bit] of changes) {
        const at = position(file, where);
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      }
      if (isFile(bytes)) valid++;
      else invalid++;
    }),
    { numRuns: 1000 },
  );
  expect(valid).toBeGreaterThan(0);
  expect(invalid).toBeGreaterThan(0);
});

test("valid files cut short are never files", () => {
  fc.assert(
    fc.property(files, fc.nat(), (file, n) => {
      expect(isFile(file.subarray(0, n % file.length))).toBe(false);
    }),
    { numRuns: 300 },
  );
});

test("valid files with junk inserted", () => {
  const junk = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constant(new Uint8Array(64).fill(0x5b)));
  fc.assert(
    fc.property(files, positions, junk, (file, where, extra) => {
      const at = position(file, where);
      const bytes = new Uint8Array(file.length + extra.length);
      bytes.set(file.subarray(0, at));
      bytes.set(extra, at);
      bytes.set(file.subarray(at), at + extra.length);
      isFile(bytes);
    }),
    { numRuns: 500 },
  );
});

test("headers with one number changed", () => {
  const number = fc.oneof(fc.nat({ max: 64 }), fc.nat({ max: Number.MAX_SAFE_INTEGER }), fc.double(), fc.bigInt());
  const info = (shape: unknown, begin: unknown, end: unknown) =>
    `{"dtype":"F32","shape":[${shape}],"data_offsets":[${begin},${end}]}`;
  fc.assert(
    fc.property(fc.nat({ max: 2 }), number, (which, value) => {
      const [shape, begin, end] = [2, 8, 16].map((usual, i) => (i === which ? value : usual));
      const header = `{"a":${info(2, 0, 8)},"b":${info(shape, begin, end)}}`;
      const expected = String(value) === String([2, 8, 16][which]);
      expect(isFile(fileOf(header, new Uint8Array(16)))).toBe(expected);
    }),
    { numRuns: 500 },
  );
});
