/**
 * No pass takes values out of a checkpoint: of random steps, the arena of a loop's gradient grows by what a step hands on and
 * reads, whatever the step computes.
 */

import { checkpoint, grad, type ScanOptions, scan } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { fit, functionOf, type Recipe, recipes } from "@tapegrad/conformance/random-programs";
import { bytesPerElement, setBackend, sizeOf, type Tensor, trace } from "@tapegrad/core";
import { add, sum, tanh } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { plan, planMemory } from "../src/index.ts";
import { target } from "./target.ts";

setBackend(cpuBackend);

const shape = [2, 3];
const valueBytes = 4 * sizeOf(shape);

type Step = (state: Tensor, x: Tensor, w: Tensor) => Tensor;

/** A step that computes what the recipe says of state, element and weight. */
function stepOf(recipe: Recipe): Step {
  const f = functionOf({ ...recipe, gradient: false });
  return (state, x, w) => {
    const sources = [state, x, w];
    const results = f(recipe.shapes.map((wanted, i) => fit(sources[i % 3] ?? state, wanted)));
    return tanh(results.reduce((total, result) => add(total, fit(result, shape)), add(state, x)));
  };
}

/** Bytes beside the inputs that the gradient of a loop takes for each of its steps, from `few` steps to `many`. */
function perStep(step: Step, few: number, many: number, options: ScanOptions = {}): number {
  const arena = (steps: number) => {
    const dtype = "float32" as const;
    const { program } = trace(
      (inputs) =>
        grad(([start, weight, xs]: readonly Tensor[]) => {
          if (start === undefined || weight === undefined || xs === undefined) throw new Error("three inputs");
          const body = (state: Tensor, x: Tensor) => [step(state, x, weight), null] as const;
          return sum(scan(body, start, xs, options)[0]);
        })(inputs).slice(0, 2),
      [
        { shape, dtype },
        { shape, dtype },
        { shape: [steps, ...shape], dtype },
      ],
    );
    const { steps: planned, inputs, outputs } = plan(program, target);
    const { end } = planMemory(planned, {
      inputs,
      outputs,
      bytesOf: (storage) => bytesPerElement(storage.dtype) * storage.elements,
    });
    return end - steps * valueBytes;
  };
  return (arena(many) - arena(few)) / (many - few);
}

const random = recipes({ gradient: true, depth: 1, lengths: [1, 2, 3] });

describe("the arena grows per step by", () => {
  it("the carry, if each step is a checkpoint, and by more if none is", () => {
    let most = 0;
    fc.assert(
      fc.property(random, (recipe) => {
        const step = stepOf(recipe);
        most = Math.max(most, perStep(step, 40, 60));
        expect(perStep(checkpoint(step), 40, 60)).toBeLessThanOrEqual(valueBytes);
      }),
      { numRuns: 25 },
    );
    expect(most).toBeGreaterThan(2 * valueBytes);
  });

  it("a carry for each block, if blocks are checkpoints", () => {
    fc.assert(
      fc.property(random, (recipe) => {
        const step = stepOf(recipe);
        expect(perStep(step, 80, 160, { checkpointEvery: 8 })).toBeLessThanOrEqual(valueBytes / 8);
        expect(perStep(step, 128, 256, { checkpointEvery: [32, 4] })).toBeLessThanOrEqual(valueBytes / 32);
      }),
      { numRuns: 10 },
    );
  });
});
