/** Schedules against their formulas in plain numbers; PyTorch's are in trajectories.test.ts. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, setDefaultDType, TapegradError, tensor } from "@tapegrad/core";
import { mul } from "@tapegrad/ops";
import { constant, cosine, linear, type Schedule, SGD, sequence, step, warmup } from "@tapegrad/optim";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const at = (schedule: Schedule, t: number): number => schedule(t).itemSync();
const upTo = (schedule: Schedule, count: number): number[] => Array.from({ length: count }, (_, t) => at(schedule, t));

const rate = fc.double({ min: 0, max: 10, noNaN: true });
const count = fc.integer({ min: 1, max: 50 });
const time = fc.integer({ min: 0, max: 200 });

/** Each with its formula. */
const formulas: [string, fc.Arbitrary<[Schedule, (t: number) => number]>][] = [
  ["constant", rate.map((r) => [constant(r), () => r])],
  [
    "linear",
    fc
      .tuple(rate, rate, count)
      .map(([a, b, steps]) => [linear(a, b, { steps }), (t) => a + (b - a) * Math.min(1, t / steps)]),
  ],
  [
    "cosine",
    fc
      .tuple(rate, rate, count)
      .map(([a, b, steps]) => [
        cosine(a, { steps, floor: b }),
        (t) => b + ((a - b) * (1 + Math.cos(Math.PI * Math.min(1, t / steps)))) / 2,
      ]),
  ],
  [
    "step",
    fc
      .tuple(rate, fc.double({ min: 0.1, max: 1, noNaN: true }), count)
      .map(([a, factor, every]) => [step(a, { every, factor }), (t) => a * factor ** Math.floor(t / every)]),
  ],
  [
    "warmup",
    fc.tuple(rate, count, count).map(([a, steps, fall]) => [
      warmup(cosine(a, { steps: fall }), { steps }),
      (t) => {
        if (t < steps) return a * (1 / steps + (1 - 1 / steps) * (t / steps));
        return (a * (1 + Math.cos(Math.PI * Math.min(1, (t - steps) / fall)))) / 2;
      },
    ]),
  ],
  [
    "sequence",
    fc
      .tuple(rate, rate, count)
      .map(([a, b, steps]) => [
        sequence(constant(a), steps, linear(b, 0, { steps: 9 })),
        (t) => (t < steps ? a : b * (1 - Math.min(1, (t - steps) / 9))),
      ]),
  ],
];

describe.each(formulas)("%s", (_name, schedules) => {
  it("is its formula at every step", () => {
    fc.assert(
      fc.property(schedules, time, ([schedule, formula], t) => {
        expect(Math.abs(at(schedule, t) - formula(t))).toBeLessThan(1e-13 * 10);
      }),
    );
  });

  it("is the same for numbers, tensors of any number dtype, many at once and compiled", () => {
    fc.assert(
      fc.property(schedules, time, ([schedule], t) => {
        const compiled = compile((n: number) => schedule(n));
        expect(compiled(t).itemSync()).toBe(at(schedule, t));
        expect(schedule(tensor(t, { dtype: "int32" })).itemSync()).toBe(at(schedule, t));
        expect(Array.from(schedule(tensor([0, t])).dataSync())).toEqual([at(schedule, 0), at(schedule, t)]);
      }),
      { numRuns: 20 },
    );
  });
});

it("reads as it is said", () => {
  expect(upTo(step(1, { every: 2, factor: 0.5 }), 6)).toEqual([1, 1, 0.5, 0.5, 0.25, 0.25]);
  expect(upTo(warmup(4, { steps: 4 }), 6)).toEqual([1, 1.75, 2.5, 3.25, 4, 4]);
  expect(upTo(warmup(4, { steps: 4, from: 0 }), 6)).toEqual([0, 1, 2, 3, 4, 4]);
  expect(upTo(linear(4, 0, { steps: 4 }), 6)).toEqual([4, 3, 2, 1, 0, 0]);
});

it("a compiled step may set the rate from its own argument", () => {
  const parameter = new Parameter([0]);
  const optimizer = new SGD([parameter], { learningRate: 0 });
  const schedule: Schedule = (t) => mul(2, linear(1, 0, { steps: 4 })(t));
  const trainStep = compile((t: number) => {
    optimizer.learningRate = schedule(t);
    optimizer.step([tensor([1])]);
    return optimizer.learningRate;
  });
  expect([0, 1, 2].map((t) => trainStep(t).itemSync())).toEqual([2, 1.5, 1]);
  expect(Array.from(parameter.dataSync())).toEqual([-4.5]);
});

it.each([
  [() => constant(-1), "constant", "not a learning rate: -1", "use a number from 0"],
  [() => linear(1, Number.NaN, { steps: 1 }), "linear", "not a learning rate: NaN", "use a number from 0"],
  [() => cosine(1, { steps: 0 }), "cosine", "the number of steps is not an integer of 1 or more: 0", "use 1 or more"],
  [() => cosine(1, { steps: 1, floor: -1 }), "cosine", "not a floor: -1", "use a number from 0"],
  [() => step(1, { every: 1.5 }), "step", "the number of steps is not an integer of 1 or more: 1.5", "use 1 or more"],
  [() => step(1, { every: 1, factor: -1 }), "step", "not a factor: -1", "use a number from 0"],
  [() => warmup(1, { steps: -1 }), "warmup", "the number of steps is not an integer of 1 or more: -1", "use 1 or more"],
  [
    () => sequence(constant(1), 0, constant(1)),
    "sequence",
    "the number of steps is not an integer of 1 or more: 0",
    "use 1 or more",
  ],
])("settings that make no schedule are refused (%#)", (make, op, problem, remedy) => {
  expect(make).toThrow(TapegradError);
  expect(make).toThrow(`${op}: ${problem}; ${remedy}`);
});

it.each([10, 50, 100])("PyTorch's OneCycleLR over %d steps is two cosines, one after the other", (total) => {
  const [max, up] = [0.1, Math.round(0.3 * total - 1)];
  const [first, last] = [max / 25, max / 25e4]; // div_factor is 25, final_div_factor 1e4
  const down = cosine(max, { steps: total - 1 - up, floor: last });
  const found = upTo(sequence(cosine(first, { steps: up, floor: max }), up, down), total);
  const annealed = (start: number, end: number, part: number) =>
    end + ((start - end) / 2) * (Math.cos(Math.PI * part) + 1);
  const peak = 0.3 * total - 1;
  for (const [t, value] of found.entries()) {
    const expected = t <= peak ? annealed(first, max, t / peak) : annealed(max, last, (t - peak) / (total - 1 - peak));
    expect(value).toBeCloseTo(expected, 14);
  }
});
