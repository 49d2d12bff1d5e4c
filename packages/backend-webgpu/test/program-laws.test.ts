/** The laws of sequences, compiled on the device: forward and backward. */
import { print } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { withoutAdapter } from "./adapter.ts";
import { brokenLaws } from "./laws.ts";
import { asVariant, observed } from "./variants.ts";

describe.skipIf(withoutAdapter)("laws of sequences", () => {
  // What differs between devices are kernels, for which one kind of layer is enough.
  test.each([
    ["software with subgroups", "", 20],
    ["hardware", "LSTM", 8],
  ] as const)("hold on %s", async (variant, start, fewest) => {
    const { backend, compilations } = await observed((device) => asVariant(device, variant));
    expect(await brokenLaws(backend, start)).toEqual([]);
    expect(compilations.refused.map(print)).toEqual([]);
    expect(compilations.compiled).toBeGreaterThan(fewest);
  });
});
