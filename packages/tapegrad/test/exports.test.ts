/** What is exported: names that say enough, and nothing internal. */
import * as tapegrad from "tapegrad";
import { expect, test } from "vitest";

test("schedules whose names say little alone are behind one that says more", () => {
  expect(Object.keys(tapegrad.schedules).sort()).toEqual([
    "constant",
    "cosine",
    "linear",
    "sequence",
    "step",
    "warmup",
  ]);
});

test.each(["core", "ops", "autodiff"])("what is internal in %s is public nowhere", async (name) => {
  const internals: object = await import(`@tapegrad/${name}/internal`);
  const hidden = new Set<unknown>(Object.values(internals));
  expect(hidden.size).toBeGreaterThan(0);
  for (const other of ["core", "ops", "autodiff", "compiler", "nn", "optim", "data", "safetensors", "conformance"]) {
    const all: object = await import(`@tapegrad/${other}`);
    const leaked = Object.entries(all).filter(([, value]) => hidden.has(value));
    expect(leaked).toEqual([]);
  }
});
