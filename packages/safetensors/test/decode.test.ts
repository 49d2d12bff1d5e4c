import { FormatError } from "@tapegrad/core";
import { decode } from "@tapegrad/safetensors";
import { describe, expect, test } from "vitest";
import { fileOf, fileOfOne, lengthPrefix } from "./file-of.ts";

/** Reads the only tensor. */
const read = (file: Uint8Array) => decode(file).entries.get("a")?.data;

const bytesOf = (text: string) => Array.from(text, (character) => character.charCodeAt(0));

describe("a file written by hand, byte by byte", () => {
  const header =
    '{"__metadata__":{"by":"hand"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[1,9]},' +
    '"flag":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]},"none":{"dtype":"I32","shape":[0,3],"data_offsets":[9,9]},' +
    '"n":{"dtype":"I32","shape":[1],"data_offsets":[9,13]},"d":{"dtype":"F64","shape":[1],"data_offsets":[13,21]}} \n';
  // biome-ignore format: one tensor per line
  const file = Uint8Array.from([
    0x36, 0x01, 0, 0, 0, 0, 0, 0, // 310 characters
    ...bytesOf(header),
    1, // flag: true
    0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x20, 0xc0, // w: 1, -2.5, unaligned
    0xfe, 0xff, 0xff, 0xff, // n: -2
    0, 0, 0, 0, 0, 0, 0xe0, 0x3f, // d: 0.5
  ]);

  test("is read as what it says, in the header's order", () => {
    expect(header.length).toBe(310);
    const { entries, metadata } = decode(file);
    expect([...entries]).toEqual([
      ["w", { stored: "F32", dtype: "float32", shape: [2, 1], data: Float32Array.of(1, -2.5) }],
      ["flag", { stored: "BOOL", dtype: "bool", shape: [], data: Uint8Array.of(1) }],
      ["none", { stored: "I32", dtype: "int32", shape: [0, 3], data: new Int32Array(0) }],
      ["n", { stored: "I32", dtype: "int32", shape: [1], data: Int32Array.of(-2) }],
      ["d", { stored: "F64", dtype: "float64", shape: [1], data: Float64Array.of(0.5) }],
    ]);
    expect({ ...metadata }).toEqual({ by: "hand" });
  });

  test("is read from the middle of another buffer, and copied out of it once", () => {
    const larger = new Uint8Array(file.length + 10).fill(0xff);
    larger.set(file, 3);
    const { entries } = decode(larger.subarray(3, 3 + file.length));
    const data = entries.get("w")?.data;
    larger.fill(0);
    expect(data).toEqual(Float32Array.of(1, -2.5));
    expect(entries.get("w")?.data).toEqual(Float32Array.of(1, -2.5));
  });

  test("is read from a Node Buffer, whose slices share memory", () => {
    const buffer = Buffer.from(file);
    expect(decode(buffer).entries.get("d")?.data).toEqual(Float64Array.of(0.5));
  });

  test("cut anywhere is a FormatError", () => {
    for (let length = 0; length < file.length; length++) {
      expect(() => decode(file.subarray(0, length)), `${length} bytes`).toThrow(FormatError);
    }
  });
});

test("an empty header is a file without tensors", () => {
  const { entries, metadata } = decode(fileOf("{}"));
  expect(entries.size).toBe(0);
  expect(Object.keys(metadata)).toEqual([]);
});

describe("dtypes that are not held as they are stored", () => {
  const cases: [stored: string, bytes: ArrayLike<number>, expected: Float32Array | Int32Array][] = [
    ["F16", [0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc], Float32Array.of(1, 2 ** -24, -Infinity)],
    ["BF16", [0x80, 0x3f, 0x20, 0xc0], Float32Array.of(1, -2.5)],
    ["U8", [0, 255], Int32Array.of(0, 255)],
    ["I8", [127, 128], Int32Array.of(127, -128)],
    ["U16", [0xff, 0xff], Int32Array.of(65535)],
    ["I16", [0x00, 0x80], Int32Array.of(-32768)],
    ["U32", [0xff, 0xff, 0xff, 0x7f], Int32Array.of(2147483647)],
    ["I64", new Uint8Array(BigInt64Array.of(-2147483648n, 2147483647n).buffer), Int32Array.of(-2147483648, 2147483647)],
    ["U64", new Uint8Array(BigUint64Array.of(7n).buffer), Int32Array.of(7)],
  ];
  test.each(cases)("%s", (stored, bytes, data) => {
    const half = stored === "F16" ? "float16" : "float32";
    const dtype = data instanceof Float32Array ? half : "int32";
    expect(decode(fileOfOne(stored, [data.length], bytes)).entries.get("a")).toEqual({
      stored,
      dtype,
      shape: [data.length],
      data,
    });
  });

  test.each([
    ["U32", Uint32Array.of(0, 2147483648)],
    ["I64", BigInt64Array.of(0n, 2147483648n)],
    ["I64", BigInt64Array.of(0n, -2147483649n)],
    ["I64", BigInt64Array.of(0n, 2n ** 62n)],
    ["U64", BigUint64Array.of(0n, 2n ** 64n - 1n)],
  ])("%s beyond int32 is refused", (stored, values) => {
    expect(() => read(fileOfOne(stored, [2], new Uint8Array(values.buffer)))).toThrow(
      new FormatError(
        "safetensors.decode",
        `"a": element 1 of ${stored} does not fit int32`,
        "save it as I32, or as a float",
      ),
    );
  });

  test("a BOOL other than 0 and 1 is refused", () => {
    expect(() => read(fileOfOne("BOOL", [3], [0, 1, 2]))).toThrow(
      new FormatError("safetensors.decode", '"a": element 2 of BOOL is the byte 2', "bool is stored as 0 or 1"),
    );
  });
});

test("a value that is not read leaves the other tensors readable", () => {
  const infos = {
    id: { dtype: "I64", shape: [1], data_offsets: [0, 8] },
    w: { dtype: "F32", shape: [1], data_offsets: [8, 12] },
  };
  const { entries } = decode(fileOf(infos, new Uint8Array(12).fill(1)));
  expect(entries.get("w")?.data.length).toBe(1);
  expect(() => entries.get("id")?.data).toThrow(FormatError);
});

describe("what is not a file", () => {
  const cases: [what: string, bytes: Uint8Array, message: string][] = [
    [
      "too short",
      new Uint8Array(7),
      "the file ends inside the header's length (7 < 8 bytes); the file is truncated; fetch it again",
    ],
    [
      "a header beyond the file",
      Uint8Array.from([...lengthPrefix(10n), 0x7b, 0x7d]),
      "the file ends inside the header (2 < 10 bytes); the file is truncated; fetch it again",
    ],
    [
      "a header beyond the limit",
      lengthPrefix(16_777_217n),
      "the header is too long (16777217 > 16777216 bytes); is it a .safetensors file? If so, raise maxHeaderBytes",
    ],
    [
      "a header of any 64-bit length",
      new Uint8Array(8).fill(255),
      "the header is too long (18446744073709551615 > 16777216 bytes); is it a .safetensors file? If so, raise maxHeaderBytes",
    ],
    [
      "a .pt file",
      Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0),
      "a zip archive, probably PyTorch's .pt; save with safetensors.torch.save_file",
    ],
    [
      "an old .pt file",
      Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9),
      "a pickle, probably an old .pt of PyTorch's; save with safetensors.torch.save_file",
    ],
    [
      "an .h5 file",
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0),
      "an HDF5 file, probably Keras's .h5; save with safetensors.numpy.save_file",
    ],
    [
      "a header at the limit of a short file",
      lengthPrefix(16_777_216n),
      "the file ends inside the header (0 < 16777216 bytes); the file is truncated; fetch it again",
    ],
    [
      "not UTF-8",
      Uint8Array.from([...lengthPrefix(4n), 0x7b, 0x22, 0xff, 0x7d]),
      "the header is not UTF-8; is it a .safetensors file?",
    ],
  ];
  test.each(cases)("%s", (_, bytes, message) => {
    expect(() => decode(bytes)).toThrow(new FormatError("safetensors.decode", message));
  });
});

describe("what is not bytes", () => {
  test.each([
    [Promise.resolve(new Uint8Array(8)), "Promise; await it first"],
    [null, "null; pass a Uint8Array or an ArrayBuffer"],
    [undefined, "undefined; pass a Uint8Array or an ArrayBuffer"],
    ["model.safetensors", "string; pass a Uint8Array or an ArrayBuffer"],
    [new Float32Array(8), "Float32Array; pass a Uint8Array or an ArrayBuffer"],
    [Object.create(null), "object; pass a Uint8Array or an ArrayBuffer"],
  ])("%o", (value: unknown, problem) => {
    const untyped = value as Uint8Array; // As a caller without types would pass it.
    expect(() => decode(untyped)).toThrow(new FormatError("safetensors.decode", `not the bytes of a file: ${problem}`));
  });
});

test("an ArrayBuffer is read as its bytes", () => {
  const bytes = fileOfOne("U8", [2], [1, 2]);
  expect(decode(new Uint8Array(bytes).buffer).entries).toEqual(decode(bytes).entries);
});
