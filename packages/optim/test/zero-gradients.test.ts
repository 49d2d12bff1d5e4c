/** A step of every optimiser has a derivative at gradients of zero: meta-gradients pass through parameters that rest. */
import { grad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, setDefaultDType, type Tensor, tensor } from "@tapegrad/core";
import { mul, sum } from "@tapegrad/ops";
import { Adagrad, Adam, AdamW, type Optimizer, RMSprop, SGD } from "@tapegrad/optim";
import { beforeAll, expect, it } from "vitest";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

/** At rest, a step divides by ε alone. */
it.each<[string, (all: readonly Parameter[]) => Optimizer, number]>([
  ["SGD", (all) => new SGD(all, { learningRate: 0.1, momentum: 0.9 }), 0.1],
  ["Adam", (all) => new Adam(all, { learningRate: 0.1, epsilon: 1e-3 }), 0.1 / 1e-3],
  ["Adam with amsgrad", (all) => new Adam(all, { learningRate: 0.1, epsilon: 1e-3, amsgrad: true }), 0.1 / 1e-3],
  ["AdamW", (all) => new AdamW(all, { learningRate: 0.1, epsilon: 1e-3 }), 0.1 / 1e-3],
  ["RMSprop", (all) => new RMSprop(all, { learningRate: 0.1, epsilon: 1e-3 }), 0.1 / 1e-3],
  ["RMSprop, centred", (all) => new RMSprop(all, { learningRate: 0.1, epsilon: 1e-3, centered: true }), 0.1 / 1e-3],
  ["Adagrad", (all) => new Adagrad(all, { learningRate: 0.1, epsilon: 1e-3 }), 0.1 / 1e-3],
])("%s", (_, make, rate) => {
  const moved = (gradient: Tensor) => {
    const parameter = new Parameter([1, 2]);
    make([parameter]).step([gradient]);
    return sum(mul(parameter, tensor([1, 3])));
  };
  const [first, second] = grad(moved)(tensor([0, 0])).dataSync();
  expect(first).toBeCloseTo(-rate, 10);
  expect(second).toBeCloseTo(-3 * rate, 10);
});
