/** Teacher forcing and scheduled sampling against the loop written out, and a translation model that learns with them. */

import { compile, grad, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { expectClose } from "@tapegrad/conformance";
import { type Parameter, setBackend, setDefaultDType, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import {
  AdditiveAttention,
  crossEntropy,
  type DecodingStep,
  Embedding,
  GRU,
  GRUCell,
  generate,
  type HiddenState,
  Linear,
  Module,
  type TeacherForcingOptions,
  teacherForcing,
} from "@tapegrad/nn";
import { argmax, cast, concat, flip, floor, Generator, mul, slice, sum, take } from "@tapegrad/ops";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";
import { beforeEach, describe, expect, it } from "vitest";
import { Decoder } from "./decoding-model.ts";
import { values } from "./plain.ts";

beforeEach(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [vocabulary, start] = [5, 4];
const labels = [
  [0, 3, 1, 2],
  [2, 2, 0, -100],
];
const targets = () => tensor(labels, { dtype: "int32" });

/** Logits [batch, time, vocabulary], flat; `read` says what step `t` reads for entry `b`, given the logits before. */
function loop(decoder: Decoder, read: (b: number, t: number, last: Tensor | undefined) => number): number[] {
  let state: HiddenState = decoder.initialState(labels.length);
  let last: Tensor | undefined;
  const all: number[][][] = labels.map(() => []);
  for (let t = 0; t < 4; t++) {
    const before = last;
    const next = decoder.forward(
      tensor(
        labels.map((_, b) => read(b, t, before)),
        { dtype: "int32" },
      ),
      state,
    );
    [last, state] = [next.logits, next.state];
    for (const [b, rows] of all.entries()) rows.push(values(slice(last, [b], [b + 1])));
  }
  return all.flat(2);
}

const teacher = (b: number, t: number) => (t === 0 ? start : Math.max(labels[b]?.[t - 1] ?? start, 0));
const own = (b: number, t: number, last: Tensor | undefined) =>
  t === 0 || last === undefined ? start : (values(argmax(last, { axis: -1 }))[b] ?? start);

describe("teacherForcing", () => {
  const run = (options: Partial<TeacherForcingOptions> = {}, seed = 1) => {
    const decoder = new Decoder(vocabulary, seed);
    return teacherForcing(decoder.forward, decoder.initialState(2), targets(), { start, ...options });
  };

  it("reads each target one step after it was to be predicted", () => {
    const { logits } = run();
    expect(logits.shape).toEqual([2, 4, vocabulary]);
    expectClose(logits, loop(new Decoder(vocabulary, 1), teacher), 1e-14);
  });

  it("with probability 1 reads what it would have written", () => {
    const generator = new Generator(1);
    const { logits } = run({ samplingProbability: 1, generator, temperature: 0 });
    expectClose(logits, loop(new Decoder(vocabulary, 1), own), 1e-14);
    const decoder = new Decoder(vocabulary, 1);
    const written = generate(decoder.forward, decoder.initialState(2), tensor([start, start], { dtype: "int32" }), {
      length: 4,
      temperature: 0,
    });
    expect(values(argmax(logits, { axis: -1 }))).toEqual(values(written.tokens));
  });

  it("reads ignored targets as the start token, not as an index that poisons the gradient", () => {
    const decoder = new Decoder(vocabulary, 2);
    const padded = tensor([[0, -100, -100]], { dtype: "int32" });
    const loss = (_: readonly Parameter[]) => {
      const { logits } = teacherForcing(decoder.forward, decoder.initialState(1), padded, { start });
      return crossEntropy(logits, padded);
    };
    const gradients = grad(loss)(decoder.parameters());
    expect(gradients.flatMap(values).every(Number.isFinite)).toBe(true);
  });

  it("draws as often as it is told, by a number that a compiled step may change", () => {
    // A decoder without memory that always chooses token 4, and says in the logit of token 0 whether it read that.
    const table = tensor(Array.from({ length: vocabulary }, (_, token) => [token === 4 ? 1 : 0, 0, 0, 0, 9]));
    const step: DecodingStep<readonly []> = (tokens) => ({ logits: take(table, tokens), state: [] });
    const many = tensor(new Int32Array(4000), { shape: [40, 100] });
    const generator = new Generator(5);
    let recordings = 0;
    const share = compile((p: number) => {
      recordings++;
      const { logits } = teacherForcing(step, [], many, {
        start: 1,
        samplingProbability: p,
        generator,
        temperature: 0,
      });
      return sum(slice(logits, [0, 1, 0], [40, 100, 1]));
    });
    for (const p of [0, 0.25, 1]) {
      const [found, expected] = [share(p).itemSync() / (40 * 99), p];
      expect(Math.abs(found - expected)).toBeLessThan(0.03);
    }
    expect(recordings).toBe(1);
  });

  it("lets no gradient through a choice", () => {
    const decoder = new Decoder(vocabulary, 3);
    const options = { start, samplingProbability: 1, generator: new Generator(1), temperature: 0 };
    const own = teacherForcing(decoder.forward, decoder.initialState(2), targets(), options);
    const read = concat([tensor([[start], [start]], { dtype: "int32" }), argmax(own.logits, { axis: -1 })], {
      axis: 1,
    });
    const fixed = slice(read, [0, 1], [2, 5]);
    const weight = new Generator(2).normal([2, 4, vocabulary]);
    const gradientsOf = (f: () => { logits: Tensor }) => {
      const tape = new Tape();
      const loss = tape.record(() => sum(mul(f().logits, weight)));
      return tape.gradient(loss, decoder.parameters());
    };
    const chosen = gradientsOf(() => teacherForcing(decoder.forward, decoder.initialState(2), targets(), options));
    const forced = gradientsOf(() => teacherForcing(decoder.forward, decoder.initialState(2), fixed, { start }));
    for (const [i, gradient] of chosen.entries()) expectClose(gradient, values(defined(forced[i], "gradient")), 1e-13);
  });

  it("refuses chance without a generator, and what is no probability", () => {
    expect(() => run({ samplingProbability: 0.5 })).toThrow(
      new TapegradError("teacherForcing", "there is no generator", "pass one, or leave samplingProbability out"),
    );
    for (const samplingProbability of [-0.1, 1.1, Number.NaN]) {
      expect(() => run({ samplingProbability, generator: new Generator(1) })).toThrow(
        new TapegradError("teacherForcing", `not a probability: ${samplingProbability}`, "use 0 ≤ p ≤ 1"),
      );
    }
  });
});

/** Reads a word, attends to it and writes it backwards. */
class Reverser extends Module {
  readonly embedding: Embedding;
  readonly encoder: GRU;
  readonly cell: GRUCell;
  readonly attention: AdditiveAttention;
  readonly readout: Linear;

  constructor(letters: number, hidden: number, generator: Generator) {
    super();
    this.embedding = new Embedding(letters + 1, hidden, { generator });
    this.encoder = new GRU(hidden, hidden, { bidirectional: true, generator });
    this.cell = new GRUCell(3 * hidden, hidden, { generator });
    this.attention = new AdditiveAttention(hidden, 2 * hidden, hidden, { generator });
    this.readout = new Linear(3 * hidden, letters, { generator });
  }

  encode(words: Tensor): Translation {
    const { output } = this.encoder.forward(this.embedding.forward(words));
    return { h: this.cell.initialState(words.shape[0] ?? 0).h, memory: output };
  }

  forward: DecodingStep<Translation> = (tokens, { h, memory }) => {
    const { context } = this.attention.forward(h, memory);
    const input = concat([this.embedding.forward(tokens), context], { axis: -1 });
    const { output, state } = this.cell.step(input, { h });
    return { logits: this.readout.forward(concat([output, context], { axis: -1 })), state: { h: state.h, memory } };
  };
}

interface Translation extends HiddenState {
  /** [batch, time, 2·hidden]. */
  readonly memory: Tensor;
}

it("a sequence-to-sequence model with attention learns to reverse words, in one compiled step", () => {
  setBackend(wasmBackend());
  setDefaultDType("float32");
  const [letters, batch, time] = [5, 32, 4];
  const generator = new Generator(11);
  const model = new Reverser(letters, 16, generator);
  const optimizer = new Adam(model.parameters(), { learningRate: 2e-2 });
  const begin = letters;
  const trainStep = compile((words: Tensor, samplingProbability: number) => {
    const backwards = flip(words, { axis: 1 });
    const tape = new Tape();
    const loss = tape.record(() => {
      const options = { start: begin, samplingProbability, generator };
      return crossEntropy(teacherForcing(model.forward, model.encode(words), backwards, options).logits, backwards);
    });
    optimizer.step(clipByGlobalNorm(tape.gradient(loss, model.parameters()), 1).gradients);
    return loss;
  });
  const words = (seed: number) => {
    const drawn = new Generator(seed).uniform([batch, time], { high: letters });
    return cast(floor(drawn), "int32");
  };
  for (let i = 0; i < 200; i++) trainStep(words(i), 0.25 * (i / 200));
  const test = words(1e6);
  const first = tensor(new Int32Array(batch).fill(begin));
  const { tokens } = generate(model.forward, model.encode(test), first, { length: time, temperature: 0 });
  const [found, expected] = [values(tokens), values(flip(test, { axis: 1 }))];
  const right = found.filter((token, i) => token === expected[i]).length / found.length;
  expect(right).toBeGreaterThan(0.9);
});
