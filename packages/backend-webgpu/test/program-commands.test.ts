/** What a compiled call asks of the device: one submit, few dispatches, and nothing that the calls before have already made. */
import { type Tensor, withBackend } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { type LayerName, type ModelOptions, recurrentLayers, squares, trainingStep } from "./character-model.ts";
import { asVariant, type Variant } from "./variants.ts";
import { type Counts, counting, dry } from "./wrapped-device.ts";

const kinds = Object.keys(recurrentLayers) as LayerName[]; // By their own names.

/** Forward and backward together. */
const mostPerStep = 4;

interface Run {
  readonly model: ModelOptions;
  readonly batch: number;
  readonly time: number;
  readonly variant?: Variant;
  readonly calls?: number;
  /** Whether the device only pretends to do what it is asked to do. */
  readonly isDry?: boolean;
}

/** What each call of a training step adds to the counts, with none of the losses read before the last. */
async function countsOf({ model, batch, time, variant = "hardware", calls = 1, isDry = true }: Run): Promise<Counts[]> {
  const own = await requestDevice();
  const { device, counts } = counting(asVariant(isDry ? dry(own) : own, variant));
  const backend = await webgpu({ device });
  const step = withBackend(backend, () => trainingStep(model, true));
  const inputs = withBackend(backend, () => squares(batch, time)(0));
  const all: Counts[] = [];
  let loss: Tensor | undefined;
  for (let call = 0; call < calls; call++) {
    await backend.synchronize();
    const before = { ...counts };
    loss?.dispose();
    loss = withBackend(backend, () => step(...inputs));
    // Long enough for what is submitted when a task ends.
    await Promise.resolve();
    await Promise.resolve();
    all.push(difference(counts, before));
  }
  expect(counts.maps).toBe(0);
  if (!isDry) {
    expect(Number.isFinite(await loss?.item())).toBe(true);
    expect(counts.maps).toBe(1);
  }
  return all;
}

function difference(after: Counts, before: Counts): Counts {
  const result = { ...after };
  for (const key of Object.keys(result) as (keyof Counts)[]) result[key] = after[key] - before[key]; // Its own keys.
  return result;
}

describe.skipIf(withoutAdapter)("a compiled training step", () => {
  test.each(["hardware", "software with subgroups"] as const)("is one submit, on %s", async (variant) => {
    const model = { embedded: 8, hidden: 16, layers: 1 };
    const all = await countsOf({ model, batch: 2, time: 5, variant, calls: 12, isDry: false });
    for (const counts of all) expect(counts).toMatchObject({ submits: 1, maps: 0, waits: 0 });
    const [first, , ...steady] = all;
    expect(first?.pipelines).toBeGreaterThan(3);
    for (const counts of steady)
      expect(counts).toMatchObject({ pipelines: 0, buffers: 0, dispatches: first?.dispatches });
    console.log(`bind groups by call, on ${variant}: ${all.map(({ bindGroups }) => bindGroups).join(", ")}`);
    // Buffers come back when the collector has found their tensors; those of one call are those of another then.
    expect(Math.min(...steady.map(({ bindGroups }) => bindGroups))).toBe(0);
  });

  describe.each(kinds)("of %s", (kind) => {
    test("has at most four dispatches per time step, where a time step is much work", async () => {
      const model = { kind, vocabulary: 32, embedded: 32, hidden: 128, layers: 1, dropout: 0 };
      const at = async (time: number) => (await countsOf({ model, batch: 32, time }))[0];
      const [short, long] = [await at(6), await at(12)];
      const perStep = ((long?.dispatches ?? 0) - (short?.dispatches ?? 0)) / 6;
      console.log(
        `${kind}, 32 × 128: ${perStep} dispatches per time step, ${(short?.dispatches ?? 0) - 6 * perStep} besides`,
      );
      expect(perStep).toBeGreaterThan(0);
      expect(perStep).toBeLessThanOrEqual(mostPerStep);
      // Kernels of equal text are one pipeline; some lengths make more texts equal than others.
      const ofDispatches = { dispatches: 0, pipelines: 0 };
      expect({ ...long, ...ofDispatches }).toEqual({ ...short, ...ofDispatches });
    });

    test("has as many dispatches for any number of time steps, where a time step is little work", async () => {
      const model = { kind, vocabulary: 16, embedded: 16, hidden: 16, layers: 1, dropout: 0 };
      const at = async (time: number) => (await countsOf({ model, batch: 1, time }))[0];
      const [short, long] = [await at(6), await at(12)];
      console.log(`${kind}, 1 × 16: ${short?.dispatches} dispatches`);
      expect({ ...long, pipelines: 0 }).toEqual({ ...short, pipelines: 0 });
    });
  });
});
