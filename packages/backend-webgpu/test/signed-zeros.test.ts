/** The sign of zero, infinities and NaN, eager and compiled, are those of the reference backend. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { exactSteps, runChain } from "@tapegrad/conformance/signed-zeros";
import { type Tensor, withBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

const all = [
  [-0, 0, Number.NaN],
  [-0, -0, -0],
  [0, -1, Infinity],
];

describe.skipIf(withoutAdapter)("by each op alone, and before a division that tells zeros apart", () => {
  // float64 is not a dtype of the device.
  const names = Object.keys(exactSteps).filter((name) => name !== "float64 and back");

  test.each(names)("%s", async (name) => {
    const chain = (x: Tensor) => runChain({ values: [], steps: [name, "1 /"] }, x);
    const make = (values: readonly number[]) => fromHost(Float32Array.from(values), [3, 1], "float32");
    const compiled = compile(chain);
    for (const values of all) {
      const expected = withBackend(cpuBackend, () => chain(make(values)).map((y) => [...y.dataSync()]));
      const run = (fn: (x: Tensor) => readonly Tensor[]) =>
        Promise.all(withBackend(backendUnderTest(), () => fn(make(values))).map(async (y) => [...(await y.data())]));
      expect(await run(chain), `eager, ${values}`).toEqual(expected);
      expect(await run(compiled), `compiled, ${values}`).toEqual(expected);
    }
  });
});
