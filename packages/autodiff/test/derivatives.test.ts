/** Every derivative of every op: each sample of the table and of the composites, to second order, in double precision. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Comparison, gradcheckReport } from "@tapegrad/conformance";
import {
  allocate,
  type DType,
  type FloatDType,
  fromHost,
  interpret,
  isFloat,
  type OpDefinition,
  Program,
  setBackend,
  setDefaultDType,
  Tensor,
  type TypedArray,
  trace,
} from "@tapegrad/core";
import { add, mul, primitives, sum } from "@tapegrad/ops";
import { compositeSamples, type Sample, samples, sampleValues } from "@tapegrad/ops/samples";
import { afterAll, afterEach, beforeEach, describe, expect, test } from "vitest";
import { jvp, vjp } from "../src/index.ts";

setBackend(cpuBackend);
beforeEach(() => setDefaultDType("float64"));
afterEach(() => setDefaultDType("float32"));

/** Ops whose results are integers, bools or constants: the only ones that may have no derivative at all. */
const withoutDerivative = [
  "argmax",
  "argmin",
  "argsort",
  "equal",
  "full",
  "greater",
  "greaterEqual",
  "iota",
  "less",
  "lessEqual",
  "logicalAnd",
  "logicalNot",
  "logicalOr",
  "notEqual",
  "randomBits",
];
/** Ops that are flat almost everywhere, or are declared to be. */
const flat = ["floor", "sign", "stopGradient"];

function inputsOf(sample: Sample, float: FloatDType = "float64"): Tensor[] {
  const values = sampleValues(sample);
  return sample.inputs.map(({ shape, dtype }, i) => {
    const held: DType = dtype === "float" ? float : dtype;
    const data = allocate(held, values[i]?.length ?? 0);
    data.set(values[i] ?? []);
    return fromHost(data, shape, held);
  });
}

function results(result: Tensor | readonly Tensor[]): readonly Tensor[] {
  return result instanceof Tensor ? [result] : result;
}

/** Σ y over all float results: the function whose gradient a sample at a kink states. */
function total(outputs: readonly Tensor[]): Tensor {
  return outputs
    .filter(({ dtype }) => isFloat(dtype))
    .map((output) => sum(output))
    .reduce(add);
}

function isDifferentiable(sample: Sample, inputs: readonly Tensor[]): boolean {
  return (
    inputs.some(({ dtype }) => isFloat(dtype)) && results(sample.run(...inputs)).some(({ dtype }) => isFloat(dtype))
  );
}

const worst = new Map<string, { samples: number; modes: number; differences: number }>();

function note(op: string, comparisons: readonly Comparison[]): void {
  const row = worst.get(op) ?? { samples: 0, modes: 0, differences: 0 };
  row.samples += 1;
  for (const { kind, error, derivative } of comparisons) {
    const relative = error / Math.max(1, Math.abs(derivative));
    if (kind === "forward against reverse") row.modes = Math.max(row.modes, relative);
    else row.differences = Math.max(row.differences, relative);
  }
  worst.set(op, row);
}

afterAll(() => {
  const rows = [...worst].sort(([, a], [, b]) => b.differences - a.differences).slice(0, 5);
  const lines = rows.map(
    ([op, { samples, modes, differences }]) =>
      `${op.padEnd(12)} ${String(samples).padStart(3)} samples, modes apart ${modes.toExponential(0)}, from differences ${differences.toExponential(0)}`,
  );
  console.log(
    `orders 1 and 2, forward and reverse, ${worst.size} ops; the five furthest from differences:\n${lines.join("\n")}`,
  );
});

/** What is wrong with the derivatives of `run` at a sample: by the sample's statement, or by gradcheck. */
function faults(
  sample: Sample,
  run: Sample["run"] = sample.run,
  report?: (comparisons: readonly Comparison[]) => void,
): unknown[] {
  const inputs = inputsOf(sample);
  if (!isDifferentiable(sample, inputs)) return [];
  if (sample.gradients !== undefined) {
    const { pullback } = vjp((...x: Tensor[]) => total(results(run(...x))), ...inputs);
    return pullback(fromHost(Float64Array.of(1), [], "float64")).flatMap((gradient, i) =>
      isFloat(gradient.dtype) ? differences([...gradient.dataSync()], sample.gradients?.[i] ?? []) : [],
    );
  }
  if (sample.values?.every(Number.isFinite) === false) return [];
  const { comparisons } = gradcheckReport(run, inputs, { order: 2 });
  report?.(comparisons);
  return comparisons.filter(({ passed }) => !passed);
}

const everything: readonly (readonly [string, readonly Sample[]])[] = [
  ...Object.entries(samples),
  ...Object.entries(compositeSamples),
];

describe.each(everything)("%s", (name, list) => {
  test("results are as stated", () => {
    for (const sample of list.filter(({ values }) => values !== undefined)) {
      const actual = results(sample.run(...inputsOf(sample))).flatMap((output) => [...output.dataSync()]);
      expect(differences(actual, sample.values ?? []), sample.name).toEqual([]);
    }
  });

  test("derivatives of the first and second order", () => {
    for (const sample of list)
      expect(
        faults(sample, sample.run, (comparisons) => note(name, comparisons)),
        sample.name,
      ).toEqual([]);
  });

  test("gradients have the shape and dtype of their inputs", () => {
    setDefaultDType("float32");
    for (const sample of list) {
      const inputs = inputsOf(sample, "float32");
      if (!isDifferentiable(sample, inputs)) continue;
      const { value, pullback } = vjp((...x: Tensor[]) => total(results(sample.run(...x))), ...inputs);
      const gradients = pullback(fromHost(ones(value.dtype), [], value.dtype));
      expect(
        gradients.map(({ shape, dtype }) => ({ shape, dtype })),
        sample.name,
      ).toEqual(inputs.map(({ shape, dtype }) => ({ shape, dtype })));
    }
  });
});

test("only the ops listed have no derivative, or a flat one", () => {
  const kinds = Object.values(primitives).map(({ name, derivative }) => ({ name, kind: derivative.kind }));
  const named = (wanted: string) => kinds.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  expect(named("none").sort()).toEqual(withoutDerivative);
  expect(named("zero").sort()).toEqual(flat);
});

test("tangents and cotangents belong to the values of their keys, whatever the order of the keys", () => {
  const [one, ten] = [Float64Array.of(1), Float64Array.of(10)].map((data) => fromHost(data, [], "float64"));
  if (one === undefined || ten === undefined) throw new Error("made above");
  const f = ({ a, b }: { a: Tensor; b: Tensor }) => ({ first: mul(2, a), second: mul(3, b) });
  const { tangent } = jvp(f, [{ a: one, b: one }], [{ b: ten, a: one }]);
  expect([tangent.first.itemSync(), tangent.second.itemSync()]).toEqual([2, 30]);
  const [{ a, b }] = vjp(f, { a: one, b: one }).pullback({ second: ten, first: one });
  expect([a.itemSync(), b.itemSync()]).toEqual([2, 30]);
});

test("every record goes by the name that it has in the table", () => {
  for (const [name, op] of Object.entries(primitives)) expect(op.name).toBe(name);
});

describe("a rule that is 1e-4 off is found:", () => {
  const mutants = Object.values<OpDefinition>(primitives).flatMap((op) =>
    mutantsOf(op).map(({ part, mutant }) => ({ name: `${op.name}, ${part}`, op, mutant })),
  );

  test.each(mutants)("$name", ({ op, mutant }) => {
    const list = Object.entries<readonly Sample[]>(samples).find(([name]) => name === op.name)?.[1] ?? [];
    const differentiable = list.filter((sample) => isDifferentiable(sample, inputsOf(sample)));
    // The replay itself is sound …
    for (const sample of differentiable) expect(faults(sample, replay(sample, op, op)), sample.name).toEqual([]);
    // … and the mutant fails.
    expect(differentiable.some((sample) => faults(sample, replay(sample, op, mutant)).length > 0)).toBe(true);
  });

  test("for every op that has a derivative", () => {
    const mutated = new Set(mutants.map(({ op }) => op.name));
    expect(
      Object.keys(primitives)
        .filter((name) => !mutated.has(name))
        .sort(),
    ).toEqual(withoutDerivative);
  });
});

/** Copies of a record with one part of its derivative 1e-4 too large, or 1e-4 where there should be none. */
function mutantsOf(op: OpDefinition): { part: string; mutant: OpDefinition }[] {
  const { derivative } = op;
  const larger = (value: Tensor) => mul(value, 1 + 1e-4);
  const withDerivative = (part: string, mutated: OpDefinition["derivative"]) => ({
    part,
    mutant: { ...op, derivative: mutated },
  });
  switch (derivative.kind) {
    case "pointwise":
      return derivative.partials.map((partial, index) =>
        withDerivative(`partial ${index}`, {
          ...derivative,
          partials: derivative.partials.with(index, (context) => {
            const slope = partial(context);
            return typeof slope === "number" ? slope * (1 + 1e-4) : larger(slope);
          }),
        }),
      );
    case "reduction":
      return [withDerivative("weights", { ...derivative, weights: (context) => larger(derivative.weights(context)) })];
    case "linear":
    case "multilinear": {
      const arity = op.name === "concat" || op.name === "matmul" ? [0, 1] : [0];
      const indices = derivative.kind === "linear" && derivative.inputs !== "all" ? derivative.inputs : arity;
      return indices.map((wrong) =>
        withDerivative(`transpose ${wrong}`, {
          ...derivative,
          transpose: (g, context, index) => {
            const cotangent = derivative.transpose(g, context, index);
            return index === wrong ? larger(cotangent) : cotangent;
          },
        }),
      );
    }
    case "zero":
      return [withDerivative("zero", { kind: "pointwise", partials: [() => 1e-4], saves: [] })];
    case "none":
      return [];
  }
}

/** The sample's recording run again with `mutant` in place of `op`. */
function replay(sample: Sample, op: OpDefinition, mutant: OpDefinition): Sample["run"] {
  const { program, captures } = trace((inputs) => results(sample.run(...inputs)), inputsOf(sample));
  const nodes = program.nodes.map((node) => (node.op === op ? { ...node, op: mutant } : node));
  const mutated = new Program(program.inputs, nodes, program.outputs);
  return (...inputs) => interpret(mutated, [...inputs, ...captures]);
}

function ones(dtype: DType): TypedArray {
  return allocate(dtype, 1).fill(1);
}

/** The places at which two lists are more than roundoff apart. */
function differences(actual: readonly number[], expected: readonly number[]): string[] {
  if (actual.length !== expected.length) return [`${actual.length} values, not ${expected.length}`];
  return actual.flatMap((value, i) => {
    const wanted = expected[i] ?? NaN;
    const close = Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= 1e-14 * Math.abs(wanted);
    return close ? [] : [`element ${i} is ${value}, not ${wanted}`];
  });
}
