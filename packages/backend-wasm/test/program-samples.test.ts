/** Every sample of every op as a compiled Program, against the op applied at once on the reference backend, and all as code. */
import { compile } from "@tapegrad/autodiff";
import { plan } from "@tapegrad/compiler";
import { type OpDefinition, trace } from "@tapegrad/core";
import { primitives } from "@tapegrad/ops";
import { compositeSamples, type Sample, samples, sampleValues } from "@tapegrad/ops/samples";
import { describe, expect, it } from "vitest";
import { generate } from "../src/program/generate.ts";
import { target } from "../src/program/target.ts";
import { cpuBackend, expectWithinUlps, floats, on, read, variants } from "./comparison.ts";
import { functionOf, sampleInputs } from "./samples.ts";

const tolerances = new Map(Object.values<OpDefinition>(primitives).map(({ name, tolerance }) => [name, tolerance]));

const all = Object.entries<readonly Sample[]>({ ...samples, ...compositeSamples }).flatMap(([name, list]) =>
  list.flatMap((sample) => {
    // Without a float among the inputs, the second dtype would repeat the first.
    const dtypes = sample.inputs.some(({ dtype }) => dtype === "float") ? floats : floats.slice(0, 1);
    return dtypes.map((dtype) => [`${name} · ${sample.name} · ${dtype}`, name, sample, dtype] as const);
  }),
);

describe.each(variants)("%s", (_, backend) => {
  it.each(all)("%s", (_, name, sample, dtype) => {
    const run = functionOf(sample);
    const actual = on(backend, () => read(compile(run)(...sampleInputs(sample, dtype))));
    const expected = on(cpuBackend, () => read(run(...sampleInputs(sample, dtype))));
    // Sums in double precision, the reference's too, round what is as large as their terms.
    const isDoubleSum = name === "sum" && expected[0]?.dtype === "float64";
    const scale = isDoubleSum ? Math.max(0, ...sampleValues(sample).flat().filter(Number.isFinite).map(Math.abs)) : 0;
    // Both sides may be so far from the truth; composites add a few roundings of their parts.
    expectWithinUlps(actual, expected, 2 * (tolerances.get(name) ?? 16) + 4, scale);
  });
});

it("no sample of any op needs a kernel of the host", () => {
  const onHost = all.flatMap(([title, , sample, dtype]) =>
    on(cpuBackend, () => {
      const { program, captures } = trace(
        (inputs) => functionOf(sample)(...inputs),
        sampleInputs(sample, dtype).map(({ variable }) => variable),
      );
      expect(captures).toEqual([]);
      const { hostSteps } = generate(plan(program, target), { fma: false, start: 65536 });
      return hostSteps.map(({ op }) => `${op} in ${title}`);
    }),
  );
  expect(onHost).toEqual([]);
});
