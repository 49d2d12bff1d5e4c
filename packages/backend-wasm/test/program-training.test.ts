/** Whole training steps as generated code, against the same steps run at once on the reference backend. */
import { compile, Tape } from "@tapegrad/autodiff";
import { type Backend, type FloatDType, setDefaultDType, type Tensor } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import { crossEntropy, Embedding, GRU, Linear, LSTM, Module, RNN } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";
import { describe, expect, it } from "vitest";
import { cpuBackend, on, variants } from "./comparison.ts";

const layers = { LSTM, GRU, RNN };
const [vocabulary, embedded, hidden, batch, time] = [11, 7, 13, 3, 6];

class CharacterModel extends Module {
  readonly embedding: Embedding;
  readonly recurrent: LSTM | GRU | RNN;
  readonly head: Linear;

  constructor(kind: keyof typeof layers, generator: Generator) {
    super();
    this.embedding = new Embedding(vocabulary, embedded, { generator });
    this.recurrent = new layers[kind](embedded, hidden, { layers: 2, dropout: 0.2, generator });
    this.head = new Linear(hidden, vocabulary, { generator });
  }

  forward(tokens: Tensor): Tensor {
    return this.head.forward(this.recurrent.forward(this.embedding.forward(tokens)).output);
  }
}

interface Run {
  readonly kind: keyof typeof layers;
  readonly steps: number;
  readonly backend: Backend;
  readonly compiled: boolean;
  readonly dtype?: FloatDType;
}

function modelOf(kind: keyof typeof layers, dtype: FloatDType): CharacterModel {
  setDefaultDType(dtype);
  try {
    return new CharacterModel(kind, new Generator(5));
  } finally {
    setDefaultDType("float32");
  }
}

/** The loss and the norm of the gradient at each of `steps` steps, and the parameters at the end. */
function train({ kind, steps, backend, compiled, dtype = "float32" }: Run) {
  return on(backend, () => {
    const model = modelOf(kind, dtype);
    const parameters = [...model.parameters()];
    const optimizer = new Adam(parameters, { learningRate: 1e-2 });
    const step = (inputs: Tensor, targets: Tensor) => {
      const tape = new Tape();
      const loss = tape.record(() => crossEntropy(model.forward(inputs), targets));
      const { gradients, norm } = clipByGlobalNorm(tape.gradient(loss, parameters), 0.5);
      optimizer.step(gradients);
      return { loss, norm };
    };
    const run = compiled ? compile(step) : step;
    const losses = Array.from({ length: steps }, (_, i) => {
      // A sequence that can be learned: each token follows from the one before.
      const uniform = seededUniforms(i);
      const rows = Array.from({ length: batch }, () => {
        const start = Math.floor(uniform() * vocabulary);
        return Array.from({ length: time + 1 }, (_, t) => (start + t * t) % vocabulary);
      });
      const tokens = (from: number) =>
        fromHost(Int32Array.from(rows.flatMap((row) => row.slice(from, from + time))), [batch, time], "int32");
      const { loss, norm } = run(tokens(0), tokens(1));
      return [loss.itemSync(), norm.itemSync()] as const;
    });
    return { losses, parameters: parameters.map(({ value }) => value.dataSync()) };
  });
}

describe.each(Object.keys(layers) as (keyof typeof layers)[])("%s", (kind) => {
  const steps = 100;
  const expected = train({ kind, steps, backend: cpuBackend, compiled: false });

  it.each(variants)("%s: a hundred steps", (_, backend) => {
    const actual = train({ kind, steps, backend, compiled: true });
    for (const [i, [loss, norm]] of expected.losses.entries()) {
      const [ours, ourNorm] = defined(actual.losses[i], "loss");
      expect(Math.abs(ours - loss) / loss, `loss of step ${i}: ${ours} instead of ${loss}`).toBeLessThan(1e-3);
      expect(Math.abs(ourNorm - norm) / norm, `norm of step ${i}: ${ourNorm} instead of ${norm}`).toBeLessThan(1e-2);
    }
    // It learned.
    expect(defined(expected.losses.at(-1), "loss")[0]).toBeLessThan(0.8 * defined(expected.losses[0], "loss")[0]);
  });

  it.each(variants)("%s: in float64 the same to 1e-12", (_, backend) => {
    const run = { kind, steps: 4, dtype: "float64" } as const;
    const reference = train({ ...run, backend: cpuBackend, compiled: false });
    const actual = train({ ...run, backend, compiled: true });
    expect(actual.losses.length).toBe(4);
    for (const [i, pair] of actual.losses.entries()) {
      for (const [k, value] of pair.entries()) {
        const wanted = defined(reference.losses[i]?.[k], "number");
        expect(Math.abs(value - wanted) / wanted, `step ${i}: ${value} instead of ${wanted}`).toBeLessThan(1e-12);
      }
    }
    for (const [i, values] of actual.parameters.entries()) {
      const wanted = defined(reference.parameters[i], "parameter");
      expect(values).toBeInstanceOf(Float64Array);
      const distance = Math.max(...Array.from(values, (value, k) => Math.abs(value - (wanted[k] ?? NaN))));
      expect(distance, `parameter ${i}`).toBeLessThan(1e-12);
    }
  });
});
