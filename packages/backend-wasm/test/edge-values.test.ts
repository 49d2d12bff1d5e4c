/** Every pointwise op and reduction at the edges of the floats, on both host backends, eager and compiled, against PyTorch. */
import { readFileSync } from "node:fs";
import { type EdgeEntry, edgeDifferences, edgeFunctions, statedDifferences } from "@tapegrad/conformance/edge-values";
import { type Backend, setBackend, setDefaultDType } from "@tapegrad/core";
import { afterAll, describe, expect, it } from "vitest";
import { cpuBackend, variants } from "./comparison.ts";

const fixture = new URL("../../autodiff/test/fixtures/pytorch-edges.json", import.meta.url);
// The one cast of this file: JSON.parse knows no types, and the generator writes these.
const table = JSON.parse(readFileSync(fixture, "utf8")) as Record<string, EdgeEntry>;
const entries = Object.entries(table).filter(([name]) => name !== "pytorch");

/** Errors of float32 are measured elsewhere; PyTorch's own reach 5e-5. */
const tolerances = { float32: { relative: 1e-4, absolute: 3e-45 }, float64: { relative: 1e-12, absolute: 1e-322 } };

const modes: readonly (readonly [string, Backend, boolean])[] = [
  ["cpu", cpuBackend, false],
  ...variants.flatMap(([name, backend]) => [
    [`wasm ${name}`, backend, false] as const,
    [`wasm ${name}, compiled`, backend, true] as const,
  ]),
];

/** What of the stated differences was met. */
const met = new Set<RegExp>();

afterAll(() => setDefaultDType("float32"));

describe.each(modes)("%s", (_, backend, compiled) => {
  it.each(entries)("%s", async (name, entry) => {
    const [op = "", dtype] = name.split(" · ");
    const { relative, absolute } = tolerances[dtype === "float64" ? "float64" : "float32"];
    setBackend(backend);
    setDefaultDType(dtype === "float64" ? "float64" : "float32");
    const isClose = (value: number, expected: number) =>
      Math.abs(value - expected) <= Math.max(absolute, relative * Math.abs(expected));
    const differences = await edgeDifferences(name, entry, { compiled, isClose });
    const stated = (difference: string) => {
      const known = statedDifferences[op]?.find(({ says }) => says.test(difference));
      if (known !== undefined) met.add(known.says);
      return known !== undefined;
    };
    expect(differences.filter((difference) => !stated(difference))).toEqual([]);
  });
});

it("what differs no longer is off the table, and every function has its entries", () => {
  const stale = Object.entries(statedDifferences).flatMap(([op, list]) =>
    list.filter(({ says }) => !met.has(says)).map(({ says }) => `${op}: ${says}`),
  );
  expect(stale).toEqual([]);
  const names = Object.keys(edgeFunctions).flatMap((op) => [`${op} · float32`, `${op} · float64`]);
  expect(entries.map(([name]) => name).sort()).toEqual(names.sort());
});
