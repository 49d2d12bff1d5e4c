/** The moving average of Parameters: its formula, its use, its state. PyTorch's is in trajectories.test.ts. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, ShapeError, setBackend, setDefaultDType, TapegradError, tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { add, mul, sum } from "@tapegrad/ops";
import { ExponentialMovingAverage } from "@tapegrad/optim";
import { beforeAll, beforeEach, expect, it } from "vitest";

beforeAll(() => setBackend(cpuBackend));
beforeEach(() => setDefaultDType("float64"));

const values = (parameters: readonly Parameter[]): number[] => parameters.flatMap((p) => Array.from(p.dataSync()));
const make = () => [new Parameter([1, 2]), new Parameter([[-1]])];

function move(parameters: readonly Parameter[]): void {
  for (const parameter of parameters) parameter.assign(add(mul(parameter, 2), 1));
}

it("begins with the Parameters and follows them", () => {
  const parameters = make();
  const average = new ExponentialMovingAverage(parameters, { decay: 0.75 });
  expect(values(average.averages)).toEqual([1, 2, -1]);
  move(parameters);
  average.update();
  expect(values(average.averages)).toEqual([1.5, 2.75, -1]);
  expect(values(parameters)).toEqual([3, 5, -1]);
});

it("stands in for the Parameters while a function runs, compiled or not, and no longer", () => {
  const parameters = make();
  const average = new ExponentialMovingAverage(parameters, { decay: 0.5 });
  const total = () => sum(mul(defined(parameters[0], "parameter"), 1));
  const compiled = compile(total);
  move(parameters);
  average.update();
  for (const f of [total, compiled]) {
    expect(f().itemSync()).toBe(8);
    expect(average.evaluate(f).itemSync()).toBe(5.5);
    expect(f().itemSync()).toBe(8);
  }
  average.assignToParameters();
  expect(values(parameters)).toEqual([2, 3.5, -1]);
});

it.each(["float32", "float64"] as const)("resumes exactly in %s, inside a compiled step", (dtype) => {
  setDefaultDType(dtype);
  const run = (from: number, parameters: Parameter[], average: ExponentialMovingAverage, to: number) => {
    const step = compile(() => {
      for (const p of parameters) p.assign(mul(p, 0.9));
      average.update();
      return tensor(0);
    });
    for (let i = from; i < to; i++) step();
  };
  const whole = make();
  const average = new ExponentialMovingAverage(whole);
  run(0, whole, average, 10);
  const first = make();
  const before = new ExponentialMovingAverage(first);
  run(0, first, before, 4);
  const after = new ExponentialMovingAverage(first);
  after.loadStateDict(before.stateDict());
  run(4, first, after, 10);
  expect(values(after.averages)).toEqual(values(average.averages));
});

it("refuses what does not fit", () => {
  const average = new ExponentialMovingAverage(make());
  const state = average.stateDict();
  const remedy = "load a state of the same optimiser and model";
  expect(() => average.loadStateDict({ ...state, "average.1": tensor([1]) })).toThrow(
    new ShapeError("loadStateDict", "average.1 has another shape: [1] into [1,1]", remedy),
  );
  expect(() => average.loadStateDict({})).toThrow(
    new TapegradError("loadStateDict", "names differ: missing average.0, average.1; unknown none", remedy),
  );
  expect(average.stateDict()).toEqual(state);
  for (const decay of [1, -0.1, Number.NaN]) {
    expect(() => new ExponentialMovingAverage(make(), { decay })).toThrow(
      new TapegradError("ExponentialMovingAverage", `not a decay: ${decay}`, "use 0 ≤ x < 1"),
    );
  }
});
