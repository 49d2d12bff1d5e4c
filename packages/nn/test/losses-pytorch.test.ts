/**
 * Losses against PyTorch's, in double precision: values and gradients, eagerly and compiled. The fixture is committed;
 * tooling/fixtures/README.md tells how it is made.
 */

import { readFileSync } from "node:fs";
import { compile, vjp } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { setBackend, setDefaultDType, Tensor, tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { binaryCrossEntropyWithLogits, crossEntropy, huberLoss, mseLoss } from "@tapegrad/nn";
import { beforeAll, describe, expect, it } from "vitest";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const losses = { crossEntropy, mseLoss, huberLoss, binaryCrossEntropyWithLogits };

interface Fixture {
  readonly loss: keyof typeof losses;
  readonly options: Readonly<Record<string, unknown>>;
  readonly prediction: Values;
  readonly target: Values;
  readonly result: Values;
  readonly cotangent: Values;
  /** Of the prediction and, where it is a float, the target. */
  readonly gradients: readonly Values[];
}

const fixtureFile = new URL("fixtures/losses.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const { pytorch, ...fixtures } = JSON.parse(readFileSync(fixtureFile, "utf8")) as { pytorch: string } & Record<
  string,
  Fixture
>;

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

function tensorOf({ shape, values }: Values): Tensor {
  return tensor(Float64Array.from(values), { shape });
}

describe(`as PyTorch ${pytorch}`, () => {
  it.each(Object.entries(fixtures))("%s", (_name, { loss, options, ...fixture }) => {
    const settings = Object.fromEntries(
      Object.entries(options).map(([name, value]) => [name, Array.isArray(value) ? tensor(value) : value]),
    );
    const labels = tensor(Int32Array.from(fixture.target.values), { shape: fixture.target.shape });
    const sources = [tensorOf(fixture.prediction), ...(loss === "crossEntropy" ? [] : [tensorOf(fixture.target)])];
    const evaluate = (prediction: Tensor, target: Tensor = labels) => losses[loss](prediction, target, settings);
    const run = (inputs: readonly Tensor[], cotangent: Tensor) => {
      const { value, pullback } = vjp(evaluate, defined(inputs[0], "prediction"), ...inputs.slice(1));
      return [value, ...pullback(cotangent).filter((gradient) => gradient instanceof Tensor)];
    };
    for (const f of [run, compile(run)]) {
      const results = f(sources, tensorOf(fixture.cotangent));
      const expected = [fixture.result, ...fixture.gradients];
      expect(results.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
      for (const [i, result] of results.entries()) expectClose(result, defined(expected[i], "values").values, 1e-14);
    }
  });
});
