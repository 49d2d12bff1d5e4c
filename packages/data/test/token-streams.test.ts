/** Streams for truncated BPTT: rows go on from window to window, targets are the inputs one step later. */
import { ShapeError } from "@tapegrad/core";
import { TokenStreams, type TokenWindow } from "@tapegrad/data";
import fc from "fast-check";
import { expect, it } from "vitest";

const count = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);

function row(tokens: Int32Array, index: number, window: number): number[] {
  return [...tokens.subarray(index * window, (index + 1) * window)];
}

it("cuts a text into streams side by side", () => {
  // 13 tokens: two streams of six, and one more for the last target.
  const streams = new TokenStreams(count(13), { batch: 2, window: 3 });
  expect(streams.windowsPerEpoch).toBe(2);
  expect(streams.at(0)).toEqual<TokenWindow>({
    inputs: Int32Array.of(0, 1, 2, 6, 7, 8),
    targets: Int32Array.of(1, 2, 3, 7, 8, 9),
    first: true,
  });
  expect(streams.at(1)).toEqual<TokenWindow>({
    inputs: Int32Array.of(3, 4, 5, 9, 10, 11),
    targets: Int32Array.of(4, 5, 6, 10, 11, 12),
    first: false,
  });
  expect(streams.at(2)).toEqual(streams.at(0));
  expect(streams.at(7)).toEqual(streams.at(1));
});

it("for every text, batch and window", () => {
  const sizes = fc.record({
    batch: fc.integer({ min: 1, max: 5 }),
    window: fc.integer({ min: 1, max: 7 }),
    extra: fc.nat(40),
  });
  fc.assert(
    fc.property(sizes, ({ batch, window, extra }) => {
      const length = batch * window + 1 + extra;
      const streams = new TokenStreams(count(length), { batch, window });
      const seen = new Set<number>();
      for (let step = 0; step < streams.windowsPerEpoch; step++) {
        const { inputs, targets, first } = streams.at(step);
        expect(first).toBe(step === 0);
        expect([...targets]).toEqual([...inputs].map((token) => token + 1));
        for (let index = 0; index < batch; index++) {
          const tokens = row(inputs, index, window);
          expect(tokens).toEqual(tokens.map((_, i) => (tokens[0] ?? 0) + i));
          if (step > 0) expect(tokens[0]).toBe(row(streams.at(step - 1).targets, index, window).at(-1));
        }
        for (const token of inputs) seen.add(token);
      }
      // No token twice, and what is left out would not fill a window of every stream.
      expect(seen.size).toBe(streams.windowsPerEpoch * batch * window);
      expect(length - 1 - seen.size).toBeLessThan(batch * window + batch);
      expect(Math.max(...seen)).toBeLessThan(length - 1);
    }),
  );
});

it("does not share memory between windows", () => {
  const streams = new TokenStreams(count(13), { batch: 2, window: 3 });
  const { inputs } = streams.at(0);
  inputs.fill(-1);
  expect([...streams.at(0).inputs]).not.toContain(-1);
});

it("says how much text is missing", () => {
  expect(() => new TokenStreams(count(6), { batch: 2, window: 3 })).toThrow(
    new ShapeError(
      "TokenStreams",
      "the text is too short: 6 tokens (6 < 7)",
      "give it 7, or use a smaller batch or window",
    ),
  );
  expect(new TokenStreams(count(7), { batch: 2, window: 3 }).windowsPerEpoch).toBe(1);
  expect(() => new TokenStreams(new Int32Array(0), { batch: 1, window: 1 })).toThrow(/too short: 0 tokens \(0 < 2\)/);
});

it.each([
  [0, 3, "batch", 0],
  [2, 0, "window", 0],
  [1.5, 3, "batch", 1.5],
  [2, -1, "window", -1],
  [2, Number.NaN, "window", Number.NaN],
])("batch %d and window %d are no sizes", (batch, window, what, value) => {
  expect(() => new TokenStreams(count(99), { batch, window })).toThrow(
    new ShapeError("TokenStreams", `the ${what} is not an integer of 1 or more: ${value}`, "use 1 or more"),
  );
});

it.each([-1, 0.5, Number.NaN, Infinity])("window number %d is none", (step) => {
  expect(() => new TokenStreams(count(9), { batch: 2, window: 2 }).at(step)).toThrow(
    new ShapeError("TokenStreams", `the step is not an integer of 0 or more: ${step}`, "use 0 or more"),
  );
});

it("takes typed arrays whose values are tokens, and no lists", () => {
  const options = { batch: 2, window: 3 };
  expect(new TokenStreams(Uint8Array.from(count(20)), options).at(1)).toEqual(
    new TokenStreams(count(20), options).at(1),
  );
  expect(() => new TokenStreams(Float32Array.of(1, 2.5, 3), options)).toThrow(
    "TokenStreams: not a token: 2.5; tokens are int32",
  );
  const list: unknown = [1, 2, 3, 4, 5, 6, 7];
  expect(() => new TokenStreams(list as Int32Array, options)).toThrow(
    "TokenStreams: the text is not made of tokens: [1,2,3,4,5,6,7]; give an Int32Array, as vocabulary.encode does",
  );
});
