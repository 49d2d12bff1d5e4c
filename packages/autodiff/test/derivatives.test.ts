/** Every derivative of every op: each sample of the table and of the composites, to second order, in double precision. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Comparison, gradcheckReport } from "@tapegrad/conformance";
import {
  allocate,
  type DType,
  type FloatDType,
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
import { fromHost } from "@tapegrad/core/internal";
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

/** The columns of the table that the run prints: what is compared, at which order. */
const columns = [
  "1 forward|reverse",
  "1 differences",
  "2 over reverse, forward|reverse",
  "2 over reverse, differences",
  "2 over forward, forward|reverse",
  "2 over forward, differences",
] as const;
type Column = (typeof columns)[number];

/** Worst relative errors by op and column. */
const worst = new Map<string, { samples: number; errors: Map<Column, number> }>();
const mutantsCaught = { caught: 0, all: 0 };

function note(op: string, comparisons: readonly Comparison[], over: "reverse" | "forward"): void {
  const row = worst.get(op) ?? { samples: 0, errors: new Map() };
  if (over === "reverse") row.samples += 1;
  for (const { kind, order, error, derivative } of comparisons) {
    const modes = kind === "forward against reverse";
    const first: Column = modes ? "1 forward|reverse" : "1 differences";
    const second = `2 over ${over}, ${modes ? "forward|reverse" : "differences"}` as const;
    const column = order === 1 && over === "reverse" ? first : second;
    row.errors.set(column, Math.max(row.errors.get(column) ?? 0, error / Math.max(1, Math.abs(derivative))));
  }
  worst.set(op, row);
}

afterAll(() => {
  const cells = (errors: ReadonlyMap<Column, number>) =>
    columns.map((column) => (errors.get(column)?.toExponential(0) ?? "–").padStart(7)).join(" ");
  const rows = [...worst].map(
    ([op, { samples: count, errors }]) => `${op.padEnd(14)}${String(count).padStart(3)}  ${cells(errors)}`,
  );
  const undifferentiated = `declared without derivative: ${withoutDerivative.join(", ")}`;
  const { caught, all } = mutantsCaught;
  console.log(
    [
      `worst relative error by op, samples, and: ${columns.join("; ")}`,
      ...rows,
      undifferentiated,
      `rules scaled by 1 + 1e-4: ${caught} of ${all} mutants caught`,
    ].join("\n"),
  );
});

/** The tangent of `run` along a fixed direction, as a function of its float inputs: differentiated again, the mixed modes. */
function tangentOf(run: Sample["run"], inputs: readonly Tensor[]): (...x: Tensor[]) => Tensor[] {
  const floats = inputs.flatMap(({ dtype }, i) => (isFloat(dtype) ? [i] : []));
  return (...x) => {
    const f = (moving: readonly Tensor[]) => {
      const all = inputs.map((input, i) => moving[floats.indexOf(i)] ?? input);
      return results(run(...all)).filter(({ dtype }) => isFloat(dtype));
    };
    const directions = x.map(({ shape, size }, k) => {
      const values = Float64Array.from({ length: size }, (_, i) => 0.5 + ((7 * i + 3 * k) % 11) / 11);
      return fromHost(values, shape, "float64");
    });
    return [...jvp(f, [x], [directions]).tangent];
  };
}

/** The gradients of the sum of all float results with respect to the inputs that are floats. */
function gradientsOf(run: Sample["run"], inputs: readonly Tensor[]) {
  const floats = inputs.filter(({ dtype }) => isFloat(dtype));
  const f = (...x: Tensor[]) => {
    const left = [...x];
    return total(results(run(...inputs.map((input) => (isFloat(input.dtype) ? (left.shift() ?? input) : input)))));
  };
  const { value, pullback } = vjp(f, ...floats);
  return { floats, gradients: pullback(fromHost(ones(value.dtype), [], value.dtype)) };
}

/** What is wrong with the derivatives of `run` at a sample: by the sample's statement, or by gradcheck. */
function faults(
  sample: Sample,
  run: Sample["run"] = sample.run,
  report?: (comparisons: readonly Comparison[], over: "reverse" | "forward") => void,
): unknown[] {
  const inputs = inputsOf(sample);
  if (!isDifferentiable(sample, inputs)) return [];
  if (sample.gradients !== undefined) {
    const { gradients } = gradientsOf(run, inputs);
    const stated = sample.gradients.filter((_, i) => isFloat(inputs[i]?.dtype ?? "bool"));
    return gradients.flatMap((gradient, i) => differences([...gradient.dataSync()], stated[i] ?? []));
  }
  if (sample.values?.every(Number.isFinite) === false) return [];
  const overReverse = gradcheckReport(run, inputs, { order: 2 }).comparisons;
  report?.(overReverse, "reverse");
  const floats = inputs.filter(({ dtype }) => isFloat(dtype));
  const overForward = gradcheckReport(tangentOf(run, inputs), floats).comparisons;
  report?.(overForward, "forward");
  return [...overReverse, ...overForward].filter(({ passed }) => !passed);
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
        faults(sample, sample.run, (comparisons, over) => note(name, comparisons, over)),
        sample.name,
      ).toEqual([]);
  });

  test("gradients have the shape and dtype of their inputs", () => {
    setDefaultDType("float32");
    for (const sample of list) {
      const inputs = inputsOf(sample, "float32");
      if (!isDifferentiable(sample, inputs)) continue;
      const { floats, gradients } = gradientsOf(sample.run, inputs);
      expect(
        gradients.map(({ shape, dtype }) => ({ shape, dtype })),
        sample.name,
      ).toEqual(floats.map(({ shape, dtype }) => ({ shape, dtype })));
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
    const isCaught = differentiable.some((sample) => faults(sample, replay(sample, op, mutant)).length > 0);
    mutantsCaught.all += 1;
    if (isCaught) mutantsCaught.caught += 1;
    expect(isCaught).toBe(true);
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
