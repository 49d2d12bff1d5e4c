/** The umbrella loads this package when it is asked for it, and gives its backend. */
import { webgpu } from "tapegrad";
import { expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

test.skipIf(withoutAdapter)("the umbrella's webgpu() is this package's", async () => {
  expect(await webgpu()).toBe(backendUnderTest());
});
