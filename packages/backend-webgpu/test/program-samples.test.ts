/** Every sample of every op as a compiled Program, against the op applied at once on the reference backend, and none refused. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type OpDefinition, print, withBackend } from "@tapegrad/core";
import { primitives } from "@tapegrad/ops";
import { compositeSamples, type Sample, samples } from "@tapegrad/ops/samples";
import { beforeAll, describe, expect, test } from "vitest";
import { withoutAdapter } from "./adapter.ts";
import { difference, read, sampleFunction, sampleInputs } from "./results.ts";
import { asVariant, type Observed, observed } from "./variants.ts";

const tolerances = new Map(Object.values<OpDefinition>(primitives).map(({ name, tolerance }) => [name, tolerance]));

const isSupported = ({ inputs, makes = [] }: Sample) =>
  [...makes, ...inputs.map(({ dtype }) => dtype)].every((dtype) => dtype !== "float64");

const all = Object.entries<readonly Sample[]>({ ...samples, ...compositeSamples }).map(
  ([name, list]) => [name, list.filter(isSupported)] as const,
);

describe.skipIf(withoutAdapter).each(["software with subgroups", "hardware"] as const)("on %s", (variant) => {
  let own: Observed;
  beforeAll(async () => {
    own = await observed((device) => asVariant(device, variant));
  });

  test.each(all)("%s", async (name, list) => {
    const { backend, compilations } = own;
    const before = compilations.compiled;
    for (const sample of list) {
      const run = sampleFunction(sample);
      const actual = await read(withBackend(backend, () => compile(run)(...sampleInputs(sample, "float32"))));
      const expected = await read(withBackend(cpuBackend, () => run(...sampleInputs(sample, "float32"))));
      // Both sides may be so far from the truth; composites add a few roundings of their parts.
      const ulps = 2 * (tolerances.get(name) ?? 16) + 4;
      expect(difference(actual, expected, ulps), `${name} · ${sample.name}`).toBe("");
    }
    expect(compilations.refused.map(print)).toEqual([]);
    expect(compilations.compiled - before).toBe(list.length);
  });
});
