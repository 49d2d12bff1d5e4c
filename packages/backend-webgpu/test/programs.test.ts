/** Programs and whole training steps as compiled for the device, against the reference backend. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { recipes } from "@tapegrad/conformance/random-programs";
import { print } from "@tapegrad/core";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { withoutAdapter } from "./adapter.ts";
import { stretchesOf, train, worstError } from "./character-model.ts";
import { kinds, problemOf } from "./random-checks.ts";
import { asVariant, type Observed, observed, variants } from "./variants.ts";

describe.skipIf(withoutAdapter)("Programs on WebGPU", () => {
  describe.each(variants)("on %s", (variant) => {
    let own: Observed;
    beforeAll(async () => {
      own = await observed((device) => asVariant(device, variant));
    });

    test.each(Object.entries(kinds))("random %s agree with the reference, and all are compiled", async (_, kind) => {
      const { backend, compilations } = own;
      await fc.assert(
        fc.asyncProperty(recipes(kind), async (recipe) => {
          expect(await problemOf(recipe, backend)).toBe("");
          expect(compilations.refused.map(print)).toEqual([]);
        }),
        { numRuns: kind.gradient ? 4 : 8 },
      );
      expect(compilations.compiled).toBeGreaterThan(3);
    });

    test("training an LSTM with Adam gives the losses of the reference", async () => {
      const { backend, compilations } = own;
      const before = compilations.compiled;
      const expected = await train({ backend: cpuBackend, compiled: false, steps: 8 });
      const actual = await train({ backend, compiled: true, steps: 8 });
      const error = worstError(actual, expected);
      console.log(`LSTM with Adam, compiled on ${variant}: losses of 8 steps within ${error.toExponential(1)}`);
      expect(error).toBeLessThan(1e-4);
      expect(actual.at(-1)).toBeLessThan(actual[0] ?? 0);
      expect(compilations.compiled - before).toBe(1);
      expect(compilations.refused).toEqual([]);
    });
  });

  test("training an LSTM with Adam, not compiled, gives the losses of the reference", async () => {
    const { backend } = await observed((device) => device);
    const expected = await train({ backend: cpuBackend, compiled: false, steps: 8 });
    expect(worstError(await train({ backend, compiled: false, steps: 8 }), expected)).toBeLessThan(1e-4);
  });

  test("a hundred compiled steps of a model of characters have the losses of the reference", async () => {
    const { batches, vocabulary } = stretchesOf(verse, 4, 16);
    const model = { vocabulary, embedded: 12, hidden: 24, dropout: 0 };
    const expected = await train({ backend: cpuBackend, compiled: false, steps: 100, model, batches });
    const { backend, compilations } = await observed((device) => asVariant(device, "hardware"));
    const actual = await train({ backend, compiled: true, steps: 100, model, batches });
    const error = worstError(actual, expected);
    const [first, last] = [actual[0] ?? 0, actual.at(-1) ?? 0];
    console.log(
      `100 steps of an LSTM, compiled: losses from ${first.toFixed(3)} to ${last.toFixed(3)}, all within ${error.toExponential(1)} of the reference's`,
    );
    expect(error).toBeLessThan(1e-3);
    expect(last).toBeLessThan(0.7 * first);
    expect(compilations).toEqual({ compiled: 1, refused: [] });
  });
});

/** From Blake's "The Tyger". */
const verse = `Tyger Tyger, burning bright,
In the forests of the night;
What immortal hand or eye,
Could frame thy fearful symmetry?

In what distant deeps or skies,
Burnt the fire of thine eyes?
On what wings dare he aspire?
What the hand, dare seize the fire?

And what shoulder, & what art,
Could twist the sinews of thy heart?
And when thy heart began to beat,
What dread hand? & what dread feet?
`;
