/** Programs and whole training steps, interpreted op by op on the device, against the reference backend. */
import { compile, cond, grad, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { functionOf, inputsOf, type Recipe, recipes } from "@tapegrad/conformance/random-programs";
import {
  type Backend,
  defined,
  fromHost,
  scope,
  type Tensor,
  type TypedArray,
  tensor,
  withBackend,
} from "@tapegrad/core";
import { crossEntropy, Embedding, Linear, LSTM, Module } from "@tapegrad/nn";
import { Generator, greater, mul, sin, sum } from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 5, 7, 13] },
  loops: { gradient: false, depth: 1, lengths: [0, 1, 2, 3, 5] },
  gradients: { gradient: true, depth: 1, lengths: [1, 2, 3] },
};

/** Some thousand roundings of the largest result: far below what one wrong element would make. */
const roundings = 4000;

interface Result {
  readonly type: string;
  readonly data: TypedArray;
}

async function resultsOf(recipe: Recipe, backend: Backend): Promise<Result[]> {
  const outputs = withBackend(backend, () => functionOf(recipe)(inputsOf(recipe, "float32")));
  return Promise.all(outputs.map(async (t) => ({ type: `${t.dtype} [${t.shape}]`, data: await t.data() })));
}

function expectClose(actual: readonly Result[], expected: readonly Result[]): void {
  expect(actual.map(({ type }) => type)).toEqual(expected.map(({ type }) => type));
  const floats = expected.filter(({ data }) => data instanceof Float32Array).flatMap(({ data }) => Array.from(data));
  const largest = floats.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
  const allowed = roundings * 2 ** (Math.max(Math.floor(Math.log2(largest)), -126) - 23);
  for (const [i, { data }] of actual.entries()) {
    const wanted = defined(expected[i], "result").data;
    const tolerance = data instanceof Float32Array ? allowed : 0;
    const off = data.findIndex((value, k) => {
      const other = wanted[k] ?? Number.NaN;
      return !Object.is(value, other) && value !== other && !(Math.abs(value - other) <= tolerance);
    });
    expect(off, `result ${i}: ${data[off]} instead of ${wanted[off]} at ${off}, ${tolerance} allowed`).toBe(-1);
  }
}

class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly recurrent: LSTM;
  readonly head: Linear;

  constructor(generator: Generator) {
    super();
    this.embedding = new Embedding(11, 7, { generator });
    this.recurrent = new LSTM(7, 13, { layers: 2, dropout: 0.2, generator });
    this.head = new Linear(13, 11, { generator });
  }

  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(this.embedding.forward(tokens)).output);
  }
}

/** The losses of some steps; each follows from the parameters that the one before has left. */
async function train(steps: number, backend: Backend, compiled: boolean): Promise<number[]> {
  const [batch, time, vocabulary] = [3, 6, 11];
  const run = withBackend(backend, () => {
    const model = new CharacterModel(new Generator(5));
    const parameters = [...model.parameters()];
    const optimizer = new Adam(parameters, { learningRate: 1e-2 });
    const step = (inputs: Tensor, targets: Tensor) => {
      const tape = new Tape();
      const loss = tape.record(() => crossEntropy(model.forward(inputs), targets));
      optimizer.step(clipByGlobalNorm(tape.gradient(loss, parameters), 0.5).gradients);
      tape.release();
      return loss;
    };
    return compiled ? compile(step) : (inputs: Tensor, targets: Tensor) => scope(() => step(inputs, targets));
  });
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const loss = withBackend(backend, () => {
      const uniform = seededUniforms(i);
      const rows = Array.from({ length: batch }, () => {
        const start = Math.floor(uniform() * vocabulary);
        return Array.from({ length: time + 1 }, (_, t) => (start + t * t) % vocabulary);
      });
      const tokens = (from: number) =>
        fromHost(Int32Array.from(rows.flatMap((row) => row.slice(from, from + time))), [batch, time], "int32");
      return run(tokens(0), tokens(1));
    });
    expect(loss.backend).toBe(backend);
    losses.push(await loss.item());
  }
  return losses;
}

describe.skipIf(withoutAdapter)("Programs on WebGPU", () => {
  test.each(Object.entries(kinds))("random %s agree with the reference", { timeout: 120_000 }, async (_, kind) => {
    await fc.assert(
      fc.asyncProperty(recipes(kind), async (recipe) => {
        expectClose(await resultsOf(recipe, backendUnderTest()), await resultsOf(recipe, cpuBackend));
      }),
      { numRuns: kind.gradient ? 12 : 30 },
    );
  });

  test("cond selects, since the predicate cannot be read at once, and differentiates", async () => {
    const branch = (x: Tensor) =>
      cond(
        greater(sum(x), 0),
        (t) => mul(t, 3),
        (t) => sin(t),
        x,
      );
    const on = async (backend: Backend, sign: number) => {
      const run = () => [branch, grad((x: Tensor) => sum(branch(x)))].map((f) => f(mul(tensor([0.5, 0.25]), sign)));
      return Promise.all(withBackend(backend, run).map(async (result) => Array.from(await result.data())));
    };
    for (const sign of [1, -1]) {
      const expected = (await on(cpuBackend, sign)).flat();
      const actual = (await on(backendUnderTest(), sign)).flat();
      for (const [i, value] of actual.entries()) expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 6);
    }
  });

  test.each([
    ["eager", false],
    ["compiled, which is interpreted", true],
  ])("training an LSTM with Adam, %s", { timeout: 120_000 }, async (name, compiled) => {
    const expected = await train(8, cpuBackend, false);
    const actual = await train(8, backendUnderTest(), compiled);
    const error = Math.max(...actual.map((loss, i) => Math.abs(loss / (expected[i] ?? 0) - 1)));
    console.log(`LSTM with Adam, ${name}: losses of 8 steps within ${error.toExponential(1)} of backend-cpu's`);
    expect(error).toBeLessThan(1e-3);
    expect(actual.at(-1)).toBeLessThan(actual[0] ?? 0);
  });
});
