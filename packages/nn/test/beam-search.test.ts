/** Beam search against exhaustive search, and its laws. */

import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import {
  DTypeError,
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import {
  type BeamSearchOptions,
  beamSearch,
  type DecodingStep,
  generate,
  type HiddenState,
  Linear,
  LSTM,
} from "@tapegrad/nn";
import { expandDims, Generator, log, logSoftmax, mul, oneHot, reshape, slice, take, zeros } from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Decoder } from "./decoding-model.ts";
import { at, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

interface Sequence {
  readonly tokens: readonly number[];
  readonly score: number;
  readonly isEnded: boolean;
}

const int32 = (of: readonly number[]) => tensor(Int32Array.from(of));

/** Every sequence of at most `maxLength` tokens that ends, and every one that does not in that many; the best first. */
function allSequences(
  step: DecodingStep<HiddenState>,
  initial: HiddenState,
  start: number,
  { end, maxLength, alpha = 0 }: Omit<BeamSearchOptions, "beams">,
): Sequence[] {
  const found: Sequence[] = [];
  const visit = (prefix: readonly number[], state: HiddenState, logProbability: number) => {
    const next = step(int32([prefix.at(-1) ?? start]), state);
    for (const [token, log] of values(logSoftmax(next.logits)).entries()) {
      const [tokens, total] = [[...prefix, token], logProbability + log];
      const isEnded = token === end;
      if (isEnded || tokens.length === maxLength)
        found.push({ tokens, score: total / tokens.length ** alpha, isEnded });
      else visit(tokens, next.state, total);
    }
  };
  visit([], initial, 0);
  return found.sort((a, b) => Number(b.isEnded) - Number(a.isEnded) || b.score - a.score);
}

/** The found sequences of one batch entry. */
function sequencesOf(result: ReturnType<typeof beamSearch>, entry: number, end: number): Sequence[] {
  const [, beams = 0, maxLength = 0] = result.tokens.shape;
  const [tokens, lengths, scores] = [values(result.tokens), values(result.lengths), values(result.scores)];
  return Array.from({ length: beams }, (_, beam) => {
    const place = entry * beams + beam;
    const all = tokens.slice(place * maxLength, (place + 1) * maxLength);
    const length = at(lengths, place);
    expect(all.slice(length).every((token) => token === end)).toBe(true);
    const own = all.slice(0, length);
    return { tokens: own, score: at(scores, place), isEnded: own.at(-1) === end };
  });
}

function expectSame(found: readonly Sequence[], expected: readonly Sequence[]): void {
  expect(found.map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
  expectClose(
    found.map(({ score }) => score),
    expected.map(({ score }) => score),
    1e-13,
  );
}

const problem = fc.record({
  vocabulary: fc.integer({ min: 2, max: 4 }),
  maxLength: fc.integer({ min: 1, max: 3 }),
  seed: fc.nat(1000),
  alpha: fc.constantFrom(0, 0.6, 1),
});

describe("with as many beams as there are sequences", () => {
  it("finds all of them in order", () => {
    fc.assert(
      fc.property(problem, ({ vocabulary, maxLength, seed, alpha }) => {
        const decoder = new Decoder(vocabulary, seed);
        const options = { end: vocabulary - 1, maxLength, alpha };
        const expected = allSequences(decoder.forward, decoder.initialState(1), 0, options);
        const result = beamSearch(decoder.forward, decoder.initialState(1), int32([0]), {
          ...options,
          beams: expected.length,
        });
        expectSame(sequencesOf(result, 0, options.end), expected);
      }),
      { numRuns: 40 },
    );
  });

  it("leaves places empty that no sequence can take", () => {
    const decoder = new Decoder(2, 1);
    const options = { end: 0, maxLength: 2 };
    const expected = allSequences(decoder.forward, decoder.initialState(1), 1, options);
    const result = beamSearch(decoder.forward, decoder.initialState(1), int32([1]), { ...options, beams: 5 });
    expectSame(sequencesOf(result, 0, 0).slice(0, expected.length), expected);
    expect(values(result.lengths).slice(expected.length)).toEqual([0, 0]);
    expect(values(result.scores).slice(expected.length)).toEqual([-Infinity, -Infinity]);
  });
});

/** Of `tokens` after token 0. */
function logProbability(decoder: Decoder, tokens: readonly number[]): number {
  let [total, state, last] = [0, decoder.initialState(1), 0];
  for (const token of tokens) {
    const next = decoder.forward(int32([last]), state);
    total += at(values(logSoftmax(next.logits)), token);
    [state, last] = [next.state, token];
  }
  return total;
}

describe("with few beams", () => {
  const settings = fc.record({
    seed: fc.nat(1000),
    beams: fc.integer({ min: 1, max: 4 }),
    alpha: fc.constantFrom(0, 1),
  });
  const [vocabulary, end, maxLength] = [5, 2, 6];

  it("what it finds are different sequences with the scores that they have", () => {
    fc.assert(
      fc.property(settings, ({ seed, beams, alpha }) => {
        const decoder = new Decoder(vocabulary, seed);
        const result = beamSearch(decoder.forward, decoder.initialState(1), int32([0]), {
          beams,
          end,
          maxLength,
          alpha,
        });
        const found = sequencesOf(result, 0, end);
        expect(new Set(found.map(({ tokens }) => tokens.join())).size).toBe(beams);
        const rescored = found.map((sequence) => ({
          ...sequence,
          score: logProbability(decoder, sequence.tokens) / sequence.tokens.length ** alpha,
        }));
        expectSame(found, rescored);
        expect(found).toEqual(found.toSorted((a, b) => Number(b.isEnded) - Number(a.isEnded) || b.score - a.score));
      }),
      { numRuns: 25 },
    );
  });

  it("each batch entry is searched as if it were alone", () => {
    const decoder = new Decoder(vocabulary, 3);
    const options = { beams: 3, end, maxLength, alpha: 1 };
    const { h } = decoder.initialState(3);
    const start = [0, 4, 1];
    const together = beamSearch(decoder.forward, { h }, int32(start), options);
    for (const [entry, token] of start.entries()) {
      const alone = beamSearch(decoder.forward, { h: slice(h, [entry], [entry + 1]) }, int32([token]), options);
      expectSame(sequencesOf(together, entry, end), sequencesOf(alone, 0, end));
    }
  });

  it("one beam is no worse than the greedy sequence that ends", () => {
    const compared = Array.from({ length: 30 }, (_, seed) => {
      const decoder = new Decoder(vocabulary, seed);
      const greedy = generate(decoder.forward, decoder.initialState(1), int32([0]), {
        length: maxLength,
        end,
        temperature: 0,
      });
      const tokens = values(greedy.tokens).slice(0, at(values(greedy.lengths), 0));
      if (tokens.at(-1) !== end) return false;
      const options = { beams: 1, end, maxLength };
      const best = defined(
        sequencesOf(beamSearch(decoder.forward, decoder.initialState(1), int32([0]), options), 0, end)[0],
        "sequence",
      );
      expect(best.score).toBeGreaterThanOrEqual(logProbability(decoder, tokens) - 1e-12);
      return true;
    });
    expect(compared.filter(Boolean).length).toBeGreaterThan(3);
  });

  it("is the same compiled", () => {
    const decoder = new Decoder(vocabulary, 5);
    const search = (start: Tensor, h: Tensor) =>
      beamSearch(decoder.forward, { h }, start, { beams: 3, end, maxLength, alpha: 0.6 });
    const { h } = decoder.initialState(2);
    const [eager, compiled] = [search(int32([0, 1]), h), compile(search)(int32([0, 1]), h)];
    expect(values(compiled.tokens)).toEqual(values(eager.tokens));
    expectClose(compiled.scores, values(eager.scores), 1e-13);
  });
});

it("finds what greedy choice misses: a likely sequence behind an unlikely token", () => {
  // From 0: 1 with 0.6, then all alike; 2 with 0.4, then 3 surely. Token 3 ends.
  const table = tensor([
    [0, 0.6, 0.4, 0],
    [0.25, 0.25, 0.25, 0.25],
    [0, 0, 0, 1],
    [0, 0, 0, 1],
  ]);
  const step: DecodingStep<Record<string, never>> = (tokens, state) => ({ logits: log(take(table, tokens)), state });
  const result = beamSearch(step, {}, int32([0]), { beams: 2, end: 3, maxLength: 2 });
  expect(sequencesOf(result, 0, 3)[0]).toMatchObject({ tokens: [2, 3] });
});

it("takes the states of layers, whose batch is the second axis", () => {
  const [vocabulary, hidden, batch] = [4, 3, 2];
  const lstm = new LSTM(vocabulary, hidden, { layers: 2, generator: new Generator(1) });
  const readout = new Linear(hidden, vocabulary, { generator: new Generator(2) });
  const start = () => ({ h: new Generator(3).normal([2, batch, hidden]), c: zeros([2, batch, hidden]) });
  const step: DecodingStep<ReturnType<typeof start>> = (tokens, state) => {
    const { output, state: next } = lstm.forward(expandDims(oneHot(tokens, vocabulary), { axis: 1 }), { state });
    return { logits: mul(5, readout.forward(reshape(output, [-1, hidden]))), state: next };
  };
  const options = { beams: 3, end: 3, maxLength: 4, batchAxis: 1 };
  const together = beamSearch(step, start(), int32([0, 1]), options);
  for (const entry of [0, 1]) {
    const { h, c } = start();
    const one = (x: Tensor) => slice(x, [0, entry], [2, entry + 1]);
    const alone = beamSearch(step, { h: one(h), c: one(c) }, int32([entry]), options);
    expectSame(sequencesOf(together, entry, 3), sequencesOf(alone, 0, 3));
  }
});

describe("what cannot be searched", () => {
  const run = (options: Partial<BeamSearchOptions>, start = int32([0, 1]), batch = 2) => {
    const decoder = new Decoder(3, 1);
    return () =>
      beamSearch(decoder.forward, decoder.initialState(batch), start, { beams: 2, end: 0, maxLength: 2, ...options });
  };

  it("is refused", () => {
    expect(run({ beams: 0 })).toThrow(
      new ShapeError("beamSearch", "the number of beams is not an integer of 1 or more: 0", "use 1 or more"),
    );
    expect(run({ maxLength: 0 })).toThrow(
      new ShapeError("beamSearch", "the maxLength is not an integer of 1 or more: 0", "use 1 or more"),
    );
    expect(run({ alpha: -1 })).toThrow(new TapegradError("beamSearch", "not an exponent: -1", "use a number from 0"));
    expect(run({ end: 3 })).toThrow(
      new TapegradError("beamSearch", "the end is not in the vocabulary: 3 of 3", "use a token from 0 to 2"),
    );
    expect(run({}, tensor([0.5, 1]))).toThrow(
      new DTypeError("beamSearch", "the first tokens are float64, not int32", 'make them with { dtype: "int32" }'),
    );
    expect(run({}, int32([0, 1, 2]))).toThrow(
      new ShapeError(
        "beamSearch",
        "the state is of another batch: [2,4] (axis 0: 2 ≠ 3)",
        "give tensors of the start's batch, or { batchAxis }",
      ),
    );
    expect(run({}, tensor([[0]], { dtype: "int32" }), 1)).toThrow(
      new ShapeError("beamSearch", "the first tokens do not fit: [1,1] (rank 2 ≠ 1)", "give [batch]"),
    );
    const step: DecodingStep<readonly []> = (tokens) => ({
      logits: oneHot(expandDims(tokens, { axis: 0 }), 3),
      state: [],
    });
    expect(() => generate(step, [], int32([0, 1]), { length: 2, temperature: 0 })).toThrow(
      new ShapeError(
        "generate",
        "the step returned other logits: [1,2,3] for 2 tokens",
        "return logits [batch, vocabulary]",
      ),
    );
  });
});
