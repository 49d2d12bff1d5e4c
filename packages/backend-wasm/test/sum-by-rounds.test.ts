/** Sums over the rounds of a loop, taken a few rounds at a time. */
import { compile, grad, scan } from "@tapegrad/autodiff";
import { plan, type Schedule, type Step } from "@tapegrad/compiler";
import type { FloatDType, Program, Tensor } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import { add, matmul, sum, take, tanh } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mathImportObject } from "../src/math/lane-calls.ts";
import { arrayAt } from "../src/memory/typed-view.ts";
import { generate, staticAddress } from "../src/program/generate.ts";
import { type RoundLimits, sumByRounds, usualLimits } from "../src/program/sum-by-rounds.ts";
import { target } from "../src/program/target.ts";
import { cpuBackend, expectWithinUlps, floats, on, type Result, read, uniforms } from "./comparison.ts";
import { violations } from "./plan-invariants.ts";
import { dividedWork, races } from "./race.ts";

const always: RoundLimits = { shortStack: 0, longestPart: Number.POSITIVE_INFINITY, fewestRows: 1 };

const planOf = (program: Program) => plan(program, target);

function run(plan: Schedule, inputs: readonly Tensor[]): Result[] {
  const generated = generate(plan, { fma: false, start: 64 });
  const memory = new WebAssembly.Memory({ initial: 2 + Math.ceil(generated.plan.end / 65536) });
  const module = new WebAssembly.Module(generated.bytes);
  const host = () => {
    throw new Error("no host");
  };
  const { main } = new WebAssembly.Instance(module, { ...mathImportObject, env: { memory, host } }).exports;
  const arena = 65536;
  const placeOf = (value: Schedule["inputs"][number]) => arena + staticAddress(generated.plan, value);
  for (const [i, value] of plan.inputs.entries())
    arrayAt(memory, placeOf(value), value).set(inputs[i]?.dataSync() ?? []);
  if (typeof main === "function") main(arena);
  return plan.outputs.map((value) => ({
    dtype: value.dtype,
    shape: value.shape,
    data: arrayAt(memory, placeOf(value), value).slice(),
  }));
}

/** The kinds of steps, loops with their lengths around what is in them. */
function outline(steps: readonly Step[]): string[] {
  return steps.map((step) => {
    if (step.kind === "loop") return `${step.length} × (${outline(step.body).join(", ")})`;
    if (step.kind === "matmul" && step.accumulates === true) return "matmul added";
    return step.kind === "rows" ? `rows ${step.mode}` : step.kind;
  });
}

interface Network {
  readonly length: number;
  readonly batch: number;
  readonly hidden: number;
  readonly vocabulary: number;
  readonly reverse: boolean;
  /** Rows of a table as inputs, or inputs as they are, whose gradient needs all of the stack. */
  readonly ofTokens: boolean;
  /** Whether there is a bias, whose gradient is the sum of the stack. */
  readonly biased: boolean;
}

const small: Network = {
  ...{ length: 8, batch: 3, hidden: 5, vocabulary: 4 },
  ...{ reverse: false, ofTokens: true, biased: false },
};
const bytesPerRound = 4 * small.batch * small.hidden;

function recorded(sizes: Network = small, dtype: FloatDType = "float32") {
  const { length, batch, hidden, vocabulary, reverse, ofTokens, biased } = sizes;
  const tokens = Int32Array.from({ length: length * batch }, (_, i) => (i * i) % vocabulary);
  const network = (indices: Tensor, ...parameters: Tensor[]): Tensor[] => {
    const loss = ([inputs, weights, first, bias]: Tensor[]): Tensor => {
      const [w, shift] = [defined(weights, "weights"), defined(bias, "bias")];
      const step = (h: Tensor, x: Tensor): [Tensor, null] => {
        const next = add(matmul(h, w), x);
        return [tanh(biased ? add(next, shift) : next), null];
      };
      const xs = ofTokens ? take(defined(inputs, "table"), indices) : defined(inputs, "inputs");
      return sum(scan(step, defined(first, "state"), xs, { reverse })[0]);
    };
    return [loss(parameters), ...grad(loss)(parameters)];
  };
  const inputs = [
    fromHost(tokens, [length, batch], "int32"),
    uniforms(ofTokens ? [vocabulary, hidden] : [length, batch, hidden], 1, dtype),
    uniforms([hidden, hidden], 2, dtype),
    uniforms([batch, hidden], 3, dtype),
    uniforms([hidden], 4, dtype),
  ] as const;
  const plan = planOf(compile(network).program(...inputs));
  return { inputs, plan, expected: () => read(network(...inputs)) };
}

describe("a recurrent network", () => {
  it("adds up a few rounds while their stack is in the cache", () => {
    on(cpuBackend, () => {
      const { plan } = recorded();
      const after = sumByRounds(plan, { ...always, longestPart: 2 * bytesPerRound });
      expect([outline(plan.steps), outline(after.steps)]).toMatchInlineSnapshot(`
        [
          [
            "rows take",
            "copy",
            "8 × (matmul, fused)",
            "reduce",
            "copy",
            "8 × (matmul, fused)",
            "copy",
            "8 × (fused, matmul)",
            "matmul",
            "copy",
            "rows add",
            "copy",
          ],
          [
            "rows take",
            "copy",
            "8 × (matmul, fused)",
            "reduce",
            "copy",
            "8 × (matmul, fused)",
            "copy",
            "copy",
            "copy",
            "4 × (2 × (fused, matmul), matmul added, rows add)",
            "copy",
          ],
        ]
      `);
    });
  });

  it("adds up sums of a few rounds", () => {
    on(cpuBackend, () => {
      const { plan } = recorded({ ...small, ofTokens: false, biased: true });
      expect(outline(sumByRounds(plan, { ...always, longestPart: 4 * bytesPerRound }).steps)).toMatchInlineSnapshot(`
        [
          "copy",
          "8 × (matmul, fused)",
          "reduce",
          "copy",
          "8 × (matmul, fused)",
          "copy",
          "copy",
          "2 × (4 × (fused, matmul), matmul added, reduce)",
          "reduce",
        ]
      `);
    });
  });

  it("keeps of the stack what a few rounds need", () => {
    on(cpuBackend, () => {
      const { plan } = recorded({ ...small, length: 32, batch: 8, hidden: 16 });
      const end = (limits: RoundLimits) => generate(sumByRounds(plan, limits), { fma: false, start: 0 }).plan.end;
      const stack = 4 * 32 * 8 * 16;
      expect(end({ ...always, longestPart: stack / 8 })).toBeLessThan(end(usualLimits) - stack / 8);
    });
  });

  it.each([
    ["the stack is short", { ...always, shortStack: small.length * bytesPerRound }],
    ["a round is too long", { ...always, longestPart: bytesPerRound - 1 }],
    ["products would have few rows", { ...always, longestPart: 4 * bytesPerRound, fewestRows: 4 * small.batch + 1 }],
  ] as const)("stays as it is where %s", (_, limits) => {
    on(cpuBackend, () => {
      const { plan } = recorded();
      expect(sumByRounds(plan, limits)).toBe(plan);
    });
  });
});

describe("random networks", () => {
  const length = fc.constantFrom(2, 3, 4, 6, 9, 12);
  const extent = fc.integer({ min: 1, max: 9 });
  const sizes = fc.record({ length, batch: extent, hidden: extent, vocabulary: fc.integer({ min: 1, max: 4 }) });
  const networks = fc
    .record({ sizes, reverse: fc.boolean(), ofTokens: fc.boolean(), biased: fc.boolean() })
    .map(({ sizes, ...flags }): Network => ({ ...sizes, ...flags }));

  it("compute the same, and no step reads what another one has overwritten", () => {
    let divided = 0;
    on(cpuBackend, () =>
      fc.assert(
        fc.property(networks, fc.constantFrom(...floats), fc.boolean(), (network, dtype, isShort) => {
          const { plan, inputs, expected } = recorded(network, dtype);
          const longestPart = isShort ? 2 * 4 * network.batch * network.hidden : Number.POSITIVE_INFINITY;
          const after = sumByRounds(plan, { ...always, longestPart });
          divided += after === plan ? 0 : 1;
          expect(violations(after, generate(after, { fma: false, start: 65536 }).plan)).toEqual([]);
          expectWithinUlps(run(after, inputs), expected(), 100, 1);
        }),
        { numRuns: 100 },
      ),
    );
    expect(divided).toBeGreaterThan(50);
  });

  it("are divided among threads", () => {
    on(cpuBackend, () =>
      fc.assert(
        fc.property(networks, (network) => {
          const work = dividedWork(sumByRounds(recorded(network).plan, always), 2);
          expect(work && races(work)).toEqual(work && []);
        }),
        { numRuns: 50 },
      ),
    );
  });
});
