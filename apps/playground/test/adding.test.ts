/** The adding task: what its data are, and what it shows about cells. */
import { synchronize, zeros } from "tapegrad";
import { beforeAll, describe, expect, test } from "vitest";
import { addingCells, addingRun, addingSteps } from "../src/engine/adding-runs.ts";
import { Session } from "../src/engine/session.ts";
import { AddingTask, addingBaseline } from "../src/engine/tasks/adding-task.ts";

beforeAll(async () => {
  zeros([1]);
  await synchronize();
});

describe("the data", () => {
  const task = new AddingTask(20, 1);
  const { inputs, targets } = task.heldOut();
  const [count = 0] = inputs.shape;
  const [given, wanted] = [inputs.dataSync(), targets.dataSync()];
  const rows = Array.from({ length: count }, (_, row) =>
    Array.from({ length: 20 }, (__, time) => {
      const at = row * 20 + time;
      return { number: given[2 * at] ?? NaN, mark: given[2 * at + 1] ?? NaN, target: wanted[at] ?? NaN };
    }),
  );

  test("one number of each half is marked, and the target at the end is their sum", () => {
    for (const row of rows) {
      expect(row.slice(0, 10).reduce((sum, { mark }) => sum + mark, 0)).toBe(1);
      expect(row.slice(10).reduce((sum, { mark }) => sum + mark, 0)).toBe(1);
      const sum = row.reduce((total, { number, mark }) => total + number * mark, 0);
      expect(row.at(-1)?.target).toBeCloseTo(sum, 6);
    }
  });

  test("always answering 1 has the error that is called the baseline", () => {
    const error = rows.reduce((sum, row) => sum + (1 - (row.at(-1)?.target ?? NaN)) ** 2, 0) / rows.length;
    expect(Math.abs(error - addingBaseline)).toBeLessThan(0.05);
  });

  test("a step has the same batch whenever it is asked for, and other seeds, steps and the held-out set have others", () => {
    const first = (seed: number, step: number) => [...new AddingTask(20, seed).at(step).inputs.dataSync()].slice(0, 4);
    expect(first(1, 5)).toEqual(first(1, 5));
    const all = [first(1, 5), first(1, 6), first(2, 5), [...given].slice(0, 4)];
    expect(new Set(all.map(String)).size).toBe(all.length);
  });

  test("a passage is one sequence, with its marks in brackets and its sum at the end", () => {
    const passage = task.passage(47);
    expect(passage.start).toBe(40);
    expect(passage.inputs.shape).toEqual([1, 20, 2]);
    expect(passage.inputLabels.filter((label) => label.startsWith("["))).toHaveLength(2);
    expect(passage.targetLabels.at(-1)).toBe(rows[2]?.at(-1)?.target.toFixed(2));
  });
});

describe(`with about as many parameters, within ${addingSteps} steps`, () => {
  test("the three models differ by at most a twentieth in size", () => {
    const counts = addingCells.map((cell) => new Session(addingRun(cell, 1)).summary("").parameterCount);
    expect(Math.max(...counts) / Math.min(...counts)).toBeLessThan(1.05);
  });

  test.each([1, 2])("seed %d: LSTM and GRU solve it, and RNN is as wrong as a guess", (seed) => {
    const errorAfter = (cell: (typeof addingCells)[number]) => {
      const session = new Session(addingRun(cell, seed));
      while (session.steps < addingSteps && !(session.steps % 50 === 0 && isSolved(session))) session.step();
      return session.heldOutLoss();
    };
    expect(errorAfter("LSTM")).toBeLessThan(0.01);
    expect(errorAfter("GRU")).toBeLessThan(0.01);
    expect(errorAfter("RNN")).toBeGreaterThan(0.1);
  });
});

/** Whether the task's own bound holds on the sequences that are never trained on. */
function isSolved(session: Session): boolean {
  return (session.heldOutLoss() ?? Number.POSITIVE_INFINITY) < (session.task.solvedBelow ?? 0);
}
