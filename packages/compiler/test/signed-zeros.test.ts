/** The sign of zero, infinities and NaN are kept by every pass. */
import { exactChains, exactSteps, runChain } from "@tapegrad/conformance/signed-zeros";
import { interpret, type Tensor, trace } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import fc from "fast-check";
import { expect, it } from "vitest";
import { optimize } from "../src/index.ts";
import { inDoublePrecision } from "./equality.ts";

inDoublePrecision();

const read = (tensors: readonly Tensor[]) => tensors.map((tensor) => Array.from(tensor.dataSync()));

function check(chain: { readonly values: readonly number[]; readonly steps: readonly string[] }): void {
  const x = fromHost(Float64Array.from(chain.values), [3, 1], "float64");
  const last = (values: readonly Tensor[]) => values.slice(-1);
  const { program } = trace(([input]) => last(runChain(chain, input ?? x)), [x]);
  expect(read(interpret(optimize(program), [x])), JSON.stringify(chain)).toEqual(read(interpret(program, [x])));
}

it("by each op alone, and before a division that tells zeros apart", () => {
  const all = [
    [-0, 0, Number.NaN],
    [-0, -0, -0],
  ];
  for (const name of Object.keys(exactSteps)) for (const values of all) check({ values, steps: [name, "1 /"] });
});

it("by chains of ops", () => {
  fc.assert(fc.property(exactChains, check), { numRuns: 400 });
});
