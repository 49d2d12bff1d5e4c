/**
 * Values and gradients of every sample against PyTorch's, in double precision. The fixture is committed;
 * tooling/fixtures/README.md tells how it is made.
 */
import { readFileSync } from "node:fs";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { allocate, type DType, isFloat, setBackend, setDefaultDType, Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { compositeSamples, type Sample, samples, sampleValues } from "@tapegrad/ops/samples";
import { beforeAll, expect, test } from "vitest";
import { vjp } from "../src/index.ts";

/** JSON has no NaN and no infinities: these are strings. */
type Decimals = readonly (number | string)[];

interface Fixture {
  readonly inputs: readonly Decimals[];
  readonly values: readonly Decimals[];
  /** One per result, null where it is not a float. */
  readonly cotangents?: readonly (Decimals | null)[];
  /** One per input, null where it is not a float. */
  readonly gradients?: readonly (Decimals | null)[];
}

/** Samples that PyTorch has nothing to compare with. */
const withoutCounterpart: Readonly<Record<string, string>> = {
  "max: of nothing": "an error there",
  "max: int32 of nothing": "an error there",
  "min: of nothing": "an error there",
  "min: int32 of nothing": "an error there",
  // Threefry has published vectors; backend-cpu is tested on them.
  ...Object.fromEntries(samples.randomBits.map(({ name }) => [`randomBits: ${name}`, "no threefry there"])),
};

/** Where PyTorch says otherwise; its other half must agree, and what no longer differs must go. */
const differing: Readonly<Record<string, { readonly part: "values" | "gradients"; readonly why: string }>> = {
  "cast: to int32: truncates and saturates": {
    part: "values",
    why: "there, as in C, what an integer cannot hold is undefined; here it saturates, and NaN is 0",
  },
  "logSumExp: of −∞ alone": {
    part: "gradients",
    why: "NaN in PyTorch 1.13, as −∞ − −∞; here 0, so that a row that is masked entirely does no harm",
  },
};

const fixtureFile = new URL("fixtures/pytorch-ops.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const fixtures = JSON.parse(readFileSync(fixtureFile, "utf8")) as Record<string, Fixture>;

const regenerate = "regenerate the fixtures: tooling/fixtures/README.md";

const table: readonly (readonly [string, readonly Sample[]])[] = [
  ...Object.entries(samples),
  ...Object.entries(compositeSamples),
];
const everything = table.flatMap(([op, list]) => list.map((sample) => ({ name: `${op}: ${sample.name}`, sample })));
const comparable = everything.filter(({ name }) => !Object.hasOwn(withoutCounterpart, name));

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

function tensorOf(values: readonly number[], shape: readonly number[], dtype: DType): Tensor {
  const data = allocate(dtype, values.length);
  data.set(values);
  return fromHost(data, shape, dtype);
}

function inputsOf(sample: Sample): Tensor[] {
  const values = sampleValues(sample);
  return sample.inputs.map(({ shape, dtype }, i) =>
    tensorOf(values[i] ?? [], shape, dtype === "float" ? "float64" : dtype),
  );
}

function results(result: Tensor | readonly Tensor[]): readonly Tensor[] {
  return result instanceof Tensor ? [result] : result;
}

/** Where `actual` is further from `expected` than 1e-12 of its largest finite magnitude, or not as finite. */
function differences(what: string, actual: Iterable<number>, expected: Decimals): string[] {
  const [ours, theirs] = [[...actual], expected.map(Number)];
  if (ours.length !== theirs.length) return [`${what}: ${ours.length} elements, PyTorch has ${theirs.length}`];
  const scale = theirs.filter(Number.isFinite).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return ours.flatMap((value, i) => {
    const wanted = theirs[i] ?? Number.NaN;
    const agrees = Object.is(value, wanted) || Math.abs(value - wanted) <= 1e-12 * scale;
    return agrees ? [] : [`${what}, element ${i}: ${value}, PyTorch has ${wanted}`];
  });
}

function valueDifferences(sample: Sample, { values }: Fixture): string[] {
  const outputs = results(sample.run(...inputsOf(sample)));
  if (outputs.length !== values.length) return [`${outputs.length} results, PyTorch has ${values.length}`];
  return outputs.flatMap((output, i) => differences(`result ${i}`, output.dataSync(), values[i] ?? []));
}

function gradientDifferences(sample: Sample, { cotangents, gradients }: Fixture): string[] {
  const inputs = inputsOf(sample);
  const varied = inputs.filter(({ dtype }) => isFloat(dtype));
  const floats = (...x: Tensor[]) => {
    const left = [...x];
    const all = inputs.map((input) => (isFloat(input.dtype) ? (left.shift() ?? input) : input));
    return results(sample.run(...all)).filter(({ dtype }) => isFloat(dtype));
  };
  if (varied.length === 0 || floats(...varied).length === 0) return [];
  const { value, pullback } = vjp(floats, ...varied);
  const seeds = cotangents?.filter((cotangent) => cotangent !== null) ?? [];
  const ours = pullback(value.map(({ shape, dtype }, i) => tensorOf(seeds[i]?.map(Number) ?? [], shape, dtype)));
  const stated = gradients?.filter((_, i) => isFloat(inputs[i]?.dtype ?? "bool")) ?? [];
  return ours.flatMap((gradient, i) => differences(`gradient ${i}`, gradient.dataSync(), stated[i] ?? ["missing"]));
}

test.each(comparable)("$name", ({ name, sample }) => {
  const fixture = fixtures[name];
  if (fixture === undefined) throw new Error(`${name} has no fixture; ${regenerate}`);
  const changes = inputsOf(sample).flatMap((input, i) =>
    differences(`input ${i}`, input.dataSync(), fixture.inputs[i] ?? []),
  );
  expect(changes, `the sample has changed; ${regenerate}`).toEqual([]);
  const found = { values: valueDifferences(sample, fixture), gradients: gradientDifferences(sample, fixture) };
  for (const part of ["values", "gradients"] as const) {
    if (differing[name]?.part === part) expect(found[part], "differs no longer: off the table").not.toEqual([]);
    else expect(found[part], part).toEqual([]);
  }
});

test("the fixture holds what is compared, and nothing else", () => {
  const fixed = Object.keys(fixtures).filter((name) => name !== "pytorch");
  expect(fixed.sort(), regenerate).toEqual(comparable.map(({ name }) => name).sort());
});

test("the tables name samples that exist", () => {
  const names = new Set(everything.map(({ name }) => name));
  expect([...Object.keys(withoutCounterpart), ...Object.keys(differing)].filter((name) => !names.has(name))).toEqual(
    [],
  );
});
