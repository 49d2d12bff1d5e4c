/** What JavaScript lets through and TypeScript would not: options misspelt, or given by position. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend } from "@tapegrad/core";
import { zeros } from "@tapegrad/ops";
import { expect, it } from "vitest";
import {
  Adagrad,
  Adam,
  AdamW,
  clipByGlobalNorm,
  clipByValue,
  cosine,
  ExponentialMovingAverage,
  linear,
  Optimizer,
  RMSprop,
  SGD,
  step,
  warmup,
  withoutDecay,
} from "../src/index.ts";

setBackend(cpuBackend);

const parameters = [new Parameter(zeros([2, 3]), { name: "weight" }), new Parameter(zeros([2]), { name: "bias" })];

class Standstill extends Optimizer {
  protected update(): void {}
}

/** Everything that takes options, by the name that errors have, called with any. */
const callers: Readonly<Record<string, (options: never) => unknown>> = {
  SGD: (options) => new SGD(parameters, options),
  Adam: (options) => new Adam(parameters, options),
  AdamW: (options) => new AdamW(parameters, options),
  RMSprop: (options) => new RMSprop(parameters, options),
  Adagrad: (options) => new Adagrad(parameters, options),
  Standstill: (options) => new Standstill(parameters, options),
  ExponentialMovingAverage: (options) => new ExponentialMovingAverage(parameters, options),
  linear: (options) => linear(1, 0, options),
  cosine: (options) => cosine(1, options),
  step: (options) => step(1, options),
  warmup: (options) => warmup(1, options),
};

it.each(Object.entries(callers))("options of %s", (name, call) => {
  expect(() => call(untyped({ unheardOf: 1 }))).toThrow(new RegExp(`^${name}: unknown option unheardOf; use \\w+`));
  for (const other of [0.01, "fast", [0.01], new Map()])
    expect(() => call(untyped(other))).toThrow(
      new RegExp(`^${name}: the options are not an object: .*; name them, as in { \\w+: `),
    );
});

it("names the options that there are, and the class that was called", () => {
  expect(() => new Adam(parameters, untyped(0.01))).toThrow(
    "Adam: the options are not an object: 0.01; name them, as in { learningRate: 0.01 }",
  );
  expect(() => new AdamW(parameters, untyped({ lr: 0.01 }))).toThrow(
    "AdamW: unknown option lr; use learningRate, weightDecay, groups, betas, epsilon, amsgrad",
  );
  expect(() => new SGD(parameters, untyped(undefined))).toThrow("SGD: there is no learning rate");
});

it("groups are a list of options", () => {
  const group = withoutDecay(parameters);
  expect(() => new Adam(parameters, { groups: untyped(group) })).toThrow(
    "Adam: the groups are not a list: Object; write { groups: [{ parameters, weightDecay: 0 }] }",
  );
  expect(() => new Adam(parameters, { groups: [untyped({ ...group, lr: 1 })] })).toThrow(
    "Adam: unknown option lr; use parameters, learningRate, weightDecay",
  );
  expect(() => new Adam(parameters, { groups: [untyped(parameters)] })).toThrow("Adam: the options are not an object");
});

it.each<[name: string, call: () => unknown, message: string]>([
  [
    "clipByGlobalNorm of Parameters",
    () => clipByGlobalNorm([zeros([2]), parameters[0]], 1),
    "clipByGlobalNorm: element 1",
  ],
  ["clipByValue of a tree of Parameters", () => clipByValue({ layer: parameters }, 1), "clipByValue: element 0"],
])("%s", (_, call, start) => {
  expect(call).toThrow(`${start} is a Parameter, not its gradient; pass tape.gradient(loss, parameters)`);
});

it("a step takes a list of gradients, not Parameters, and not all of what clipByGlobalNorm gives", () => {
  const optimizer = new SGD(parameters, { learningRate: 0.1 });
  expect(() => optimizer.step(untyped(parameters))).toThrow(
    "SGD: the gradient of weight is not a tensor: Parameter; pass tape.gradient(loss, parameters)",
  );
  expect(() => optimizer.step(untyped(clipByGlobalNorm([zeros([2, 3]), zeros([2])], 1)))).toThrow(
    "SGD: the gradients are not a list: Object; destructure: const { gradients } = clipByGlobalNorm(…)",
  );
  expect(() => optimizer.step(untyped({ weight: zeros([2, 3]) }))).toThrow(
    "SGD: the gradients are not a list: Object; write optimizer.step(tape.gradient(loss, optimizer.parameters))",
  );
});

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}
