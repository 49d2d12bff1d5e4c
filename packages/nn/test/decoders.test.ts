/** What decoders take: modules and functions, states with an axis of their own for the batch; and one beam, which is greedy. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { add, Generator, reshape, transpose } from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import {
  beamSearch,
  bptt,
  Embedding,
  GRU,
  generate,
  gradientFlow,
  type HiddenState,
  Linear,
  Module,
  overTime,
  Sequential,
  teacherForcing,
  truncatedBptt,
} from "../src/index.ts";
import { Decoder } from "./decoding-model.ts";
import { values } from "./plain.ts";

beforeAll(() => setBackend(cpuBackend));

const int32 = (data: number[]) => tensor(data, { dtype: "int32" });

it("one beam is greedy: it writes what generate writes at temperature 0", () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.constantFrom(0, 0.7), fc.boolean(), (seed, alpha, compiled) => {
      const decoder = new Decoder(4, seed);
      const [state, start, end] = [decoder.initialState(3), int32([1, 2, 3]), seed % 4];
      const search = () => beamSearch(decoder.forward, state, start, { beams: 1, end, maxLength: 5, alpha });
      const { tokens, lengths } = (compiled ? compile(search) : search)();
      const greedy = generate(decoder.forward, state, start, { length: 5, end, temperature: 0 });
      expect([tokens, lengths].map(values)).toEqual([greedy.tokens, greedy.lengths].map(values));
    }),
    { numRuns: 12 },
  );
});

/** A decoder as PyTorch has them: the layer's states [layers, batch, hidden], beside a memory [batch, size]. */
interface State {
  readonly layer: HiddenState;
  readonly memory: Tensor;
}

class LayerDecoder extends Module {
  readonly embedding = new Embedding(5, 3, { generator: new Generator(1) });
  readonly layer = new GRU(3, 4, { layers: 2, generator: new Generator(2) });
  readonly readout = new Linear(4, 5, { generator: new Generator(3) });
  #bias = 0;

  forward(tokens: Tensor, { layer, memory }: State): { logits: Tensor; state: State } {
    const input = reshape(this.embedding.forward(tokens), [-1, 1, 3]);
    const { output, state } = this.layer.forward(input, { state: layer });
    return { logits: add(this.readout.forward(reshape(output, [-1, 4])), memory), state: { layer: state, memory } };
  }

  secret(tokens: Tensor, state: State): { logits: Tensor; state: State } {
    return { logits: add(tokens, this.#bias), state };
  }
}

it("each tensor of a state has its own axis for the batch", () => {
  const decoder = new LayerDecoder();
  const [start, options] = [int32([0, 1]), { beams: 3, end: 0, maxLength: 4 }];
  const [h, memory] = [new Generator(4).normal([2, 2, 4]), new Generator(5).normal([2, 5])];
  const search = (batchAxis: object) =>
    beamSearch(decoder, { layer: { h }, memory }, start, { ...options, ...batchAxis });
  // The same with the batch first everywhere.
  const batchFirst = (tokens: Tensor, { layer, memory: held }: State) => {
    const turn = (state: HiddenState) => ({ h: transpose(state.h, [1, 0, 2]) });
    const { logits, state } = decoder.forward(tokens, { layer: turn(layer), memory: held });
    return { logits, state: { layer: turn(state.layer), memory: held } };
  };
  const expected = beamSearch(batchFirst, { layer: { h: transpose(h, [1, 0, 2]) }, memory }, start, options);
  for (const axes of [
    { layer: 1, memory: 0 },
    { layer: { h: -2 }, memory: -2 },
  ]) {
    const found = search({ batchAxis: axes });
    expect([found.tokens, found.scores].map(values)).toEqual([expected.tokens, expected.scores].map(values));
  }
  expect(() => search({ batchAxis: { layer: 1 } })).toThrow(
    "beamSearch: batchAxis does not match the state at memory: nothing; give one axis, or a tree of axes like the state",
  );
  expect(() => search({ batchAxis: { layer: 1, memory: 0, more: 0 } })).toThrow("does not match the state at more");
  expect(() => search({ batchAxis: [1, 0] })).toThrow("beamSearch: batchAxis does not match the state: [1,0]");
  expect(() => search({ batchAxis: { layer: 4, memory: 0 } })).toThrow("beamSearch: axis 4 is out of range: [2,2,4]");
});

it("modules are taken, and a method without its object says so", () => {
  const decoder = new LayerDecoder();
  const state = { layer: decoder.layer.initialState(2), memory: new Generator(5).normal([2, 5]) };
  const start = int32([0, 1]);
  const options = { length: 3, temperature: 0 };
  const expected = generate((tokens, s: State) => decoder.forward(tokens, s), state, start, options);
  for (const given of [decoder, decoder.forward.bind(decoder)])
    expect(values(generate(given, state, start, options).tokens)).toEqual(values(expected.tokens));
  const { forward, secret } = decoder; // Taken off, as `generate(decoder.forward, …)` does.
  const message = (op: string, what: string) =>
    new RegExp(`^${op}: the ${what} is a method without its object: it reads this.*; pass the module itself, or `);
  const x = new Generator(6).normal([2, 3, 3]);
  const layer = new GRU(3, 4);
  const targets = tensor([[0, 1]], { dtype: "int32" });
  const calls: readonly [string, string, () => unknown][] = [
    ["generate", "step", () => generate(forward, state, start, options)],
    ["generate", "step", () => generate(secret, state, start, options)],
    [
      "beamSearch",
      "step",
      () => beamSearch(forward, state, start, { beams: 1, end: 0, maxLength: 2, batchAxis: { layer: 1, memory: 0 } }),
    ],
    ["teacherForcing", "step", () => teacherForcing(forward, state, targets, { start: 0 })],
    ["gradientFlow", "model", () => gradientFlow(layer.forward, x)],
    ["bptt", "first argument", () => bptt(untyped(forward), [])(start, x)],
    ["truncatedBptt", "first argument", () => [...truncatedBptt(untyped(forward), x, { window: 1, state: x })]],
    ["overTime", "first argument", () => overTime(untyped(forward))(x, x)],
    ["Sequential", "layer 0", () => new Sequential(new Linear(3, 4).forward).forward(x)],
  ];
  for (const [op, what, call] of calls) {
    expect(call).toThrow(message(op, what));
    expect(call).toThrow(TapegradError);
  }
  expect(() => generate(untyped(LayerDecoder), state, start, options)).toThrow(
    "generate: the step is neither a function nor a module: a class; pass a module, or a function",
  );
});

it("what a step returns is looked at", () => {
  const start = int32([0, 1]);
  for (const result of [undefined, null, 1, {}, { logits: 1, state: {} }, { logits: start }])
    expect(() => generate(() => untyped(result), {}, start, { length: 1, temperature: 0 })).toThrow(
      /^generate: the step returned .*; return \{ logits, state \}/,
    );
  const step = (tokens: Tensor) => ({
    logits: new Generator(1).normal([tokens.shape[0] ?? 0, 3]),
    state: { other: tokens },
  });
  expect(() => generate(untyped(step), { h: start }, start, { length: 1, temperature: 0 })).toThrow(
    "generate: the state that the step returned has another structure",
  );
  expect(() => beamSearch(step, untyped(null), start, { beams: 1, end: 0, maxLength: 2 })).toThrow(
    "beamSearch: the state is no tree of tensors: null; give what the step takes, or {} for no state",
  );
});

it("an end beyond the vocabulary is refused", () => {
  const decoder = new Decoder(4, 1);
  for (const end of [4, 100])
    expect(() => generate(decoder, decoder.initialState(1), int32([0]), { length: 2, end, temperature: 0 })).toThrow(
      `generate: the end is not in the vocabulary: ${end} of 4; use a token from 0 to 3`,
    );
  for (const end of [-1, 0.5, Number.NaN])
    expect(() => generate(decoder, decoder.initialState(1), int32([0]), { length: 2, end, temperature: 0 })).toThrow(
      `generate: the end is not an integer of 0 or more: ${end}`,
    );
});

/** As a caller without types would pass it. */
function untyped(value: unknown): never {
  return value as never; // The point of these tests.
}
