/** einsum against the definition: a sum over every assignment of positions to letters. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, tensor } from "@tapegrad/core";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { einsum } from "../src/index.ts";

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
