/** The laws of sequences, compiled on the device: forward and backward. */
import { print } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { withoutAdapter } from "./adapter.ts";
import { brokenLaws } from "./laws.ts";
import { asVariant, observed } from "./variants.ts";

describe.skipIf(withoutAdapter)("laws of sequences", () => {
  test.each(["software with subgroups", "hardware"] as const)("hold on %s", async (variant) => {
    const { backend, compilations } = await observed((device) => asVariant(device, variant));
    expect(await brokenLaws(backend)).toEqual([]);
    expect(compilations.refused.map(print)).toEqual([]);
    expect(compilations.compiled).toBeGreaterThan(20);
  });
});
