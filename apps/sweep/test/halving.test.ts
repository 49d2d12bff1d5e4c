import fc from "fast-check";
import { expect, test } from "vitest";
import { Driver } from "../src/driving/drive.ts";
import { budgetOf, ranked, sizeOf, survivors } from "../src/driving/halving.ts";
import type { Result, Task } from "../src/driving/trial-queue.ts";

test("sizes and budgets are those of the first bracket of Li et al. 2018, figure 2: 9 trials, r = 1, η = 3", () => {
  const sizes = { trials: 9, budget: 1, factor: 3 };
  expect([0, 1, 2].map((rung) => [sizeOf(sizes, rung), budgetOf(sizes, rung)])).toEqual([
    [9, 1],
    [3, 3],
    [1, 9],
  ]);
});

test("small values first, then what is not finite, then what failed; of equals the lower number", () => {
  const values = [Number.NaN, 2, undefined, 1, Number.NEGATIVE_INFINITY, 1, 2, Number.POSITIVE_INFINITY];
  const outcomes = values.map((value, trial) => ({ trial, value }));
  expect(ranked(outcomes).map(({ trial }) => trial)).toEqual([3, 5, 1, 6, 0, 4, 7, 2]);
  expect(survivors(outcomes, 3)).toEqual([1, 3, 5]);
  expect(survivors(outcomes, 8)).toEqual([1, 3, 5, 6]);
});

const valueBy = ({ trial, budget }: Task) => ((trial * 7919) % 31) + 1 / budget;

/** All that a sweep of 27 trials ends with, when tasks finish in the order that `choose` gives. The first `lost` tasks get lost. */
async function sweep(choose: (waiting: number) => number, lost = 0): Promise<string[]> {
  let losses = lost;
  const waiting: Task[] = [];
  const done: Result[] = [];
  const queue = {
    add: async (tasks: readonly Task[]) => {
      for (const task of tasks) {
        const isKnown = [...waiting, ...done].some(({ trial, rung }) => trial === task.trial && rung === task.rung);
        if (!isKnown && losses-- <= 0) waiting.push(task);
      }
    },
    finished: async () => {
      for (const task of waiting.splice(choose(waiting.length), 1)) {
        done.push({ ...task, value: valueBy(task), seconds: 0, attempts: 1 });
      }
      return done;
    },
  };
  const described = {
    sweep: { name: "s", space: {}, trials: 27, seed: 0, budget: 1, rungs: 4, factor: 3, train: undefined },
    plan: { digest: "", parameters: Array.from({ length: 27 }, () => ({})) },
  };
  const driver = new Driver(described, queue, [], { keep: async () => {}, look: async () => {} }, 0);
  await driver.run(new AbortController().signal);
  return driver.results.map(({ trial, rung, value }) => `${rung} ${trial} ${value}`).sort();
}

test("whatever the order in which trials finish, the same ones go on", async () => {
  const inOrder = await sweep(() => 0);
  expect(inOrder.length).toBe(27 + 9 + 3 + 1);
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat()), async (numbers) => {
      const next = () => Number(numbers.next().value);
      expect(await sweep((waiting) => (waiting === 0 ? 0 : next() % waiting))).toEqual(inOrder);
    }),
    { numRuns: 20 },
  );
});

test("tasks that the queue has lost are added again", async () => {
  expect(await sweep(() => 0, 5)).toEqual(await sweep(() => 0));
});
