/** Optimisers against the textbook's loop over plain numbers, and resuming from a saved state bit for bit. */
import { grad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, ShapeError, setBackend, setDefaultDType, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { add, mul, square, sub, sum } from "@tapegrad/ops";
import { Adam, type AdamOptions, type Optimizer, SGD, type SGDOptions } from "@tapegrad/optim";
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

describe("every optimiser", () => {
  const kinds: Record<string, (all: readonly Parameter[]) => Optimizer> = {
    SGD: (all) => new SGD(all, { learningRate: 0.05, momentum: 0.9 }),
    Adam: (all) => new Adam(all, { learningRate: 0.1 }),
  };

  describe.each(Object.entries(kinds))("%s", (name, make) => {
    it.each(["float32", "float64"] as const)("resumes exactly in %s", (dtype) => {
      setDefaultDType(dtype);
      const [whole, first] = [parameters(), parameters()];
      const optimizer = make(whole);
      for (let i = 0; i < 10; i++) optimizer.step(gradients(whole));

      const before = make(first);
      for (let i = 0; i < 4; i++) before.step(gradients(first));
      const resumed = first.map((parameter) => new Parameter(parameter.value, { name: parameter.name }));
      const after = make(resumed);
      after.loadStateDict(before.stateDict());
      for (let i = 4; i < 10; i++) after.step(gradients(resumed));
      expect(resumed.map(values)).toEqual(whole.map(values));

      const forgetful = first.map((parameter) => new Parameter(parameter.value));
      const restarted = make(forgetful);
      for (let i = 4; i < 10; i++) restarted.step(gradients(forgetful));
      expect(forgetful.map(values), "the state matters").not.toEqual(whole.map(values));
    });

    it("saves its learning rate, and takes a new one between steps", () => {
      const [all, other] = [parameters(), parameters()];
      const [optimizer, copy] = [make(all), make(other)];
      optimizer.learningRate = 0.25;
      expect(optimizer.learningRate.itemSync()).toBe(0.25);
      copy.loadStateDict(optimizer.stateDict());
      expect(copy.learningRate.itemSync()).toBe(0.25);
      optimizer.learningRate = 0;
      optimizer.step(gradients(all));
      expect(all.flatMap(values)).toEqual(start.flat());
    });

    it("refuses gradients and states that do not fit, and changes nothing", () => {
      const all = parameters();
      const optimizer = make(all);
      const [g0 = tensor(0), g1 = tensor(0)] = gradients(all);
      expect(() => optimizer.step([g0])).toThrow(
        new ShapeError(name, "1 gradients for 2 parameters", "pass tape.gradient(loss, parameters)"),
      );
      expect(() => optimizer.step([g0, g0])).toThrow(
        new ShapeError(name, "the gradient of p1 has another shape: [2] for [1]"),
      );
      const state = optimizer.stateDict();
      const [slot = ""] = Object.keys(state).filter((key) => key.endsWith(".1"));
      const fault = (key: string) =>
        new TapegradError(
          "loadStateDict",
          `the state does not fit this ${name}: ${key}`,
          "load a state of the same optimiser and model",
        );
      const { [slot]: _, ...short } = state;
      const saved = { ...state, learningRate: tensor(0.5) };
      expect(() => optimizer.loadStateDict(short)).toThrow(fault(slot));
      expect(() => optimizer.loadStateDict({ ...saved, [slot]: g0 })).toThrow(fault(slot));
      expect(() => optimizer.loadStateDict({ ...saved, [slot]: tensor([0], { dtype: "float32" }) })).toThrow(
        fault(slot),
      );
      expect(() => optimizer.loadStateDict({ ...saved, more: g1 })).toThrow(fault("more"));
      expect(optimizer.stateDict()).toEqual(state);
      expect(all.flatMap(values)).toEqual(start.flat());
    });

    it.each([-1, Number.NaN])("%d is no learning rate", (rate) => {
      const fault = new TapegradError(name, `not a learning rate: ${rate}`, "use a number from 0");
      const optimizer = make(parameters());
      expect(() => {
        optimizer.learningRate = rate;
      }).toThrow(fault);
      const Kind = name === "SGD" ? SGD : Adam;
      expect(() => new Kind(parameters(), { learningRate: rate })).toThrow(fault);
    });
  });
});

it("the loss of this file has the gradient that the plain loop uses", () => {
  const all = parameters();
  const expected = start.flatMap((part, i) => part.map((theta, j) => slope(theta, aims[i]?.[j] ?? 0)));
  expect(gradients(all).flatMap(values)).toEqual(expected);
});
