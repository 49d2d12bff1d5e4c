/** einsum against the definition: a sum over every assignment of positions to letters. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, type Tensor, tensor } from "@tapegrad/core";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { einsum, stack } from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));

const letters = ["a", "b", "c", "d"] as const;
type Lengths = Readonly<Record<string, number>>;
type Values = { readonly labels: readonly string[]; readonly data: Float64Array };

function offset(labels: readonly string[], lengths: Lengths, at: Readonly<Record<string, number>>): number {
  return labels.reduce((sum, label) => sum * (lengths[label] ?? 0) + (at[label] ?? 0), 0);
}

const size = (labels: readonly string[], lengths: Lengths) => labels.reduce((n, label) => n * (lengths[label] ?? 0), 1);

function naive(operands: readonly Values[], output: readonly string[], lengths: Lengths): number[] {
  const all = [...new Set(operands.flatMap(({ labels }) => labels))];
  const result = new Array<number>(size(output, lengths)).fill(0);
  const visit = (at: Record<string, number>, [label, ...rest]: readonly string[]) => {
    if (label !== undefined) {
      for (let i = 0; i < (lengths[label] ?? 0); i++) visit({ ...at, [label]: i }, rest);
      return;
    }
    const product = operands.reduce((p, { labels, data }) => p * (data[offset(labels, lengths, at)] ?? NaN), 1);
    const place = offset(output, lengths, at);
    result[place] = (result[place] ?? NaN) + product;
  };
  visit({}, all);
  return result;
}

test("any equation of one to three operands, letters repeated or not", () => {
  const operand = fc.array(fc.constantFrom(...letters), { maxLength: 3 });
  const equations = fc.array(operand, { minLength: 1, maxLength: 3 }).chain((terms) => {
    const used = [...new Set(terms.flat())];
    return fc.record({
      terms: fc.constant(terms),
      output: fc.shuffledSubarray(used),
      lengths: fc.record({ a: fc.nat(3), b: fc.nat(3), c: fc.nat(3), d: fc.nat(3) }),
    });
  });
  fc.assert(
    fc.property(equations, ({ terms, output, lengths }) => {
      const random = seededUniforms(1);
      const operands = terms.map((labels) => ({
        labels,
        data: Float64Array.from({ length: size(labels, lengths) }, () => random() - 0.5),
      }));
      const tensors = operands.map(({ labels, data }) =>
        tensor(data, { shape: labels.map((label) => lengths[label]) }),
      );
      const result = einsum(`${terms.map((labels) => labels.join("")).join(",")}->${output.join("")}`, ...tensors);
      expect(result.shape).toEqual(output.map((label) => lengths[label]));
      const expected = naive(operands, output, lengths);
      [...result.dataSync()].forEach((value, i) => {
        expect(Math.abs(value - (expected[i] ?? NaN))).toBeLessThan(1e-13);
      });
    }),
    { seed: 11, numRuns: 300 },
  );
});

test("without an arrow the result has the letters that occur once, in alphabetical order", () => {
  const x = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]);
  expect([...einsum("ba", x).dataSync()]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(einsum("ij,ij", x, x).itemSync()).toBe(91);
});

test("axes of an ellipsis broadcast, from the right", () => {
  const [a, b] = [tensor([[[1], [2]]]), tensor([[[1, 2]], [[3, 4]]])];
  expect(einsum("...ij,...jk->...ik", a, b).shape).toEqual([2, 2, 2]);
  expect([
    ...einsum(
      "i...->...i",
      tensor([
        [1, 2],
        [3, 4],
      ]),
    ).dataSync(),
  ]).toEqual([1, 3, 2, 4]);
  expect([...einsum("...,...->...", tensor([1, 2]), tensor(3)).dataSync()]).toEqual([3, 6]);
});

test("axes of an ellipsis that broadcast and are summed away count in full", () => {
  const [a, b] = [
    tensor([[1, 2]]),
    tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ]),
  ];
  expect([...einsum("...i,...i->i", a, b).dataSync()]).toEqual([9, 24]);
  expect(einsum("...,...->", a, b).itemSync()).toBe(33);
  expect([...einsum("...i,j->j", b, tensor([1, 10])).dataSync()]).toEqual([21, 210]);
});

test("a letter twice takes the diagonal, three times that of three axes", () => {
  const cube = tensor(
    Float64Array.from({ length: 27 }, (_, i) => i),
    { shape: [3, 3, 3] },
  );
  expect([...einsum("iii->i", cube).dataSync()]).toEqual([0, 13, 26]);
  expect([...einsum("iji->j", cube).dataSync()]).toEqual([30, 39, 48]);
  expect(einsum("iii", cube).itemSync()).toBe(39);
});

test("numbers are operands without letters, and spaces do not count", () => {
  expect([...einsum(" , i -> i ", 2, tensor([1, 2])).dataSync()]).toEqual([2, 4]);
  expect(einsum("i,->", tensor([1, 2]), 3).itemSync()).toBe(9);
});

test.each<[string, string, number[][], string]>([
  [
    "too few operands",
    "ij,jk->ik",
    [[2, 3]],
    'the equation does not fit 1 operands: ij,jk->ik; write it as "ij,jk->ik"',
  ],
  ["two arrows", "i->i->i", [[2]], 'the equation does not fit 1 operands: i->i->i; write it as "ij,jk->ik"'],
  ["a digit", "i1->i", [[2, 3]], 'the equation does not fit 1 operands: i1->i; write it as "ij,jk->ik"'],
  ["a lone dot", "i.j->ij", [[2, 3]], 'the equation does not fit 1 operands: i.j->ij; write it as "ij,jk->ik"'],
  ["two ellipses", "...i...->i", [[2, 3]], 'the equation does not fit 1 operands: ...i...->i; write it as "ij,jk->ik"'],
  ["too few letters", "i->i", [[2, 3]], "i->i names 1 axes: [2,3] (1 ≠ 2)"],
  ["an ellipsis for less than nothing", "...ij->ij", [[2]], "...ij->ij names 2 axes: [2] (2 ≠ 1)"],
  [
    "lengths that differ",
    "ij,jk->ik",
    [
      [2, 3],
      [2, 3],
    ],
    "axis j of ij,jk->ik has two lengths: [2,3] and [2,3] (3 ≠ 2)",
  ],
  ["length 1 beside another", "i,i->i", [[1], [3]], "axis i of i,i->i has two lengths: [1] and [3] (1 ≠ 3)"],
  [
    "a new letter in the result",
    "i->ij",
    [[2]],
    "the result's letters are not distinct letters of the operands: i->ij",
  ],
  [
    "a letter twice in the result",
    "i->ii",
    [[2]],
    "the result's letters are not distinct letters of the operands: i->ii",
  ],
])("%s is an error", (_, equation, shapes, message) => {
  const operands = shapes.map((shape) => tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { shape }));
  expect(() => einsum(equation, ...operands)).toThrow(
    expect.objectContaining({ name: "ShapeError", message: `einsum: ${message}` }),
  );
});

test("integers stay integers, exactly, whatever is summed", () => {
  const int32 = (data: number[][]) => tensor(data, { dtype: "int32" });
  const a = int32([
    [16_777_217, 2],
    [3, -4],
  ]);
  const b = int32([
    [1, 0],
    [5, 6],
  ]);
  const expectInt32 = (actual: Tensor, shape: number[], values: number[]) => {
    expect([actual.dtype, actual.shape, [...actual.dataSync()]]).toEqual(["int32", shape, values]);
  };
  expectInt32(einsum("ij,jk->ik", a, b), [2, 2], [16_777_227, 12, -17, -24]);
  expectInt32(einsum("ij,jk->", a, b), [], [16_777_198]);
  expectInt32(einsum("ij,ij->i", a, b), [2], [16_777_217, -9]);
  expectInt32(
    einsum("bij,bjk->bki", stack([a, b]), stack([b, a])),
    [2, 2, 2],
    [...[16_777_227, -17, 12, -24], ...[16_777_217, 83_886_103, 2, -14]],
  );
  expectInt32(einsum("ii", a), [], [16_777_213]);
  expect(einsum("ij,jk->ik", a, tensor([[0.5], [1]])).dtype).toBe("float32");
});
