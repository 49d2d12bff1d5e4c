/**
 * Recurrent layers against PyTorch's, in double precision: outputs, final states, and the gradients of inputs, initial states
 * and parameters. The fixture is committed; tooling/fixtures/README.md tells how it is made.
 */
import { readFileSync } from "node:fs";
import { grad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { defined, type Parameter, setBackend, setDefaultDType, type Tensor, tensor, treeMap } from "@tapegrad/core";
import {
  GRU,
  type HiddenState,
  LSTM,
  type LSTMState,
  type Module,
  type RecurrentLayerOptions,
  RNN,
} from "@tapegrad/nn";
import { add, mul, sum } from "@tapegrad/ops";
import { beforeAll, expect, test } from "vitest";
import { expectClose } from "./plain.ts";

interface Values {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}
type Named = Readonly<Record<string, Values>>;

interface Fixture {
  readonly kind: "RNN" | "RNN with relu" | "LSTM" | "GRU";
  readonly form: RecurrentLayerOptions;
  readonly input: number;
  readonly hidden: number;
  readonly x: Values;
  /** The initial state; empty where it is left out. */
  readonly state: Named;
  readonly parameters: Named;
  /** `output` and the final state. */
  readonly results: Named;
  /** One for each result. */
  readonly cotangents: Named;
  /** Of x, the initial state and the parameters. */
  readonly gradients: Named;
}

const fixtureFile = new URL("fixtures/recurrent.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const { pytorch: _, ...fixtures } = JSON.parse(readFileSync(fixtureFile, "utf8")) as Record<string, Fixture>;

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

interface Layer<State> extends Module {
  forward(x: Tensor, options?: { readonly state?: State }): { output: Tensor; state: State };
}

test.each(Object.entries(fixtures))("%s", (_name, fixture) => {
  const { kind, form, input, hidden } = fixture;
  const h = (part: (name: string) => Tensor): HiddenState => ({ h: part("h") });
  const hc = (part: (name: string) => Tensor): LSTMState => ({ h: part("h"), c: part("c") });
  switch (kind) {
    case "RNN":
      return expectAgreement(new RNN(input, hidden, form), h, fixture);
    case "RNN with relu":
      return expectAgreement(new RNN(input, hidden, { ...form, nonlinearity: "relu" }), h, fixture);
    case "LSTM":
      return expectAgreement(new LSTM(input, hidden, form), hc, fixture);
    case "GRU":
      return expectAgreement(new GRU(input, hidden, form), h, fixture);
  }
});

test("there is a fixture for each kind of layer", () => {
  const kinds = new Set(Object.values(fixtures).map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(["GRU", "LSTM", "RNN", "RNN with relu"]);
});

function expectAgreement<State extends HiddenState>(
  layer: Layer<State>,
  stateOf: (part: (name: string) => Tensor) => State,
  fixture: Fixture,
): void {
  layer.loadStateDict(mapValues(fixture.parameters, tensorOf));
  const initial = mapValues(fixture.state, tensorOf);
  const run = (x: Tensor, parts: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const given = Object.keys(parts).length > 0;
    const options = given ? { state: stateOf((name) => defined(parts[name], name)) } : {};
    const { output, state } = layer.forward(x, options);
    return { output, ...treeMap<Record<string, Tensor>>((part: Tensor) => part, state) };
  };
  const loss = ({ x, state }: Sources) => {
    const weighed = Object.entries(run(x, state)).map(([name, y]) =>
      sum(mul(y, tensorOf(defined(fixture.cotangents[name], name)))),
    );
    return weighed.reduce((total, term) => add(total, term));
  };
  const sources: Sources = {
    x: tensorOf(fixture.x),
    state: initial,
    parameters: Object.fromEntries(layer.namedParameters()),
  };
  expectSame(run(sources.x, initial), fixture.results);
  const { x, state, parameters } = grad(loss)(sources);
  expectSame({ x, ...state, ...parameters }, fixture.gradients);
}

interface Sources {
  readonly x: Tensor;
  readonly state: Readonly<Record<string, Tensor>>;
  /** Read by the layer itself. */
  readonly parameters: Readonly<Record<string, Parameter>>;
}

function expectSame(actual: Readonly<Record<string, Tensor>>, expected: Named): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, { shape, values }] of Object.entries(expected)) {
    const found = defined(actual[name], name);
    expect(found.shape, name).toEqual(shape);
    expectClose(found, values, 1e-12);
  }
}

function tensorOf({ shape, values }: Values): Tensor {
  return tensor(Float64Array.from(values), { shape });
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, fn: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value)]));
}
