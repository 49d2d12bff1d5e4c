/**
 * Recurrent layers against PyTorch's, in double precision, for every combination of the options that PyTorch has: outputs,
 * final states, and the gradients of inputs, initial states and parameters. The fixture is committed;
 * tooling/fixtures/README.md tells how it is made, and what of it is stored.
 */
import { readFileSync } from "node:fs";
import { grad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Parameter, type Shape, setBackend, setDefaultDType, sizeOf, type Tensor, tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { GRU, type HiddenState, LSTM, type LSTMState, type Module, RNN, type SequenceOptions } from "@tapegrad/nn";
import { add, mul, sum, transpose } from "@tapegrad/ops";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { values } from "./plain.ts";

type Kind = "RNN" | "RNN with relu" | "LSTM" | "LSTM with projection" | "GRU";

interface Fixture {
  readonly kind: Kind;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly bias: boolean;
  /** Whether the sequences have lengths of their own, and whether the initial state is given. */
  readonly lengths: boolean;
  readonly state: boolean;
  /** `output` [batch, time, hidden] and the final state. */
  readonly results: Readonly<Record<string, readonly number[]>>;
  /** Of x, the initial state and the parameters. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
}

/** As in recurrent.py. */
const [batch, time, input, hidden, projSize] = [2, 3, 2, 2, 1];
const lengths = [1, 3];
const tolerance = 1e-10;

const fixtureFile = new URL("fixtures/recurrent.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const { pytorch, ...fixtures } = JSON.parse(readFileSync(fixtureFile, "utf8")) as Record<string, Fixture>;

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

/** Lehmer's generator, scaled to (−1, 1), as in recurrent.py. */
class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  next(): number {
    this.#state = (this.#state * 16807) % 2147483647;
    return (this.#state / 2147483647) * 2 - 1;
  }

  tensor(shape: Shape): Tensor {
    return tensor(
      Float64Array.from({ length: sizeOf(shape) }, () => this.next()),
      { shape },
    );
  }
}

/** What is stored of a tensor: all of it for one layer, else two weighted sums. */
function stored(layers: number, seed: number, t: Tensor): readonly number[] {
  const all = values(t);
  if (layers === 1) return all;
  const weights = new Numbers(seed);
  return [0, 1].map(() => all.reduce((total, value) => total + value * (1 + weights.next() / 2), 0));
}

type Parts = Readonly<Record<string, Tensor>>;

interface Runnable {
  readonly module: Module;
  /** From x [batch, time, input] and `state`, if it has parts, to `output` and the final state, in the layout of the layer. */
  run(x: Tensor, state: Parts): Parts;
}

function layerOf({ kind, layers, bidirectional, bias, lengths: given }: Fixture, timeMajor: boolean): Runnable {
  const options = { layers, bidirectional, bias, timeMajor };
  const inLayout = (x: Tensor) => (timeMajor ? transpose(x, [1, 0, 2]) : x);
  const wrapped = <State extends HiddenState>(
    module: Module & { forward(x: Tensor, options: SequenceOptions<State>): { output: Tensor; state: State } },
    stateOf: (part: (name: string) => Tensor) => State,
    partsOf: (state: State) => Parts,
  ) => ({
    module,
    run: (x: Tensor, state: Parts): Parts => {
      const { output, state: final } = module.forward(inLayout(x), {
        ...(given && { lengths }),
        ...(Object.keys(state).length > 0 && { state: stateOf((name) => defined(state[name], name)) }),
      });
      return { output: inLayout(output), ...partsOf(final) };
    },
  });
  const h = [
    (part: (name: string) => Tensor): HiddenState => ({ h: part("h") }),
    ({ h }: HiddenState) => ({ h }),
  ] as const;
  const hc = [
    (part: (name: string) => Tensor): LSTMState => ({ h: part("h"), c: part("c") }),
    ({ h, c }: LSTMState) => ({ h, c }),
  ] as const;
  switch (kind) {
    case "RNN":
      return wrapped(new RNN(input, hidden, options), ...h);
    case "RNN with relu":
      return wrapped(new RNN(input, hidden, { ...options, nonlinearity: "relu" }), ...h);
    case "LSTM":
      return wrapped(new LSTM(input, hidden, options), ...hc);
    case "LSTM with projection":
      return wrapped(new LSTM(input, hidden, { ...options, projSize }), ...hc);
    case "GRU":
      return wrapped(new GRU(input, hidden, options), ...h);
  }
}

interface Sources {
  readonly x: Tensor;
  readonly state: Parts;
  /** Read by the layer itself. */
  readonly parameters: Readonly<Record<string, Parameter>>;
}

/** What the layer gives for a fixture: results, and the gradients of everything. */
function computed(seed: number, fixture: Fixture, timeMajor: boolean): { results: Parts; gradients: Parts } {
  const { kind, layers, bidirectional, lengths: given } = fixture;
  const numbers = new Numbers(seed);
  const { module, run } = layerOf(fixture, timeMajor);
  const parameters = Object.fromEntries(module.namedParameters());
  for (const parameter of Object.values(parameters)) parameter.assign(numbers.tensor(parameter.shape));
  const drawn = numbers.tensor([batch, time, input]);
  const x = given ? withNaNPadding(drawn) : drawn;

  const count = layers * (bidirectional ? 2 : 1);
  const width = kind === "LSTM with projection" ? projSize : hidden;
  const sizes = kind.startsWith("LSTM") ? { h: width, c: hidden } : { h: width };
  const state: Parts = fixture.state ? mapValues(sizes, (size) => numbers.tensor([count, batch, size])) : {};
  const results = run(x, state);
  const shapes = {
    output: [batch, time, width * (bidirectional ? 2 : 1)],
    ...mapValues(sizes, (size) => [count, batch, size]),
  };
  expect(mapValues(results, ({ shape }) => shape)).toEqual(shapes);

  const cotangents = mapValues(results, ({ shape }) => numbers.tensor(shape));
  const loss = (sources: Sources) =>
    Object.entries(run(sources.x, sources.state))
      .map(([name, y]) => sum(mul(y, defined(cotangents[name], name))))
      .reduce((total, term) => add(total, term));
  const gradients = grad(loss)({ x, state, parameters });
  return { results, gradients: { x: gradients.x, ...gradients.state, ...gradients.parameters } };
}

function withNaNPadding(x: Tensor): Tensor {
  const all = values(x).map((value, i) => {
    const [row, step] = [Math.floor(i / (time * input)), Math.floor(i / input) % time];
    return step < (lengths[row] ?? 0) ? value : Number.NaN;
  });
  return tensor(Float64Array.from(all), { shape: x.shape });
}

/** The largest difference, relative to the largest value or to 1. NaN when anything is. */
function errorOf(found: readonly number[], expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  return found.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))), 0) / scale;
}

/** Kinds of quantities, as columns of the table. */
const columns = {
  outputs: (name: string, part: string) => part === "results" && name === "output",
  states: (name: string, part: string) => part === "results" && name !== "output",
  "∂ inputs": (name: string, part: string) => part === "gradients" && name === "x",
  "∂ states": (name: string, part: string) => part === "gradients" && /^[hc]$/.test(name),
  "∂ weights": (name: string) => name.startsWith("weight"),
  "∂ biases": (name: string) => name.startsWith("bias"),
};

/** The worst errors so far, by kind and number of layers, then column. */
const table = new Map<string, Map<string, { error: number; count: number }>>();

function note(row: string, column: string, error: number): void {
  const cells = table.get(row) ?? new Map<string, { error: number; count: number }>();
  const before = cells.get(column) ?? { error: 0, count: 0 };
  table.set(row, cells.set(column, { error: Math.max(before.error, error), count: before.count + 1 }));
}

afterAll(() => {
  const rows = Array.from(table, ([row, cells]) => [
    row,
    Object.fromEntries(
      Object.keys(columns).map((column) => {
        const { error = Number.NaN, count = 0 } = cells.get(column) ?? {};
        return [column, `${error.toExponential(1)} of ${count}`];
      }),
    ),
  ]);
  console.log(
    `Worst error against PyTorch ${String(pytorch)}, relative to the largest value or 1, of so many tensors:`,
  );
  console.table(Object.fromEntries(rows));
});

const nameOf = ({ bidirectional, bias, lengths: given, state }: Fixture) =>
  [
    bidirectional ? "both directions" : "forwards",
    bias ? "bias" : "no bias",
    given ? "lengths" : "whole",
    state ? "given state" : "zero state",
  ].join(", ");

const groups = Map.groupBy(Object.entries(fixtures), ([, { kind, layers }]) => `${kind}, layers: ${layers}`);

describe.each([...groups])("%s", (group, members) => {
  const cases = members.flatMap(([seed, fixture]) =>
    [false, true].map(
      (timeMajor) => [`${nameOf(fixture)}, ${timeMajor ? "time" : "batch"} first`, seed, fixture, timeMajor] as const,
    ),
  );

  it.each(cases)("%s", (_, seed, fixture, timeMajor) => {
    const found = computed(Number(seed), fixture, timeMajor);
    for (const part of ["results", "gradients"] as const) {
      expect(Object.keys(found[part]).sort()).toEqual(Object.keys(fixture[part]).sort());
      for (const [name, expected] of Object.entries(fixture[part])) {
        const error = errorOf(stored(fixture.layers, Number(seed), defined(found[part][name], name)), expected);
        expect(error, `${part}: ${name}`).toBeLessThanOrEqual(tolerance);
        for (const [column, holds] of Object.entries(columns)) if (holds(name, part)) note(group, column, error);
      }
    }
  });
});

it("every combination is there, and none twice", () => {
  const all = Object.values(fixtures);
  expect(new Set(all.map((fixture) => `${fixture.kind} ${fixture.layers} ${nameOf(fixture)}`)).size).toBe(
    5 * 3 * 2 ** 4,
  );
  expect(all).toHaveLength(5 * 3 * 2 ** 4);
});

it("a sum notices one value that is off by 1e-9", () => {
  const [seed, fixture] = defined(
    Object.entries(fixtures).find(([, { layers }]) => layers === 3),
    "a deep fixture",
  );
  const { gradients } = computed(Number(seed), fixture, false);
  const gradient = defined(gradients.weight_hh_l1, "gradient");
  for (let entry = 0; entry < gradient.size; entry++) {
    const off = tensor(Float64Array.from(values(gradient), (value, i) => (i === entry ? value + 1e-9 : value)));
    const error = errorOf(stored(3, Number(seed), off), defined(fixture.gradients.weight_hh_l1, "expected"));
    expect(error).toBeGreaterThan(tolerance);
  }
});

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}
