/** Generation against the loop written out. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { ShapeError, setBackend, setDefaultDType, tensor } from "@tapegrad/core";
import { type GenerateOptions, generate, sample } from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { Decoder } from "./decoding-model.ts";
import { rows, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [vocabulary, end] = [5, 2];
const int32 = (of: readonly number[]) => tensor(Int32Array.from(of));

/** One step after the other, the tokens of each. */
function loop(
  decoder: Decoder,
  start: readonly number[],
  { length, end: stop, ...choice }: GenerateOptions,
): number[][] {
  let [tokens, state] = [int32(start), decoder.initialState(start.length)];
  const found: number[][] = start.map(() => []);
  for (let i = 0; i < length; i++) {
    const next = decoder.forward(tokens, state);
    const chosen = values(sample(next.logits, choice));
    for (const [entry, token] of chosen.entries()) {
      const before = found[entry];
      before?.push(stop !== undefined && before.includes(stop) ? stop : token);
    }
    [tokens, state] = [int32(found.map((sequence) => sequence.at(-1) ?? 0)), next.state];
  }
  return found;
}

const choices = fc.oneof(
  fc.constant({ temperature: 0 }),
  fc.record({ temperature: fc.constantFrom(0.5, 1, 2) }),
  fc.record({ topK: fc.integer({ min: 1, max: 9 }) }),
  fc.record({ topP: fc.constantFrom(0.3, 0.9, 1) }),
);

describe("generate", () => {
  it("is the loop over steps and choices, eagerly and compiled", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 1, max: 3 }), fc.boolean(), choices, (seed, batch, ends, choice) => {
        const decoder = new Decoder(vocabulary, seed);
        const start = Array.from({ length: batch }, (_, i) => i);
        const options = (): GenerateOptions => ({
          length: 6,
          generator: new Generator(seed),
          ...(ends && { end }),
          ...choice,
        });
        const expected = loop(decoder, start, options());
        const run = (settings: GenerateOptions) => {
          const { tokens, lengths } = generate(decoder.forward, decoder.initialState(batch), int32(start), settings);
          return { tokens, lengths };
        };
        const settings = options();
        for (const { tokens, lengths } of [run(options()), compile(() => run(settings))()]) {
          expect(rows(tokens)).toEqual(expected);
          const ended = expected.map((sequence) => (ends ? sequence.indexOf(end) + 1 : 0) || 6);
          expect(values(lengths)).toEqual(ended);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("goes on from the state that it gives back", () => {
    const decoder = new Decoder(vocabulary, 7);
    const choice = { temperature: 0 };
    const whole = generate(decoder.forward, decoder.initialState(1), int32([0]), { length: 7, ...choice });
    const first = generate(decoder.forward, decoder.initialState(1), int32([0]), { length: 3, ...choice });
    const last = int32([values(first.tokens).at(-1) ?? 0]);
    const rest = generate(decoder.forward, first.state, last, { length: 4, ...choice });
    expect([...values(first.tokens), ...values(rest.tokens)]).toEqual(values(whole.tokens));
  });

  it("refuses what is no number of steps", () => {
    const decoder = new Decoder(vocabulary, 7);
    for (const length of [0, 1.5]) {
      expect(() => generate(decoder.forward, decoder.initialState(1), int32([0]), { length, temperature: 0 })).toThrow(
        new ShapeError("generate", `the length is not an integer of 1 or more: ${length}`, "use 1 or more"),
      );
    }
  });
});
