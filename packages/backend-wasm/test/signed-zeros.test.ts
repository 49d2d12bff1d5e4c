/** The sign of zero, infinities and NaN: compiled and eager results are those of the reference backend, bit for bit. */
import { compile } from "@tapegrad/autodiff";
import { type ExactChain, exactChains, runChain } from "@tapegrad/conformance/signed-zeros";
import type { Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuBackend, on, read, variants } from "./comparison.ts";

describe.each(variants)("%s", (_, backend) => {
  it("are those of the reference", () => {
    const make = ({ values }: ExactChain) => fromHost(Float32Array.from(values), [3, 1], "float32");
    const property = (chain: ExactChain) => {
      const expected = on(cpuBackend, () => read(runChain(chain, make(chain))));
      expect(
        on(backend, () => read(runChain(chain, make(chain)))),
        JSON.stringify(chain),
      ).toEqual(expected);
      const last = compile((x: Tensor) => runChain(chain, x).at(-1) ?? x);
      const compiled = on(backend, () => read([last(make(chain))]));
      expect(compiled, JSON.stringify(chain)).toEqual(expected.slice(-1));
    };
    fc.assert(fc.property(exactChains, property), { numRuns: 120 });
  });
});
