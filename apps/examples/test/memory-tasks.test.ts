/** The memory tasks ask what they say they ask. */
import { Generator } from "tapegrad";
import { expect, test } from "vitest";
import { addingBaseline, addingBatch, copyingBatch } from "../src/data/memory-tasks.ts";

test.each([2, 7, 40])(
  "adding: over %d steps, one number of each half is marked, and the target is their sum",
  async (length) => {
    const { inputs, targets } = addingBatch(new Generator(1), 50, length);
    const [rows, sums] = [(await inputs.toArray()) as number[][][], await targets.data()]; // float32 [batch, time, 2].
    expect(inputs.shape).toEqual([50, length, 2]);
    for (const [index, row] of rows.entries()) {
      const marked = row.flatMap(([value = 0, mark], step) => (mark === 1 ? [{ step, value }] : []));
      expect(row.every(([value = -1, mark]) => value >= 0 && value < 1 && (mark === 0 || mark === 1))).toBe(true);
      expect(marked.map(({ step }) => step < Math.floor(length / 2))).toEqual([true, false]);
      expect(sums[index]).toBeCloseTo(
        marked.reduce((sum, { value }) => sum + value, 0),
        6,
      );
    }
    if (length > 2) expect(new Set(rows.map((row) => row.findIndex(([, mark]) => mark === 1))).size).toBeGreaterThan(1);
  },
);

test("adding: always answering 1 has the error that is given for it", async () => {
  const sums = await addingBatch(new Generator(2), 5000, 4).targets.data();
  const error = Array.from(sums, (sum) => (Number(sum) - 1) ** 2).reduce((a, b) => a + b, 0) / sums.length;
  expect(Math.abs(error - addingBaseline)).toBeLessThan(0.01); // Its standard deviation is 0.003.
});

test("copying: ten symbols, a pause that ends with a sign, and then the same symbols are wanted", async () => {
  const [length, copied] = [5, 10];
  const { inputs, targets } = copyingBatch(new Generator(1), 20, length, copied);
  const [rows, wanted] = [(await inputs.toArray()) as number[][][], (await targets.toArray()) as number[][]];
  expect(inputs.shape).toEqual([20, length + 2 * copied, 10]);
  for (const [index, row] of rows.entries()) {
    const read = row.map((oneHot) => oneHot.indexOf(1));
    const symbols = read.slice(0, copied);
    expect(symbols.every((symbol) => symbol >= 1 && symbol <= 8)).toBe(true);
    expect(read.slice(copied)).toEqual([0, 0, 0, 0, 9, ...new Array(copied).fill(0)]);
    expect(wanted[index]).toEqual([...new Array(length + copied).fill(0), ...symbols]);
  }
});
