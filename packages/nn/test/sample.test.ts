/** Sampling: the support is what the options say, and frequencies are those of the softmax. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { setBackend, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { type SampleOptions, sample } from "@tapegrad/nn";
import { broadcastTo, Generator } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { values } from "./plain.ts";

beforeAll(() => setBackend(cpuBackend));

const probabilities = [0.15, 0.5, 0.05, 0.3];
const logits = probabilities.map(Math.log);
const draws = 8000;

function drawn(options: Partial<SampleOptions> = {}, seed = 41): number[] {
  const many = broadcastTo(tensor(logits), [draws, logits.length]);
  return values(sample(many, { generator: new Generator(seed), ...options }));
}

/** Σ (observed − expected)² / expected over the classes that can occur. */
function chiSquare(tokens: readonly number[], expected: readonly number[]): number {
  const total = expected.reduce((a, b) => a + b);
  return expected.reduce((sum, weight, token) => {
    const observed = tokens.filter((found) => found === token).length;
    if (weight === 0) return observed === 0 ? sum : Number.POSITIVE_INFINITY;
    const count = (weight / total) * tokens.length;
    return sum + (observed - count) ** 2 / count;
  }, 0);
}

/** What chi-square with 3 degrees of freedom exceeds once in a thousand times. */
const limit = 16.27;

describe("frequencies", () => {
  it("are the softmax of the logits", () => {
    expect(chiSquare(drawn(), probabilities)).toBeLessThan(limit);
    expect(chiSquare(drawn(), [0.15, 0.45, 0.1, 0.3])).toBeGreaterThan(limit);
  });

  it.each([0.5, 2])("at temperature %d are the softmax of the divided logits", (temperature) => {
    const expected = probabilities.map((p) => p ** (1 / temperature));
    expect(chiSquare(drawn({ temperature }), expected)).toBeLessThan(limit);
  });

  it("within the support of topK are those of its members", () => {
    expect(chiSquare(drawn({ topK: 3 }), [0.15, 0.5, 0, 0.3])).toBeLessThan(limit);
  });

  it("come from the generator alone", () => {
    expect(drawn()).toEqual(drawn());
    expect(drawn({}, 42)).not.toEqual(drawn());
  });
});

describe("the support", () => {
  const support = (options: Partial<SampleOptions>) => [...new Set(drawn(options))].sort();

  it.each([
    [{}, [0, 1, 2, 3]],
    [{ topK: 1 }, [1]],
    [{ topK: 2 }, [1, 3]],
    [{ topK: 9 }, [0, 1, 2, 3]],
    [{ topP: 0.1 }, [1]],
    [{ topP: 0.6 }, [1, 3]],
    [{ topP: 0.9 }, [0, 1, 3]],
    [{ topP: 1 }, [0, 1, 2, 3]],
    [{ topP: 0.9, topK: 2 }, [1, 3]],
    // At a quarter, the most likely has p⁴ / Σ p⁴ = 0.88 by itself: topP counts after the temperature.
    [{ topP: 0.6, temperature: 0.25 }, [1]],
  ])("of %o is %o", (options, expected) => {
    expect(support(options)).toEqual(expected);
  });

  it("at temperature 0 is the first of the most likely", () => {
    expect(support({ temperature: 0 })).toEqual([1]);
    expect(values(sample(tensor([2, 5, 5]), { generator: new Generator(0), temperature: 0 }))).toEqual([1]);
  });

  it("never holds what has no probability", () => {
    const many = broadcastTo(tensor([0, Number.NEGATIVE_INFINITY, 0]), [2000, 3]);
    expect(new Set(values(sample(many, { generator: new Generator(43) })))).toEqual(new Set([0, 2]));
  });
});

it("drops the last axis and gives int32", () => {
  const check = (t: Tensor, shape: number[]) => {
    expect(t.dtype).toBe("int32");
    expect(t.shape).toEqual(shape);
  };
  check(sample(broadcastTo(tensor(logits), [2, 3, 4]), { generator: new Generator(1) }), [2, 3]);
  check(sample(tensor(logits), { generator: new Generator(1) }), []);
  check(sample(tensor(logits), { generator: new Generator(1), temperature: 0 }), []);
});

it.each([
  [{ temperature: -1 }, "not a temperature: -1", "use a number from 0"],
  [{ temperature: Number.NaN }, "not a temperature: NaN", "use a number from 0"],
  [{ topK: 0 }, "the option topK is not an integer of 1 or more: 0", "use 1 or more"],
  [{ topK: 1.5 }, "the option topK is not an integer of 1 or more: 1.5", "use 1 or more"],
  [{ topP: 0 }, "not a topP: 0", "use 0 < p ≤ 1"],
  [{ topP: 1.1 }, "not a topP: 1.1", "use 0 < p ≤ 1"],
  [{ topP: Number.NaN }, "not a topP: NaN", "use 0 < p ≤ 1"],
])("%o is refused", (options, problem, remedy) => {
  const draw = () => sample(tensor(logits), { generator: new Generator(1), ...options });
  expect(draw).toThrow(TapegradError);
  expect(draw).toThrow(`sample: ${problem}; ${remedy}`);
});

it("needs a generator only where there is chance, and something to choose from", () => {
  expect(values(sample(tensor(logits), { temperature: 0 }))).toEqual([1]);
  expect(() => sample(tensor(logits))).toThrow(
    new TapegradError("sample", "there is no generator", "pass one, or temperature 0 for the most likely token"),
  );
  for (const nothing of [tensor(1), tensor([], { shape: [2, 0] })]) {
    expect(() => sample(nothing, { generator: new Generator(1) })).toThrow("sample: there is nothing to choose from");
  }
});

it("takes a temperature that is an argument of a compiled function", () => {
  const many = broadcastTo(tensor(logits), [200, logits.length]);
  const generator = new Generator(41);
  const draw = compile((temperature: number) => sample(many, { generator, temperature }));
  const seeded = new Generator(41);
  for (const temperature of [0.5, 2])
    expect(values(draw(temperature))).toEqual(values(sample(many, { generator: seeded, temperature })));
});
