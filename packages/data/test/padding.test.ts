/** Padding: the sequences are all there, their lengths are said, and nothing else is. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { ShapeError, setBackend, TapegradError, tensor } from "@tapegrad/core";
import { type PaddingOptions, padSequences } from "@tapegrad/data";
import fc from "fast-check";
import { expect, it } from "vitest";

it("fills rows up to the longest", () => {
  expect(padSequences([[1, 2, 3], [], Int32Array.of(4)], { value: -1 })).toEqual({
    tokens: Int32Array.of(1, 2, 3, -1, -1, -1, 4, -1, -1),
    shape: [3, 3],
    lengths: Int32Array.of(3, 0, 1),
  });
});

it("any sequences, any options: rows without their padding are the sequences", () => {
  const sequences = fc.array(fc.array(fc.integer(), { maxLength: 9 }), { maxLength: 6 });
  const sizes = fc.record({
    extra: fc.option(fc.nat(4)),
    multipleOf: fc.integer({ min: 1, max: 5 }),
    value: fc.integer(),
  });
  fc.assert(
    fc.property(sequences, sizes, (given, { extra, multipleOf, value }) => {
      const longest = Math.max(0, ...given.map(({ length }) => length));
      const least = longest + (extra ?? 0);
      const { tokens, shape, lengths } = padSequences(given, {
        value,
        multipleOf,
        ...(extra === null ? {} : { length: least }),
      });
      const [rows, time] = shape;
      expect([rows, lengths.length, tokens.length]).toEqual([given.length, given.length, given.length * time]);
      expect(time % multipleOf).toBe(0);
      expect(time - least).toBeGreaterThanOrEqual(0);
      expect(time - least).toBeLessThan(multipleOf);
      for (const [index, sequence] of given.entries()) {
        const row = [...tokens.subarray(index * time, (index + 1) * time)];
        expect(row).toEqual([...sequence, ...new Array(time - sequence.length).fill(value)]);
        expect(lengths[index]).toBe(sequence.length);
      }
    }),
  );
});

it.each<[message: string, kind: typeof TapegradError, sequences: number[][], options: PaddingOptions]>([
  ["sequence 1 is too long (3 > 2); cut it, or leave length out", ShapeError, [[1], [1, 2, 3]], { length: 2 }],
  ["the option length is not an integer of 0 or more: -1; use 0 or more", ShapeError, [[1]], { length: -1 }],
  ["the option multipleOf is not an integer of 1 or more: 0; use 1 or more", ShapeError, [[1]], { multipleOf: 0 }],
  ["not a token: 0.5; tokens are int32; encode text first", TapegradError, [[0.5]], {}],
  ["not a token: 2147483648; tokens are int32; encode text first", TapegradError, [[2 ** 31]], {}],
  ["not a token: NaN; tokens are int32; encode text first", TapegradError, [[1]], { value: Number.NaN }],
])("%s", (message, kind, sequences, options) => {
  expect(() => padSequences(sequences, options)).toThrow(new kind("padSequences", message));
});

it("tensors are no lists", () => {
  setBackend(cpuBackend);
  const t = tensor([1, 2, 3]);
  expect(() => padSequences([t as never])).toThrow(
    "padSequences: sequence 0 is not a list: Tensor; give plain lists, await t.data()",
  );
  expect(() => padSequences(t as never)).toThrow(
    "padSequences: the sequences are not a list: Tensor; write padSequences(await t.toArray())",
  );
  expect(() => padSequences(["text" as never])).toThrow('sequence 0 is not a list: "text"; encode text first');
});
