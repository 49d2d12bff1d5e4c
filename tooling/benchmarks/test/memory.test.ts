/** Memory is seen from outside, in a process of its own. */
import { expect, it } from "vitest";
import { measureMemory } from "../src/memory.ts";
import { taskOf } from "../src/tasks.ts";

it("a process that only loads the library has no linear memory, one that trains a larger one", async () => {
  const idle = await measureMemory("idle");
  expect(idle("wasm")).toBe(0);
  expect(idle("resident")).toBeGreaterThan(2 ** 24);
  const trained = await measureMemory("train", JSON.stringify(taskOf("lstm", "M")));
  expect(trained("wasm")).toBeGreaterThan(idle("wasm"));
  expect(trained("resident")).toBeGreaterThan(idle("resident") + trained("wasm") / 2);
});

it("compiled steps leave nothing behind in linear memory", async () => {
  const growth = await measureMemory("repeat", JSON.stringify(taskOf("rnn", "S")), "500");
  expect(growth("wasm")).toBe(0);
  expect(growth("heap")).toBeLessThan(2 ** 20);
});

it("refuses what it does not know", async () => {
  await expect(measureMemory("guess")).rejects.toThrow("usage: memory-process.ts");
});
