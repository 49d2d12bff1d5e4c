/** Every example runs for a few steps on a small part of its data, and learns something. */
import { expect, test } from "vitest";
import { catalogue } from "../src/catalogue.ts";
import { describeScore } from "../src/example.ts";
import { showMemory } from "../src/programs/memory.ts";
import { QuietDisplay } from "./quiet.ts";

/** Steps and items that are enough to see the loss fall. */
const small: Readonly<Record<string, { steps: number; limit: number }>> = {
  digits: { steps: 30, limit: 600 },
  spell: { steps: 30, limit: 600 },
  names: { steps: 40, limit: 600 },
  pronounce: { steps: 24, limit: 600 },
  hyphens: { steps: 30, limit: 600 },
};

const mean = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

test("the small sizes are those of all examples", () => {
  expect(Object.keys(small)).toEqual(Object.keys(catalogue));
});

test.each(Object.entries(catalogue))("%s: the loss falls, and held-out data give a score", async (name, { load }) => {
  const run = await load();
  const options = { ...small[name], steps: small[name]?.steps ?? 0, seed: 1 };
  const display = new QuietDisplay();
  const { losses, scores } = await run(options, display);
  expect(losses).toHaveLength(options.steps);
  expect(mean(losses.slice(-5))).toBeLessThan(0.9 * mean(losses.slice(0, 5)));
  expect(display.lines[0]).toMatch(/^(540|480) \w+ to learn from, (60|120) held out$/);
  expect(scores.length).toBeGreaterThan(0);
  for (const score of scores) {
    expect(score.value).toBeGreaterThanOrEqual(0);
    expect(Object.keys(score.baselines).length).toBeGreaterThan(0);
    expect(describeScore(score)).toMatch(/^[^:]+: \d+\.\d % \(.+: \d+\.\d %.*\)$/);
  }
});

test("one seed is one run; another seed is another", async () => {
  const run = await catalogue.names?.load();
  const losses = async (seed: number) => (await run?.({ steps: 3, seed, limit: 600 }, new QuietDisplay()))?.losses;
  const first = await losses(1);
  expect(await losses(1)).toEqual(first);
  expect(await losses(2)).not.toEqual(first);
});

test("the memory table has a row for each length and a column for each cell", async () => {
  const display = new QuietDisplay();
  const records = await showMemory({ adding: [4, 6], copying: [2], steps: 3, seed: 1 }, display);
  expect(records).toHaveLength(9);
  const table = display.lines.join("\n");
  expect(table).toMatch(/\| 4 +\| 0\.\d{4} after 3 \| 0\.\d{4} after 3 \| 0\.\d{4} after 3 \|/);
  expect(table).toMatch(/\| 2 +\| \d+\.\d % after 3 *\| /);
});
