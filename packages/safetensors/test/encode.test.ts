import { DTypeError, dtypeTable, FormatError, ShapeError } from "@tapegrad/core";
import { decode, type Entry, encode, encodeParts } from "@tapegrad/safetensors";
import { describe, expect, test } from "vitest";

const scalar: Entry = { dtype: "float32", shape: [], data: Float32Array.of(1) };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** The names in the order of the file's header. */
function order(names: readonly string[]): string[] {
  const file = encode(Object.fromEntries(names.map((name) => [name, scalar])));
  return Array.from(text(file).matchAll(/"([^"]+)":\{/g), ([, name]) => name ?? "");
}

test("every byte of a small file", () => {
  const file = encode({ a: { dtype: "int32", shape: [1, 2], data: Int32Array.of(1, -1) } }, { k: "é" });
  const header = '{"__metadata__":{"k":"é"},"a":{"dtype":"I32","shape":[1,2],"data_offsets":[0,8]}}';
  const encoded = new TextEncoder().encode(header);
  expect(encoded.length).toBe(82);
  expect([...file]).toEqual([
    ...[88, 0, 0, 0, 0, 0, 0, 0],
    ...encoded,
    ...[32, 32, 32, 32, 32, 32],
    ...[1, 0, 0, 0, 255, 255, 255, 255],
  ]);
});

test("no tensors, no metadata: an empty header, padded", () => {
  expect([...encode({})]).toEqual([8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, 32, 32, 32, 32, 32, 32]);
});

test("tensors are ordered by element size, then name, whatever order they come in", () => {
  const entries: [string, Entry][] = [
    ["bool", { dtype: "bool", shape: [], data: Uint8Array.of(1) }],
    ["z", scalar],
    ["int", { dtype: "int32", shape: [], data: Int32Array.of(1) }],
    ["a", scalar],
    ["double", { dtype: "float64", shape: [], data: Float64Array.of(1) }],
  ];
  const metadata: [string, string][] = [
    ["y", "1"],
    ["x", "2"],
  ];
  const file = encode(Object.fromEntries(entries), Object.fromEntries(metadata));
  expect(text(file).slice(8)).toMatch(
    /^\{"__metadata__":\{"x":"2","y":"1"\},"double":.*\[0,8\]\},"a":.*\[8,12\]\},"z":.*\[12,16\]\},"int":.*\[16,20\]\},"bool":.*\[20,21\]\}\} *\0/,
  );
  const reversed = encode(new Map(entries.toReversed()), Object.fromEntries(metadata.toReversed()));
  expect(reversed).toEqual(file);
});

test("names are ordered by code point, as UTF-8 bytes are", () => {
  expect(order(["b", "ab", "a", "\u{1f600}", "\uff5e", "é"])).toEqual(["a", "ab", "b", "é", "\uff5e", "\u{1f600}"]);
  const metadata = text(encode({}, { "\u{1f600}": "", "\uff5e": "", a: "" }));
  expect(metadata.slice(8)).toMatch('{"__metadata__":{"a":"","\uff5e":"","\u{1f600}":""}}');
});

test("metadata in a Map is written as that in an object is", () => {
  expect(encode({ a: scalar }, new Map([["step", "7"]]))).toEqual(encode({ a: scalar }, { step: "7" }));
});

test("a header beyond the default limit is written and read by who asks for it", () => {
  const [long, options] = [{ k: "x".repeat(2 ** 24) }, { maxHeaderBytes: 2 ** 25 }];
  expect(() => encode({}, long)).toThrow("the header is too long");
  const file = encode({}, long, options);
  expect(() => decode(file)).toThrow(/too long .*is it a .safetensors file\? If so, raise maxHeaderBytes/);
  expect(decode(file, options).metadata.k).toBe(long.k);
});

test("the pieces of a file, one after the other, are the file", () => {
  const entries: Record<string, Entry> = {
    a: scalar,
    b: { dtype: "int32", shape: [3], data: Int32Array.of(1, 2, 3) },
    none: { dtype: "float64", shape: [0], data: new Float64Array(0) },
  };
  const parts = encodeParts(entries, { k: "v" });
  expect(parts.length).toBe(4);
  expect(Uint8Array.from(parts.flatMap((part) => [...part]))).toEqual(encode(entries, { k: "v" }));
  expect(parts.at(-1)?.buffer).toBe(entries.b?.data.buffer);
});

test("data starts at a multiple of eight", () => {
  for (let length = 1; length <= 16; length++) {
    const file = encode({ ["n".repeat(length)]: scalar });
    expect((file.length - 4) % 8).toBe(0);
  }
});

test("writes a part of a larger buffer", () => {
  const data = Float32Array.of(9, 1, 2, 9).subarray(1, 3);
  expect([...encode({ a: { dtype: "float32", shape: [2], data } }).slice(-8)]).toEqual([0, 0, 128, 63, 0, 0, 0, 64]);
});

describe("what cannot be written", () => {
  const op = "safetensors.encode";
  const half = "\ud800";
  const number: unknown = 1;
  const cases: [what: string, write: () => unknown, error: Error][] = [
    [
      "a reserved name",
      () => encode({ __metadata__: scalar }),
      new FormatError(op, 'a tensor is named "__metadata__"', "the format reserves this name; rename it"),
    ],
    [
      "half a surrogate pair in a name",
      () => encode({ [half]: scalar }),
      new FormatError(op, 'the name "\\ud800" has half a surrogate pair', "use toWellFormed()"),
    ],
    [
      "half a surrogate pair in a metadata key",
      () => encode({}, { [half]: "" }),
      new FormatError(op, 'metadata "\\ud800" has half a surrogate pair', "use toWellFormed()"),
    ],
    [
      "half a surrogate pair in a metadata value",
      () => encode({}, { k: half }),
      new FormatError(op, 'metadata "k" has half a surrogate pair', "use toWellFormed()"),
    ],
    [
      "metadata that is not a string",
      () => encode({}, { k: untyped<string>(number) }),
      new FormatError(op, 'metadata "k" is not a string (number)', "metadata holds strings; use JSON.stringify"),
    ],
    [
      "an unknown dtype",
      () => encode({ a: { ...scalar, dtype: untyped<"bool">("float8") } }),
      new DTypeError(op, '"a" has unknown dtype float8', "use one of bool, int32, float16, float32, float64"),
    ],
    [
      "data of another dtype",
      () => encode({ a: { ...scalar, data: Float64Array.of(1) } }),
      new DTypeError(op, '"a" is not float32 data', "its array type is Float32Array"),
    ],
    [
      "bytes that are not bools",
      () => encode({ a: { dtype: "bool", shape: [2], data: Uint8Array.of(1, 2) } }),
      new DTypeError(op, 'element 1 of "a" is not a bool (2)', "store bool as 0 or 1"),
    ],
    [
      "too little data",
      () => encode({ a: { ...scalar, shape: [2, 3] } }),
      new ShapeError(op, 'the data of "a" does not fill [2,3] (1 ≠ 6)', "pass one value per element"),
    ],
    [
      "a shape beyond 2^53 elements",
      () => encode({ a: { ...scalar, shape: [2 ** 52, 2, 0] } }),
      new ShapeError(
        op,
        `the data of "a" does not fill [${2 ** 52},2,0] (1 ≠ 2^53 or more)`,
        "pass one value per element",
      ),
    ],
    [
      "a fractional shape",
      () => encode({ a: { ...scalar, shape: [0.5, 2] } }),
      new ShapeError(op, "not a shape: [0.5,2]", "lengths are non-negative integers"),
    ],
    [
      "a header beyond the limit",
      () => encode({}, { k: "x".repeat(100) }, { maxHeaderBytes: 100 }),
      new FormatError(
        op,
        "the header is too long (128 > 100 bytes)",
        "shorten names and metadata, or raise maxHeaderBytes here and where the file is read",
      ),
    ],
    [
      "a limit beyond the format's",
      () => encode({}, {}, { maxHeaderBytes: 100_000_001 }),
      new ShapeError(op, "the longest header is not an integer of 2 to 100000000: 100000001", "use 2 to 100000000"),
    ],
    [
      "a name that is not a string",
      () => encode(new Map([[untyped<string>(number), scalar]])),
      new FormatError(op, "a name is not a string: 1", "name values by strings"),
    ],
    [
      "metadata that is one string",
      () => encode({}, untyped<Record<string, string>>("hi")),
      new FormatError(op, "not values by name: string", "pass a Map or a plain object"),
    ],
    [
      "no metadata",
      () => encode({}, untyped<Record<string, string>>(null)),
      new FormatError(op, "not values by name: null", "pass a Map or a plain object"),
    ],
  ];
  test.each(cases)("%s", (_, write, error) => {
    expect(write).toThrow(error);
  });

  test("the wrong array type is named for every dtype", () => {
    for (const dtype of ["bool", "int32", "float32", "float64"] as const) {
      const data = dtype === "float32" ? new Int32Array(1) : new Float32Array(1);
      expect(() => encode({ a: { dtype, shape: [1], data } })).toThrow(
        `its array type is ${dtypeTable[dtype].array.name}`,
      );
    }
  });
});

/** What callers without types might pass; the only unchecked cast here. */
function untyped<T>(value: unknown): T {
  return value as T;
}
