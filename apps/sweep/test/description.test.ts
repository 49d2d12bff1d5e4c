/** What may be written in a description: each mistake is named, with its key and what is expected. */
import { expect, test } from "vitest";
import { checkSweep } from "../src/description/check-sweep.ts";
import { planTrials } from "../src/description/plan.ts";

const good = { space: { x: { uniform: [0, 1] } }, trials: 4, budget: 10 };
const check = (changes: object) => checkSweep({ ...good, ...changes }, "s.json", "s");

test.each<[object, string]>([
  [{ trails: 3 }, 'unknown key "trails"; a sweep has name, space, trials, seed, budget, rungs, factor, train'],
  [{ trials: 0 }, "trials: expected an integer from 1 to 100000: 0"],
  [{ trials: undefined }, "trials: expected an integer from 1 to 100000: undefined"],
  [{ budget: 1.5 }, "budget: expected an integer from 1 to 1000000000: 1.5"],
  [{ factor: 1 }, "factor: expected an integer from 2 to 1000: 1"],
  [{ rungs: "2" }, 'rungs: expected an integer from 1 to 30: "2"'],
  [{ seed: -1 }, "seed: expected an integer from 0 to 9007199254740991: -1"],
  [{ name: "a:b" }, 'name: expected letters, digits, - and _: "a:b"; give the sweep a name'],
  [{ rungs: 3 }, "rungs: 4 trials with factor 3 have no trial left for rung 3; use at least 9 trials or fewer rungs"],
  [{ space: {} }, "space: expected an axis by the name of each parameter"],
  [{ space: [] }, "space: expected an axis by the name of each parameter"],
  [{ space: { x: 3 } }, "space.x: needs one of grid, choice, uniform, logUniform: 3"],
  [{ space: { x: { range: [0, 1] } } }, 'space.x: needs one of grid, choice, uniform, logUniform: {"range":[0,1]}'],
  [{ space: { x: { grid: [1], choice: [1] } } }, "space.x: needs one of grid, choice, uniform, logUniform"],
  [{ space: { x: { toString: [1] } } }, "space.x: needs one of grid, choice, uniform, logUniform"],
  [{ space: { x: { grid: [] } } }, "space.x: grid needs a list of different numbers, strings or booleans: []"],
  [
    { space: { x: { choice: [1, 1] } } },
    "space.x: choice needs a list of different numbers, strings or booleans: [1,1]",
  ],
  [{ space: { x: { uniform: [1, 0] } } }, "space.x: uniform needs two numbers, the smaller first: [1,0]"],
  [
    { space: { x: { uniform: [0, Number.POSITIVE_INFINITY] } } },
    "space.x: uniform needs two numbers, the smaller first",
  ],
  [{ space: { x: { logUniform: [0, 1] } } }, "space.x: logUniform needs two numbers above 0, the smaller first: [0,1]"],
  [
    { space: { x: { grid: [1, 2, 3] } } },
    "trials: 4 are more than the 3 combinations of the grid; ask for at most as many",
  ],
  [{ train: 3 }, "train: expected a function, the path of a module, or a command: 3"],
  [{ train: { command: "sh" } }, 'train.command: expected a list of words: "sh"'],
  [{ train: { command: ["sh"], value: "x" } }, "train.value: expected a regular expression with a group"],
  [{ train: { command: ["sh"], value: "(" } }, "train.value: expected a regular expression with a group"],
  [{ train: { command: ["sh"], value: "(x)", resume: ["-r"] } }, "train.checkpoint: expected the name of a file"],
  [{ train: { command: ["sh"], value: "(x)", cwd: "." } }, 'train: unknown key "cwd"; a command has command, value'],
])("%j", (changes, message) => {
  expect(() => check(changes)).toThrow(`s.json: ${message}`);
});

test("what is no object is no sweep", () => {
  for (const value of [null, [], 3, undefined])
    expect(() => checkSweep(value, "s.ts", "s")).toThrow("s.ts: a sweep is an object with name, space");
});

test("defaults", () => {
  expect(check({})).toEqual({ ...good, name: "s", seed: 0, rungs: 1, factor: 3, train: undefined });
});

const space = {
  rate: { logUniform: [1e-4, 1] },
  p: { uniform: [-1, 1] },
  kind: { choice: ["a", "b", "c"] },
  on: { grid: [true, false] },
  size: { grid: [1, 2, 3] },
};
const plan = (changes: object) => planTrials(check({ space, trials: 600, ...changes }));

test("trials are the same for the same seed, more of them begin with the same, another seed gives others", async () => {
  const [a, b, fewer, other] = await Promise.all([plan({}), plan({}), plan({ trials: 7 }), plan({ seed: 1 })]);
  expect(b).toEqual(a);
  expect(fewer.parameters).toEqual(a.parameters.slice(0, 7));
  expect(other.parameters).not.toEqual(a.parameters);
  expect(new Set([a, fewer, other].map(({ digest }) => digest)).size).toBe(3);
  expect(a.parameters[3]).toEqual({
    kind: "b",
    on: false,
    p: 0.7883566617965698,
    rate: expect.closeTo(0.0007954922587614, 14),
    size: 2,
  });
});

test("axes are used as they say: grids meet each other equally often, draws fill their range", async () => {
  const { parameters } = await plan({});
  const share = (accepts: (values: (typeof parameters)[number]) => boolean) => parameters.filter(accepts).length / 600;
  for (const on of [true, false]) {
    for (const size of [1, 2, 3]) expect(share((values) => values.on === on && values.size === size)).toBe(1 / 6);
  }
  for (const kind of ["a", "b", "c"])
    expect(Math.abs(share((values) => values.kind === kind) - 1 / 3)).toBeLessThan(0.08);
  for (let decade = 1e-4; decade < 0.5; decade *= 10) {
    expect(Math.abs(share(({ rate }) => Number(rate) >= decade && Number(rate) < 10 * decade) - 1 / 4)).toBeLessThan(
      0.08,
    );
  }
  expect(parameters.every(({ p }) => Number(p) >= -1 && Number(p) < 1)).toBe(true);
  expect(Math.abs(share(({ p }) => Number(p) < 0) - 1 / 2)).toBeLessThan(0.08);
});
