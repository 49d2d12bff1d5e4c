/** Tokens of probability 0 are never drawn, whatever the bits, and rare ones no more often than they should be. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { type Backend, type Shape, setBackend, type Tensor, tensor } from "@tapegrad/core";
import { generate, type SampleOptions, sample, teacherForcing } from "@tapegrad/nn";
import { broadcastTo, full, Generator, take } from "@tapegrad/ops";
import { beforeEach, describe, expect, it } from "vitest";
import { values } from "./plain.ts";

/** A Generator whose bits are all 0, or all 1. */
class EdgeGenerator extends Generator {
  readonly #bit: 0 | 1;
  constructor(bit: 0 | 1) {
    super(1);
    this.#bit = bit;
  }
  override bits(shape: Shape, bits: number): Tensor {
    return full(shape, this.#bit * (2 ** bits - 1), { dtype: "int32" });
  }
}

const backends: readonly [string, Backend][] = [
  ["cpu", cpuBackend],
  ["wasm", wasmBackend()],
];
const options: readonly Partial<SampleOptions>[] = [
  {},
  { topK: 2 },
  { topP: 0.99 },
  { topP: 1 },
  { temperature: 1e-39 },
];

describe.each(backends)("on %s", (_, backend) => {
  beforeEach(() => setBackend(backend));

  it.each(options)("the edges of the bits reach no impossible token with %o", (option) => {
    for (const dtype of ["float32", "float64"] as const) {
      const logits = tensor([-Infinity, -3e38, -Infinity, 3e38, -Infinity], { dtype });
      for (const bit of [0, 1] as const) {
        const generator = new EdgeGenerator(bit);
        const draw = (x: Tensor) => sample(x, { generator, ...option });
        expect(values(draw(logits))).toEqual([3]);
        expect(values(compile(draw)(logits))).toEqual([3]);
      }
    }
  });

  it("neither does a draw whose uniform is 0", () => {
    const row = Array.from({ length: 64 }, (_, token) => (token < 43 ? -1 : -Infinity));
    const logits = broadcastTo(tensor(row), [16384, 64]);
    expect(Math.max(...values(sample(logits, { generator: new Generator(42) })))).toBeLessThan(43);
  });

  it("nor do generate and teacherForcing", () => {
    const table = tensor([
      [-Infinity, 0, -Infinity],
      [-Infinity, -Infinity, 0],
      [0, -Infinity, -Infinity],
    ]);
    const step = (tokens: Tensor, state: Tensor) => ({ logits: take(table, tokens), state });
    const start = tensor([0, 1], { dtype: "int32" });
    for (const bit of [0, 1] as const) {
      const generator = new EdgeGenerator(bit);
      const written = () => generate(step, start, start, { length: 4, generator }).tokens;
      for (const tokens of [written(), compile(written)()]) expect(values(tokens)).toEqual([1, 2, 0, 1, 2, 0, 1, 2]);
      // Every read token is one that was drawn, so every row of the table follows the one before.
      const targets = full([1, 4], 2, { dtype: "int32" });
      const forced = teacherForcing(step, start, targets, { start: 0, samplingProbability: 1, generator });
      expect(values(forced.logits).map((x) => (x === 0 ? 1 : 0))).toEqual([0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 0]);
    }
  });
});

describe("frequencies", () => {
  beforeEach(() => setBackend(wasmBackend()));

  it("of tokens that are rarer than a uniform of 24 bits can tell", () => {
    // 2¹¹ tokens of probability 2⁻⁴⁰ each in 2¹⁴ draws: 2⁻¹⁵ of them are expected, and with 24 bits two.
    const row = Float32Array.from({ length: 2048 }, (_, token) => (token === 7 ? 0 : -40 * Math.LN2));
    const draw = compile((x: Tensor, generator: Generator) => sample(broadcastTo(x, [2048, 2048]), { generator }));
    const generator = new Generator(3);
    for (let round = 0; round < 8; round++) expect(new Set(values(draw(tensor(row), generator)))).toEqual(new Set([7]));
  });

  it("of many tokens, within what chance allows", () => {
    const weights = Array.from({ length: 40 }, (_, token) => 1 / (1 + token));
    const total = weights.reduce((a, b) => a + b);
    const draws = 40_000;
    const logits = broadcastTo(tensor(weights.map(Math.log)), [draws, weights.length]);
    const counts = new Array<number>(weights.length).fill(0);
    for (const token of values(sample(logits, { generator: new Generator(5) })))
      counts[token] = (counts[token] ?? 0) + 1;
    const chiSquare = weights.reduce((sum, weight, token) => {
      const expected = (weight / total) * draws;
      return sum + ((counts[token] ?? 0) - expected) ** 2 / expected;
    }, 0);
    expect(chiSquare).toBeLessThan(72.1); // Exceeded once in a thousand times with 39 degrees of freedom.
  });
});
