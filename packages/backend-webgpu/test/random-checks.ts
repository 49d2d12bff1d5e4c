/** Random Programs, compiled, against the reference backend: in Node and in the browser. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { functionOf, inputsOf, type Recipe, recipes } from "@tapegrad/conformance/random-programs";
import { type Backend, type Tensor, withBackend } from "@tapegrad/core";
import fc from "fast-check";
import { difference, read } from "./results.ts";

export const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 5, 7, 13] },
  "programs of larger tensors": { gradient: false, depth: 0, lengths: [4, 8, 16, 20, 32] },
  loops: { gradient: false, depth: 1, lengths: [0, 1, 2, 3, 5] },
  "loops in loops": { gradient: false, depth: 2, lengths: [1, 2, 3, 4] },
  gradients: { gradient: true, depth: 1, lengths: [1, 2, 3] },
};

/** Some thousand roundings of the largest result: far below what one wrong element would make. */
const roundings = 4000;

function resultsOf(recipe: Recipe, backend: Backend, compiled: boolean) {
  const fn = (...inputs: Tensor[]) => functionOf(recipe)(inputs);
  const run = compiled ? compile(fn) : fn;
  return read(withBackend(backend, () => run(...inputsOf(recipe, "float32"))));
}

/** What is wrong with a recipe's Program as `backend` compiles it; empty if nothing is. */
export async function problemOf(recipe: Recipe, backend: Backend): Promise<string> {
  return difference(await resultsOf(recipe, backend, true), await resultsOf(recipe, cpuBackend, false), roundings);
}

/** Of `count` Programs of each kind, those that are wrong. */
export async function brokenPrograms(backend: Backend, count: number): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, kind] of Object.entries(kinds)) {
    for (const recipe of fc.sample(recipes(kind), count)) {
      const problem = await problemOf(recipe, backend).catch(String);
      if (problem !== "") broken.push(`${name}: ${problem} in ${JSON.stringify(recipe)}`);
    }
  }
  return broken;
}
