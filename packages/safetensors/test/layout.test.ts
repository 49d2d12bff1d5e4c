import { FormatError } from "@tapegrad/core";
import { decode } from "@tapegrad/safetensors";
import { describe, expect, test } from "vitest";
import { fileOf } from "./file-of.ts";

type Info = [dtype: string, shape: number[], begin: number, end: number];

function file(tensors: Record<string, Info>, dataBytes: number): Uint8Array {
  const infos = Object.entries(tensors).map(([name, [dtype, shape, begin, end]]) => [
    name,
    { dtype, shape, data_offsets: [begin, end] },
  ]);
  return fileOf(Object.fromEntries(infos), new Uint8Array(dataBytes));
}

describe("what does not fit the data", () => {
  const again = "save the file again with a conforming writer";
  const huge = 2 ** 52;
  const cases: [tensors: Record<string, Info>, dataBytes: number, problem: string, remedy: string][] = [
    [{ a: ["F8_E4M3", [4], 0, 4] }, 5, "no tensor covers bytes 4 to 5 of the data", again],
    [{ a: ["F4", [3], 0, 4], b: ["toString", [4], 2, 6] }, 6, '"a" and "b" overlap in the data (2 < 4)', again],
    [
      { a: ["F6_E2M3", [huge, 4], 0, 8] },
      8,
      `"a", F6_E2M3 [${huge},4], does not fill its data_offsets (2^53 or more ≠ 8 bytes)`,
      again,
    ],
    [{ a: ["F32", [1], 4, 0] }, 4, 'data_offsets of "a" are reversed: [4,0]', again],
    [
      { a: ["F32", [2], 0, 8] },
      4,
      'data_offsets of "a" leave the data: [0,8] (8 > 4)',
      "the file is truncated; fetch it again",
    ],
    [{ a: ["F32", [3], 0, 8] }, 8, '"a", F32 [3], does not fill its data_offsets (12 ≠ 8 bytes)', again],
    [{ a: ["F64", [], 0, 4] }, 4, '"a", F64 [], does not fill its data_offsets (8 ≠ 4 bytes)', again],
    [
      { a: ["U8", Array.from({ length: 9 }, () => 2), 0, 4] },
      4,
      '"a", U8 [2,2,2,2,2,2,2,2,…], does not fill its data_offsets (512 ≠ 4 bytes)',
      again,
    ],
    [
      { a: ["F64", [huge], 0, 8] },
      8,
      `"a", F64 [${huge}], does not fill its data_offsets (2^53 or more ≠ 8 bytes)`,
      again,
    ],
    [
      { a: ["U8", [huge, 0, huge], 0, 0] },
      0,
      `"a", U8 [${huge},0,${huge}], does not fill its data_offsets (2^53 or more ≠ 0 bytes)`,
      again,
    ],
    [{ a: ["U8", [4], 0, 4], b: ["U8", [4], 2, 6] }, 6, '"a" and "b" overlap in the data (2 < 4)', again],
    [{ b: ["U8", [4], 0, 4], a: ["U8", [4], 0, 4] }, 4, '"b" and "a" overlap in the data (0 < 4)', again],
    [{ a: ["U8", [4], 0, 4], b: ["U8", [0], 2, 2] }, 4, '"a" and "b" overlap in the data (2 < 4)', again],
    [{ b: ["U8", [2], 4, 6], a: ["U8", [2], 0, 2] }, 6, "no tensor covers bytes 2 to 4 of the data", again],
    [{ a: ["U8", [2], 2, 4] }, 4, "no tensor covers bytes 0 to 2 of the data", again],
    [{ a: ["U8", [2], 0, 2] }, 3, "no tensor covers bytes 2 to 3 of the data", again],
    [{}, 1, "no tensor covers bytes 0 to 1 of the data", again],
  ];
  test.each(cases)("%j in %i bytes", (tensors, dataBytes, problem, remedy) => {
    expect(() => decode(file(tensors, dataBytes))).toThrow(new FormatError("safetensors.decode", problem, remedy));
  });
});

test("empty tensors may lie between others, in any order of the header", () => {
  const { entries } = decode(
    file({ c: ["U8", [2], 2, 4], e: ["F64", [0], 2, 2], f: ["F32", [3, 0], 2, 2], a: ["U8", [2], 0, 2] }, 4),
  );
  expect(Array.from(entries, ([name, { data }]) => [name, data.length])).toEqual([
    ["c", 2],
    ["e", 0],
    ["f", 0],
    ["a", 2],
  ]);
});

test.each(["F8_E4M3", "F4", "C64", "toString"])("a tensor of %s leaves the others readable", (stored) => {
  const { entries } = decode(file({ other: [stored, [4], 0, 4], a: ["U8", [2], 4, 6] }, 6));
  expect(entries.get("a")?.data).toEqual(Int32Array.of(0, 0));
  const other = entries.get("other");
  expect([other?.stored, other?.shape]).toEqual([stored, [4]]);
  const all = "F64, F32, F16, BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL";
  const error = new FormatError(
    "safetensors.decode",
    `"other" has an element type that is not read: "${stored}"`,
    `leave this tensor out (decodeTensors has { names }), or save it as one of ${all}`,
  );
  expect(() => other?.data).toThrow(error);
  expect(() => other?.dtype).toThrow(error);
});
