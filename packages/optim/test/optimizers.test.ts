/** Optimisers against the textbook's loop over plain numbers, and resuming from a saved state bit for bit. */
import { compile, grad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import {
  DTypeError,
  Parameter,
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  type Tensor,
  TraceError,
  tensor,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { add, mul, square, sub, sum } from "@tapegrad/ops";
import {
  Adagrad,
  Adam,
  type AdamOptions,
  AdamW,
  cosine,
  type Optimizer,
  type OptimizerOptions,
  RMSprop,
  SGD,
  type SGDOptions,
  step,
  warmup,
  withoutDecay,
} from "@tapegrad/optim";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

beforeAll(() => setBackend(cpuBackend));
beforeEach(() => setDefaultDType("float64"));

const values = (t: Tensor | Parameter): number[] => Array.from(t.dataSync());

/** Three numbers in two Parameters, and a loss whose gradient changes as they move: Σ (θ² − a)² / 4. */
const start: readonly (readonly number[])[] = [[0.5, -1.5], [2]];
const aims: readonly (readonly number[])[] = [[1, 2], [3]];

function parameters(): Parameter[] {
  return start.map((values, i) => new Parameter([...values], { name: `p${i}` }));
}

/** ∂/∂θ of (θ² − a)² / 4. */
const slope = (theta: number, a: number): number => (theta ** 2 - a) * theta;

function gradients(of: readonly Parameter[]): Tensor[] {
  const loss = (all: readonly Parameter[]) =>
    all
      .map((parameter, i) => mul(0.25, sum(square(sub(square(parameter), tensor([...(aims[i] ?? [])]))))))
      .reduce((a, b) => add(a, b));
  return grad(loss)(of);
}

/** Steps of `update` on one number; state lives in the closure that it returns. */
function plainTrajectory(update: () => (theta: number, g: number) => number, steps: number): number[][] {
  const flat = start.flatMap((part, i) => part.map((theta, j) => ({ theta, aim: aims[i]?.[j] ?? 0, step: update() })));
  return Array.from({ length: steps }, () =>
    flat.map((number) => {
      number.theta = number.step(number.theta, slope(number.theta, number.aim));
      return number.theta;
    }),
  );
}

function trajectory(make: (parameters: Parameter[]) => Optimizer, steps: number): number[][] {
  const all = parameters();
  const optimizer = make(all);
  return Array.from({ length: steps }, () => {
    optimizer.step(gradients(all));
    return all.flatMap(values);
  });
}

function expectSame(found: number[][], expected: number[][]): void {
  expect(found.length).toBe(expected.length);
  const worst = found.flatMap((row, i) => row.map((value, j) => Math.abs(value - (expected[i]?.[j] ?? Number.NaN))));
  expect(
    worst.every((error) => error < 1e-12),
    `largest error ${Math.max(...worst)}`,
  ).toBe(true);
}

const steps = 25;

describe("SGD", () => {
  const learningRate = 0.05;
  it.each<Omit<SGDOptions, "learningRate">>([
    {},
    { weightDecay: 0.1 },
    { momentum: 0.9 },
    { momentum: 0.9, nesterov: true },
    { momentum: 0.5, nesterov: true, weightDecay: 0.01 },
  ])("with %o follows the plain loop", (options) => {
    const { momentum = 0, nesterov = false, weightDecay = 0 } = options;
    const plain = () => {
      let v = 0;
      return (theta: number, g: number) => {
        const decayed = g + weightDecay * theta;
        v = momentum * v + decayed;
        return theta - learningRate * (nesterov ? decayed + momentum * v : v);
      };
    };
    expectSame(
      trajectory((all) => new SGD(all, { learningRate, ...options }), steps),
      plainTrajectory(plain, steps),
    );
  });
});

describe("Adam", () => {
  const learningRate = 0.1;
  it.each<Omit<AdamOptions, "learningRate">>([{}, { betas: [0.5, 0.9], epsilon: 1e-3 }, { weightDecay: 0.1 }])(
    "with %o follows the plain loop",
    (options) => {
      const { betas = [0.9, 0.999], epsilon = 1e-8, weightDecay = 0 } = options;
      const [beta1, beta2] = betas;
      const plain = () => {
        let [m, v, t] = [0, 0, 0];
        return (theta: number, g: number) => {
          const decayed = g + weightDecay * theta;
          t++;
          m = beta1 * m + (1 - beta1) * decayed;
          v = beta2 * v + (1 - beta2) * decayed ** 2;
          const [mHat, vHat] = [m / (1 - beta1 ** t), v / (1 - beta2 ** t)];
          return theta - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
        };
      };
      expectSame(
        trajectory((all) => new Adam(all, { learningRate, ...options }), steps),
        plainTrajectory(plain, steps),
      );
    },
  );

  it("its first step is the learning rate, whatever the gradient's size", () => {
    for (const size of [1e-4, 1, 1e4]) {
      const parameter = new Parameter([0]);
      new Adam([parameter], { learningRate: 0.01 }).step([tensor([size])]);
      expect(values(parameter)[0]).toBeCloseTo(-0.01, 5);
    }
  });

  it("corrects its bias in float32 without losing digits", () => {
    setDefaultDType("float32");
    const parameter = new Parameter(tensor([0], { dtype: "float32" }));
    const optimizer = new Adam([parameter], { learningRate: 1, betas: [0.9, 0.9999] });
    optimizer.step([tensor([1], { dtype: "float32" })]);
    // 1 − 0.9999 in float32 has four correct digits only; −expm1(log 0.9999) has all of them.
    expect(Math.abs((values(parameter)[0] ?? 0) + 1)).toBeLessThan(1e-6);
  });
});

describe("RMSprop", () => {
  it("centred on a constant gradient, where rounding could go below zero, stays finite", () => {
    setDefaultDType("float32");
    const parameter = new Parameter(tensor([0, 0], { dtype: "float32" }));
    const optimizer = new RMSprop([parameter], { alpha: 0.2, centered: true, epsilon: 1 });
    for (let i = 0; i < 50; i++) optimizer.step([tensor([0.1, 0.3], { dtype: "float32" })]);
    expect(values(parameter).every(Number.isFinite)).toBe(true);
  });
});

describe("every optimiser", () => {
  interface Kind {
    readonly name: string;
    readonly make: (all: readonly Parameter[], options?: Partial<OptimizerOptions>) => Optimizer;
    /** Where PyTorch has one. */
    readonly defaultRate?: number;
  }
  const kinds: Kind[] = [
    {
      name: "SGD",
      make: (all, { learningRate = 0.05, ...options } = {}) =>
        new SGD(all, { learningRate, momentum: 0.9, ...options }),
    },
    { name: "Adam", make: (all, options) => new Adam(all, { amsgrad: true, ...options }), defaultRate: 1e-3 },
    { name: "AdamW", make: (all, options) => new AdamW(all, options), defaultRate: 1e-3 },
    {
      name: "RMSprop",
      make: (all, options) => new RMSprop(all, { momentum: 0.5, centered: true, ...options }),
      defaultRate: 1e-2,
    },
    { name: "Adagrad", make: (all, options) => new Adagrad(all, options), defaultRate: 1e-2 },
  ];

  describe.each(kinds)("$name", ({ name, make, defaultRate = 0.05 }) => {
    it.each(["float32", "float64"] as const)("resumes exactly in %s", (dtype) => {
      setDefaultDType(dtype);
      const options = (all: readonly Parameter[]): Partial<OptimizerOptions> => ({
        learningRate: warmup(cosine(0.1, { steps: 8 }), { steps: 3 }),
        groups: [{ parameters: all.slice(1), learningRate: 0.07 }],
      });
      const [whole, first] = [parameters(), parameters()];
      const optimizer = make(whole, options(whole));
      for (let i = 0; i < 10; i++) optimizer.step(gradients(whole));

      const before = make(first, options(first));
      for (let i = 0; i < 4; i++) before.step(gradients(first));
      const resumed = first.map((parameter) => new Parameter(parameter.value, { name: parameter.name }));
      const after = make(resumed, options(resumed));
      after.loadStateDict(before.stateDict());
      expect(after.steps.itemSync()).toBe(4);
      for (let i = 4; i < 10; i++) after.step(gradients(resumed));
      expect(resumed.map(values)).toEqual(whole.map(values));

      const forgetful = first.map((parameter) => new Parameter(parameter.value));
      const restarted = make(forgetful, options(forgetful));
      for (let i = 4; i < 10; i++) restarted.step(gradients(forgetful));
      expect(forgetful.map(values), "the state matters").not.toEqual(whole.map(values));
    });

    it("saves its learning rate, and takes a new one between steps", () => {
      const [all, other] = [parameters(), parameters()];
      const [optimizer, copy] = [make(all), make(other)];
      expect(optimizer.learningRate.itemSync()).toBe(defaultRate);
      optimizer.learningRate = 0.25;
      expect(optimizer.learningRate.itemSync()).toBe(0.25);
      copy.loadStateDict(optimizer.stateDict());
      expect(copy.learningRate.itemSync()).toBe(0.25);
      optimizer.learningRate = tensor(0);
      optimizer.step(gradients(all));
      expect(all.flatMap(values)).toEqual(start.flat());
    });

    it("has a learning rate that arithmetic takes as its number", () => {
      const optimizer = make(parameters());
      optimizer.learningRate = 0.1;
      optimizer.learningRate /= 4;
      expect(optimizer.learningRate.itemSync()).toBe(0.1 / 4);
      expect(optimizer.learningRate * 2).toBe(0.05);
      expect(`${optimizer.learningRate}`).toBe("0.025");
      const { learningRate } = optimizer;
      const texts = [learningRate.toFixed(2), learningRate.toExponential(), learningRate.toPrecision(1)];
      expect([...texts, learningRate.toLocaleString("de")]).toEqual(["0.03", "2.5e-2", "0.03", "0,025"]);
      expect([learningRate.valueOf(), Number(learningRate)]).toEqual([0.025, 0.025]);
      expect(learningRate.toString()).toBe(`Tensor(${learningRate.dtype} []) 0.025`);
      optimizer.loadStateDict({ ...optimizer.stateDict(), learningRate: tensor(8, { dtype: "float64" }) });
      optimizer.learningRate /= 4;
      expect(optimizer.learningRate.itemSync()).toBe(2);
      const traced = compile(() => {
        optimizer.learningRate /= 2;
        return tensor(0);
      });
      expect(traced).toThrow(TraceError);
    });

    it("a compiled step follows the learning rate without being compiled again", () => {
      const [eager, compiled] = [parameters(), parameters()];
      const [plain, traced] = [make(eager), make(compiled)];
      let recordings = 0;
      const trainStep = compile(() => {
        recordings++;
        traced.step(gradients(compiled));
        return traced.learningRate;
      });
      for (const rate of [0.1, 0.01, 0.05]) {
        plain.learningRate = rate;
        traced.learningRate = rate;
        plain.step(gradients(eager));
        expect(trainStep().itemSync()).toBe(rate);
      }
      expectSame([compiled.flatMap(values)], [eager.flatMap(values)]);
      expect(recordings).toBe(1);
    });

    it("gives a group its own learning rate and weight decay", () => {
      const all = parameters();
      const [first, second] = [defined(all[0], "first"), defined(all[1], "second")];
      const optimizer = make(all, {
        weightDecay: 0.1,
        groups: [{ parameters: [second], learningRate: 0, weightDecay: 0 }],
      });
      expect(optimizer.groups.map((group) => group.parameters)).toEqual([[first], [second]]);
      optimizer.step(gradients(all));
      expect(values(second)).toEqual(start[1]);
      expect(values(first)).not.toEqual(start[0]);
      optimizer.learningRate = 0;
      defined(optimizer.groups[1], "group").learningRate = 0.1;
      const before = values(first);
      optimizer.step(gradients(all));
      expect(values(first)).toEqual(before);
      expect(values(second)).not.toEqual(start[1]);

      // Alone with that decay, the same step.
      const alone = [new Parameter([2])];
      make(alone, { learningRate: 0.03, weightDecay: 0.2 }).step([tensor([0.5])]);
      const pair = parameters();
      const inGroup = { parameters: pair.slice(1), learningRate: 0.03, weightDecay: 0.2 };
      make(pair, { groups: [inGroup] }).step([tensor([1, 1]), tensor([0.5])]);
      expect(pair.slice(1).flatMap(values)).toEqual(alone.flatMap(values));
    });

    it("follows a schedule by its own count", () => {
      const all = parameters();
      const optimizer = make(all, { learningRate: step(0.5, { every: 2, factor: 0.5 }) });
      const rates = Array.from({ length: 5 }, () => {
        optimizer.step(gradients(all));
        return optimizer.learningRate.itemSync();
      });
      expect(rates).toEqual([0.5, 0.5, 0.25, 0.25, 0.125]);
      expect(() => {
        optimizer.learningRate = 0.1;
      }).toThrow(
        new TapegradError(name, "the learning rate follows a schedule", "give the optimiser a number to begin with"),
      );
    });

    it("refuses gradients and states that do not fit, and changes nothing", () => {
      const all = parameters();
      const optimizer = make(all);
      const [g0 = tensor(0), g1 = tensor(0)] = gradients(all);
      expect(() => optimizer.step([g0])).toThrow(
        new ShapeError(name, "1 gradients for 2 parameters", "pass tape.gradient(loss, parameters)"),
      );
      expect(() => optimizer.step([g0, g0])).toThrow(
        new ShapeError(
          name,
          "the gradient of p1 has another shape: [2] for [1]",
          "pass gradients in the order of optimizer.parameters",
        ),
      );
      const state = optimizer.stateDict();
      const [slot = ""] = Object.keys(state).filter((key) => key.endsWith(".1"));
      const remedy = "load a state of the same optimiser and model";
      const { [slot]: _, ...short } = state;
      const saved = { ...state, learningRate: tensor(0.5) };
      expect(() => optimizer.loadStateDict(short)).toThrow(
        new TapegradError("loadStateDict", `names differ: missing ${slot}; unknown none`, remedy),
      );
      expect(() => optimizer.loadStateDict({ ...saved, [slot]: g0 })).toThrow(
        new ShapeError("loadStateDict", `${slot} has another shape: [2] into [1]`, remedy),
      );
      expect(() => optimizer.loadStateDict({ ...saved, [slot]: tensor([0], { dtype: "float32" }) })).toThrow(
        new DTypeError("loadStateDict", `${slot} has another dtype: float32 into float64`, "cast the values first"),
      );
      expect(() => optimizer.loadStateDict({ ...saved, more: g1 })).toThrow(
        new TapegradError("loadStateDict", "names differ: missing none; unknown more", remedy),
      );
      expect(optimizer.stateDict()).toEqual(state);
      expect(all.flatMap(values)).toEqual(start.flat());
    });

    it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])("%d is no learning rate", (rate) => {
      const fault = new TapegradError(name, `not a learning rate: ${rate}`, "use a number from 0");
      const optimizer = make(parameters());
      expect(() => {
        optimizer.learningRate = rate;
      }).toThrow(fault);
      expect(() => make(parameters(), { learningRate: rate })).toThrow(fault);
    });

    it("refuses Parameters that it cannot train", () => {
      const [p0 = new Parameter([0]), p1 = new Parameter([0])] = parameters();
      const refused = (all: Parameter[], problem: string, remedy: string, options = {}) =>
        expect(() => make(all, options)).toThrow(new TapegradError(name, problem, remedy));
      const remedy = "pass model.parameters() of a model that has some; Parameters in #private fields are not found";
      refused([], "there are no parameters", remedy);
      refused([p0, p1, p0], "p0 is given twice", "pass each parameter once");
      const group = { parameters: [p1] };
      refused([p0], "p1 is in a group only", "pass it among the parameters as well", { groups: [group] });
      refused([p0, p1], "p1 is in two groups", "pass each parameter once", { groups: [group, group] });
      refused([p0], "not a weight decay: -1", "use a number from 0", { weightDecay: -1 });
      const frozen = new Parameter([1], { name: "frozen", trainable: false });
      refused([frozen], "frozen is not trainable", "leave it out");
      const count = new Parameter(tensor([1], { dtype: "int32" }), { name: "count" });
      expect(() => make([count])).toThrow(
        new DTypeError(name, "count is int32, which has no gradient", "use a float dtype"),
      );
    });

    it("trains Parameters of both dtypes, each in its own", () => {
      const narrow = new Parameter(tensor([1], { dtype: "float32" }));
      const wide = new Parameter(tensor([1], { dtype: "float64" }));
      make([narrow, wide]).step([tensor([1], { dtype: "float32" }), tensor([1], { dtype: "float64" })]);
      expect([narrow.dtype, wide.dtype]).toEqual(["float32", "float64"]);
      expect(Math.abs((values(narrow)[0] ?? 0) - (values(wide)[0] ?? 1))).toBeLessThan(1e-6);
    });
  });
});

it("SGD alone has no learning rate to begin with, and says so", () => {
  const fault = new TapegradError("SGD", "there is no learning rate", "pass { learningRate } as the second argument");
  // @ts-expect-error what a caller without types may forget
  expect(() => new SGD(parameters(), {})).toThrow(fault);
  // @ts-expect-error
  expect(() => new SGD(parameters())).toThrow(fault);
});

it.each<[() => Optimizer, string, string]>([
  [
    () => new SGD(parameters(), { learningRate: 1, nesterov: true }),
    "nesterov does not go with momentum 0 and dampening 0",
    "use a momentum above 0 and no dampening",
  ],
  [() => new SGD(parameters(), { learningRate: 1, momentum: -1 }), "not a momentum: -1", "use a number from 0"],
  [() => new Adam(parameters(), { betas: [1, 0.9] }), "not a decay rate: 1", "use 0 ≤ x < 1"],
  [() => new AdamW(parameters(), { betas: [0.9, -0.1] }), "not a decay rate: -0.1", "use 0 ≤ x < 1"],
  [() => new Adam(parameters(), { epsilon: Number.NaN }), "not an epsilon: NaN", "use a number from 0"],
  [() => new RMSprop(parameters(), { alpha: 1 }), "not a decay rate: 1", "use 0 ≤ x < 1"],
  [
    () => new Adagrad(parameters(), { initialAccumulator: -1 }),
    "not an initial accumulator: -1",
    "use a number from 0",
  ],
])("settings out of range are refused (%#)", (make, problem, remedy) => {
  expect(make).toThrow(`: ${problem}; ${remedy}`);
});

it("withoutDecay picks what has fewer than two axes, or what it is told to", () => {
  const [weight, bias] = [new Parameter([[1, 2]], { name: "weight" }), new Parameter([1], { name: "bias" })];
  expect(withoutDecay([weight, bias])).toEqual({ parameters: [bias], weightDecay: 0 });
  expect(withoutDecay([weight, bias], ({ name }) => name === "weight").parameters).toEqual([weight]);
  const optimizer = new AdamW([weight, bias], {
    learningRate: 0.5,
    weightDecay: 0.1,
    groups: [withoutDecay([weight, bias])],
  });
  optimizer.step([tensor([[0, 0]]), tensor([0])]);
  expect(values(weight)).toEqual([0.95, 1.9]);
  expect(values(bias)).toEqual([1]);
});

it("the loss of this file has the gradient that the plain loop uses", () => {
  const all = parameters();
  const expected = start.flatMap((part, i) => part.map((theta, j) => slope(theta, aims[i]?.[j] ?? 0)));
  expect(gradients(all).flatMap(values)).toEqual(expected);
});
