import { FormatError } from "@tapegrad/core";
import { decode } from "@tapegrad/safetensors";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseHeader } from "../src/header-parser.ts";
import { fileOf } from "./file-of.ts";

const tensor = (fields: string) => `{"a":{${fields}}}`;
const whole = '"dtype":"F32","shape":[2],"data_offsets":[0,8]';

describe("malformed headers", () => {
  const integers = "expected integers from 0 to 2^53 - 1 in";
  const cases: [header: string, problem: string, character: number][] = [
    ["", "its first character is not {", 0],
    [" {}", "its first character is not {", 0],
    ["\ufeff{}", "its first character is not {", 0],
    ["[]", "its first character is not {", 0],
    ["null", "its first character is not {", 0],
    ["{} x", "expected the end, found x", 3],
    ["{", "expected a key of the header, found the end", 1],
    ["{1:2}", "expected a key of the header, found 1", 1],
    ['{"a"}', 'expected : after "a" of the header, found }', 4],
    ['{"a":1}', 'expected { to open "a", found 1', 5],
    ['{"a":null}', 'expected { to open "a", found null', 5],
    [`{"a":{${whole}};`, "expected , or } in the header, found ;", 53],
    [`{"a":{${whole}},}`, "expected a key of the header, found }", 54],
    [tensor(`${whole} 7`), 'expected , or } in "a", found 7', 53],
    [tensor('"dtype":5'), 'expected a string for dtype of "a", found 5', 14],
    [tensor('"shape":{}'), 'expected [ to open shape of "a", found {', 14],
    [tensor('"shape":[1;2]'), 'expected , or ] in shape of "a", found ;2', 16],
    [tensor('"shape":[-1]'), `${integers} shape of "a", found -1`, 15],
    [tensor('"shape":[-0]'), `${integers} shape of "a", found -0`, 15],
    [tensor('"shape":[1.5]'), `${integers} shape of "a", found 1.5`, 15],
    [tensor('"shape":[2.0]'), `${integers} shape of "a", found 2.0`, 15],
    [tensor('"shape":[1e2]'), `${integers} shape of "a", found 1e2`, 15],
    [tensor('"shape":[007]'), `${integers} shape of "a", found 007`, 15],
    [tensor('"shape":[9007199254740992]'), `${integers} shape of "a", found 9007199254740992`, 15],
    [tensor(`"shape":[${"9".repeat(400)}]`), `${integers} shape of "a", found ${"9".repeat(20)}`, 15],
    [tensor('"shape":["1"]'), `${integers} shape of "a", found "1"`, 15],
    [tensor('"shape":[1,]'), `${integers} shape of "a", found ]`, 17],
    [tensor('"shape":[[1]]'), `${integers} shape of "a", found [`, 15],
    [tensor('"data_offsets":[0,-8]'), `${integers} data_offsets of "a", found -8`, 24],
    [tensor('"data_offsets":[0.5,8]'), `${integers} data_offsets of "a", found 0.5`, 22],
    [tensor('"shape":[2],"data_offsets":[0,8]'), '"a" has no dtype', 5],
    [tensor('"dtype":"F32","data_offsets":[0,8]'), '"a" has no shape', 5],
    [tensor('"dtype":"F32","shape":[2]'), '"a" has no data_offsets', 5],
    [tensor('"dtype":"F32","shape":[2],"data_offsets":[8]'), 'data_offsets of "a" are 1 numbers (not 2)', 5],
    [tensor('"dtype":"F32","shape":[2],"data_offsets":[0,4,8]'), 'data_offsets of "a" are 3 numbers (not 2)', 5],
    [tensor('"strides":[1'), 'expected , or ] in "strides" of "a", found }', 18],
    [tensor('"strides":'), 'expected a value of "strides" of "a", found }', 16],
    [tensor('"strides":nul'), 'expected a value of "strides" of "a", found nul', 16],
    [tensor('"strides":{"x":"\n"}'), "a string that does not close", 21],
    [tensor(`"x":${"[".repeat(200)}`), '"x" of "a" nests deeper than 127 levels', 138],
    [tensor(`"shape":[${Array(65).fill(1)}]`), 'shape of "a" has more than 64 numbers', 143],
    [tensor('"dtype":"F32","dtype":"F64"'), 'duplicate key "dtype" of "a"', 27],
    [`{"a":{${whole}},"\\u0061":{${whole}}}`, 'duplicate key "a" of the header', 62],
    ['{"__metadata__":{},"__metadata__":{}}', 'duplicate key "__metadata__" of the header', 33],
    ['{"__metadata__":{"k":"1","k":"2"}}', 'duplicate key "k" of __metadata__', 28],
    ['{"__metadata__":{"k":1}}', 'expected a string for "k" of __metadata__, found 1', 21],
    ['{"__metadata__":{"k":null}}', 'expected a string for "k" of __metadata__, found null', 21],
    ['{"__metadata__":nul}', "expected { to open __metadata__, found nul", 16],
    ['{"__metadata__":[]}', "expected { to open __metadata__, found [", 16],
    ['{"a', "a string that does not close", 1],
    ['{"a\\', "a string that does not close", 1],
    ['{"a\nb":{}}', "a string that does not close", 1],
    ['{"\\x":{}}', "a string with an invalid escape", 1],
    ['{"\\ud800":{}}', "a string with half a surrogate pair", 1],
    [`{"${"n".repeat(100)}":1}`, `expected { to open "${"n".repeat(60)}…", found 1`, 104],
  ];
  test.each(cases)("%j", (header, problem, character) => {
    expect(() => decode(fileOf(header))).toThrow(
      new FormatError(
        "safetensors.decode",
        `malformed header: ${problem} (character ${character})`,
        "save the file again with a conforming writer",
      ),
    );
  });
});

test("fields that a later version may add are skipped, and null metadata is none", () => {
  const extras = ['"sha256":"…"', '"x":{"y":[1,-2.5e3,{"z":null}],"w":{}}', '"x":true', '"x":[]', '"x":1E+9'];
  for (const extra of extras) {
    const { tensors, metadata } = parseHeader(
      `{"__metadata__":null,"a":{${extra},${whole}},"b":{${whole} , ${extra} }}`,
    );
    expect([...tensors]).toEqual(["a", "b"].map((name) => [name, { dtype: "F32", shape: [2], begin: 0, end: 8 }]));
    expect(Object.keys(metadata)).toEqual([]);
  }
});

test("keys that objects inherit are only ever the file's own", () => {
  const { tensors, metadata } = parseHeader(
    `{"__metadata__":{"__proto__":"p"},"__proto__":{${whole}},"constructor":{${whole}}}`,
  );
  expect([...tensors.keys()]).toEqual(["__proto__", "constructor"]);
  expect(Object.entries(metadata)).toEqual([["__proto__", "p"]]);
  expect(metadata.constructor).toBeUndefined();
});

test("reads what JSON.stringify writes, however indented", () => {
  const integer = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const name = fc.string({ unit: "grapheme" }).filter((key) => key !== "__metadata__");
  const info = fc.record({
    dtype: fc.string({ unit: "binary" }),
    shape: fc.array(integer),
    begin: integer,
    end: integer,
  });
  const metadata = fc.dictionary(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(
      fc.dictionary(name, info),
      metadata,
      fc.constantFrom("", " ", "\t", "  \n\r"),
      (infos, meta, indent) => {
        const fields = Object.entries(infos).map(([key, { dtype, shape, begin, end }]) => [
          key,
          { shape, data_offsets: [begin, end], dtype },
        ]);
        const parsed = parseHeader(
          JSON.stringify(Object.fromEntries([...fields, ["__metadata__", meta]]), null, indent),
        );
        expect([...parsed.tensors]).toEqual(Object.entries(infos));
        expect(Object.entries(parsed.metadata)).toEqual(Object.entries(meta));
      },
    ),
  );
});

describe("headers made to cost", () => {
  const size = 10_000_000;
  test.each([
    ["nested arrays", `{"a":${"[".repeat(size)}`],
    ["nested objects", '{"a":'.repeat(size / 5)],
    ["an endless number", `{"a":{"shape":[${"1".repeat(size)}]}}`],
    ["an endless string", `{"${"\\n".repeat(size / 2)}`],
    ["white space", `{${" ".repeat(size)}`],
    ["an endless name", `{"${"a".repeat(size)}":0}`],
  ])("%s: refused within seconds of processor time", (_, header) => {
    const start = process.cpuUsage();
    expect(() => parseHeader(header)).toThrow(/^safetensors\.decode: malformed header: .{1,200}$/s);
    expect(process.cpuUsage(start).user).toBeLessThan(5e6);
  });
});
