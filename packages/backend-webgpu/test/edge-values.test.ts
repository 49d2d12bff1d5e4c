/**
 * Every pointwise op and reduction at the edges of the floats, eager and compiled, against PyTorch. WGSL lets a device take
 * numbers below the smallest normal one for zero, as operands and as results: where that happens, nothing is promised.
 */
import { readFileSync } from "node:fs";
import { type EdgeEntry, edgeDifferences, statedDifferences } from "@tapegrad/conformance/edge-values";
import { setBackend } from "@tapegrad/core";
import { describe, expect, test } from "vitest";
import { withoutAdapter } from "./adapter.ts";
import { asVariant, observed } from "./variants.ts";

const fixture = new URL("../../autodiff/test/fixtures/pytorch-edges.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const table = JSON.parse(readFileSync(fixture, "utf8")) as Record<string, EdgeEntry>;
const entries = Object.entries(table).filter(([name]) => name.endsWith("· float32"));

const smallestNormal = 2 ** -126;
/** What a number that was taken for zero may make of a result: it times a logarithm of up to 2⁷. */
const flushed = 2 ** 7 * smallestNormal;

/** Errors of float32 are measured elsewhere; PyTorch's own reach 5e-5. */
const isClose = (value: number, expected: number) =>
  Math.abs(value - expected) <= Math.max(flushed, 1e-4 * Math.abs(expected));

/** Whether the difference is at an operand that a device may take for zero. */
const isOfTiny = (difference: string) =>
  Array.from(difference.matchAll(/-?\d[\d.]*(?:e[+-]?\d+)?/g), ([number]) => Math.abs(Number(number))).some(
    (number) => number > 0 && number < 2 * smallestNormal,
  );

describe.skipIf(withoutAdapter)("at the edges of the floats", () => {
  test.each([
    ["eager", "software with subgroups", false],
    ["compiled", "software with subgroups", true],
    ["compiled", "hardware", true],
  ] as const)("%s on %s", async (_, variant, compiled) => {
    const { backend } = await observed((device) => asVariant(device, variant));
    setBackend(backend);
    const found: string[] = [];
    for (const [name, entry] of entries) {
      const [op = ""] = name.split(" · ");
      const differences = await edgeDifferences(name, entry, { compiled, isClose });
      const isStated = (difference: string) =>
        statedDifferences[op]?.some(({ says }) => says.test(difference)) === true;
      found.push(...differences.filter((each) => !isStated(each) && !isOfTiny(each)).map((each) => `${op}: ${each}`));
    }
    expect(entries.length).toBeGreaterThan(50);
    expect(found).toEqual([]);
  });
});
