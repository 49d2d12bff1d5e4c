/**
 * A small LSTM trained by every optimiser as PyTorch trains it, in double precision: losses on the way and final parameters,
 * eagerly and compiled. The fixture is committed; tooling/fixtures/README.md tells how it is made.
 */
import { readFileSync } from "node:fs";
import { compile, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import {
  type Backend,
  type FloatDType,
  type Parameter,
  setBackend,
  setDefaultDType,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { Linear, LSTM, Module, mseLoss } from "@tapegrad/nn";
import {
  Adagrad,
  Adam,
  AdamW,
  clipByGlobalNorm,
  clipByValue,
  constant,
  cosine,
  ExponentialMovingAverage,
  linear,
  type Optimizer,
  RMSprop,
  type Schedule,
  SGD,
  step,
  warmup,
} from "@tapegrad/optim";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

interface Problem {
  readonly hidden: number;
  readonly steps: number;
  readonly x: Values;
  readonly target: Values;
  readonly parameters: Readonly<Record<string, Values>>;
}

type ScheduleSpecification =
  | { readonly kind: "constant" }
  | { readonly kind: "linear"; readonly end: number; readonly steps: number }
  | { readonly kind: "cosine"; readonly steps: number; readonly floor: number }
  | { readonly kind: "step"; readonly every: number; readonly factor: number }
  | { readonly kind: "warmup"; readonly steps: number; readonly from: number }
  | { readonly kind: "warmup, cosine"; readonly steps: number; readonly from: number; readonly then: CosineSettings }
  | { readonly kind: "warmup, step"; readonly steps: number; readonly from: number; readonly then: StepSettings };
interface CosineSettings {
  readonly steps: number;
  readonly floor: number;
}
interface StepSettings {
  readonly every: number;
  readonly factor: number;
}

const kinds = { SGD, Adam, AdamW, RMSprop, Adagrad };

interface Trajectory {
  readonly optimizer: keyof typeof kinds;
  /** As the constructor takes them; SGD has a learning rate always. */
  readonly options: { readonly learningRate: number };
  readonly clip?: { readonly norm?: number; readonly value?: number };
  readonly schedule?: ScheduleSpecification;
  /** Parameters whose name contains one of `names`. */
  readonly groups?: readonly {
    readonly names: readonly string[];
    readonly learningRate?: number;
    readonly weightDecay?: number;
  }[];
  /** The final parameters are then those of the moving average. */
  readonly averageDecay?: number;
  /** Of every sixth step. */
  readonly losses: readonly number[];
  /** All in one, in order. */
  readonly parameters: readonly number[];
}

const fixtureFile = new URL("fixtures/trajectories.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const { pytorch, problem, ...trajectories } = JSON.parse(readFileSync(fixtureFile, "utf8")) as {
  pytorch: string;
  problem: Problem;
} & Record<string, Trajectory>;

const tolerance = 1e-10;
const worst = new Map<string, number[]>();

beforeEach(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

class Model extends Module {
  readonly lstm: LSTM;
  readonly readout: Linear;

  constructor(dtype: FloatDType) {
    super();
    const [, , input = 0] = problem.x.shape;
    this.lstm = new LSTM(input, problem.hidden);
    this.readout = new Linear(problem.hidden, 1);
    this.loadStateDict(
      Object.fromEntries(Object.entries(problem.parameters).map(([name, values]) => [name, tensorOf(values, dtype)])),
    );
  }

  forward(x: Tensor): Tensor {
    return this.readout.forward(this.lstm.forward(x).output);
  }
}

function tensorOf({ shape, values }: Values, dtype: FloatDType): Tensor {
  return tensor([...values], { shape, dtype });
}

function scheduleOf(specification: ScheduleSpecification, rate: number): Schedule {
  switch (specification.kind) {
    case "constant":
      return constant(rate);
    case "linear":
      return linear(rate, specification.end, { steps: specification.steps });
    case "cosine":
      return cosine(rate, { steps: specification.steps, floor: specification.floor });
    case "step":
      return step(rate, { every: specification.every, factor: specification.factor });
    case "warmup":
      return warmup(rate, { steps: specification.steps, from: specification.from });
    case "warmup, cosine":
      return warmup(cosine(rate, specification.then), { steps: specification.steps, from: specification.from });
    case "warmup, step":
      return warmup(step(rate, specification.then), { steps: specification.steps, from: specification.from });
  }
}

function optimizerOf({ optimizer, options, schedule, groups = [] }: Trajectory, model: Model): Optimizer {
  const Kind = kinds[optimizer];
  const named = [...model.namedParameters()];
  const chosen = groups.map(({ names, ...settings }) => ({
    ...settings,
    parameters: named.filter(([name]) => names.some((part) => name.includes(part))).map(([, parameter]) => parameter),
  }));
  const learningRate = schedule === undefined ? options.learningRate : scheduleOf(schedule, options.learningRate);
  return new Kind(model.parameters(), {
    ...options,
    ...(learningRate !== undefined && { learningRate }),
    groups: chosen,
  });
}

/** Losses of every sixth step, and the parameters after the last. */
function run(trajectory: Trajectory, isCompiled: boolean, dtype: FloatDType = "float64") {
  const model = new Model(dtype);
  const optimizer = optimizerOf(trajectory, model);
  const average = new ExponentialMovingAverage(model.parameters(), { decay: trajectory.averageDecay ?? 0 });
  const { norm, value } = trajectory.clip ?? {};
  const trainStep = (x: Tensor, target: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() => mseLoss(model.forward(x), target));
    let gradients = tape.gradient(loss, model.parameters());
    if (norm !== undefined) gradients = clipByGlobalNorm(gradients, norm).gradients;
    if (value !== undefined) gradients = clipByValue(gradients, value);
    optimizer.step(gradients);
    average.update();
    return loss;
  };
  const advance = isCompiled ? compile(trainStep) : trainStep;
  const [x, target] = [tensorOf(problem.x, dtype), tensorOf(problem.target, dtype)];
  const losses = Array.from({ length: problem.steps }, () => advance(x, target).itemSync());
  const values = (all: readonly Parameter[]) => all.flatMap((parameter) => Array.from(parameter.dataSync()));
  const final = trajectory.averageDecay === undefined ? model.parameters() : average.averages;
  return { losses: losses.filter((_, i) => i % 6 === 0), parameters: values(final) };
}

function difference(found: readonly number[], expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  return found.reduce((most, value, i) => Math.max(most, Math.abs(value - defined(expected[i], "value"))), 0);
}

describe(`as PyTorch ${pytorch}`, () => {
  it.each(Object.entries(trajectories))("%s", (name, trajectory) => {
    const eager = run(trajectory, false);
    const errors = [difference(eager.losses, trajectory.losses), difference(eager.parameters, trajectory.parameters)];
    worst.set(name, errors);
    expect(Math.max(...errors)).toBeLessThan(tolerance);
    // Passes reorder sums, so compiled results differ in the last digits.
    const compiled = run(trajectory, true);
    expect(difference(compiled.parameters, eager.parameters)).toBeLessThan(1e-12);
    expect(difference(compiled.losses, eager.losses)).toBeLessThan(1e-12);
  });

  it("for every optimiser", () => {
    const found = new Set(Object.values(trajectories).map(({ optimizer }) => optimizer));
    expect([...found].sort()).toEqual(Object.keys(kinds).sort());
  });

  it("which a wrong rate would not pass", () => {
    const trajectory = defined(trajectories.Adam, "trajectory");
    const { learningRate } = trajectory.options;
    const other = run({ ...trajectory, options: { learningRate: learningRate * (1 + 1e-6) } }, false);
    expect(difference(other.parameters, trajectory.parameters)).toBeGreaterThan(tolerance);
  });

  afterAll(() => {
    const width = Math.max(...[...worst.keys()].map(({ length }) => length));
    const rows = [...worst].map(([name, errors]) => `${name.padEnd(width)}  ${errors.map(shown).join("  ")}`);
    console.log(
      [`${problem.steps} steps`.padEnd(width), " losses   parameters\n", rows.join("\n")].join("").replace(/^/, "\n"),
    );
  });
});

function shown(error: number): string {
  return error.toExponential(1).padEnd(8);
}

describe("generated code in float32 follows float64", () => {
  const backend: Backend = wasmBackend();
  const names = ["SGD, Nesterov", "Adam; warmup, cosine", "AdamW", "RMSprop, all", "Adagrad, decay", "SGD; groups"];

  it.each(names)("%s", (name) => {
    const trajectory = defined(trajectories[name], "trajectory");
    setBackend(backend);
    setDefaultDType("float32");
    const { parameters, losses } = run(trajectory, true, "float32");
    expect(difference(parameters, trajectory.parameters)).toBeLessThan(2e-4);
    expect(difference(losses, trajectory.losses)).toBeLessThan(2e-5);
  });
});
