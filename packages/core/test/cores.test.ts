/** The share of a machine's cores that a process takes. */
import { ownCores, shareCores } from "@tapegrad/core/internal";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.unstubAllGlobals();
});

it("all cores are for a process alone, and processes divide them among themselves", () => {
  vi.stubGlobal("navigator", { hardwareConcurrency: 8 });
  expect(ownCores()).toBe(8);
  shareCores(3);
  expect(ownCores()).toBe(2);
  shareCores(1);
  expect(ownCores()).toBe(2);
  shareCores(100);
  expect(ownCores()).toBe(1);
});

it("there is one where the platform says nothing", () => {
  vi.stubGlobal("navigator", undefined);
  expect(ownCores()).toBe(1);
});
