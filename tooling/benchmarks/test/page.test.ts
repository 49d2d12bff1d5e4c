/** In a page of Chromium every library has the losses of WebAssembly, and its commands are counted. */
import { existsSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkLosses } from "../src/lstm.ts";
import { npmPeerNames } from "../src/npm-peers.ts";
import { type BenchmarkPage, chromiumPath, openPage } from "../src/page.ts";
import { taskOf } from "../src/tasks.ts";
import { TrainingStep } from "../src/training-step.ts";

// Only `pnpm bench` installs them.
const rivals = existsSync(new URL("../peers/node_modules/@tensorflow/tfjs-backend-webgpu", import.meta.url));
const withoutBrowser = chromiumPath === undefined && !process.env.CI;

const task = { ...taskOf("lstm", "S"), batch: 2, time: 4, hidden: 8 };

describe.skipIf(withoutBrowser)("a page of Chromium", () => {
  let page: BenchmarkPage;
  beforeAll(async () => {
    page = await openPage({ rivals });
  });
  afterAll(() => page?.close());

  it("says what it is", () => {
    expect(page.description).toMatch(/^Chromium \d+.*, WebGPU on .*swiftshader/);
  });

  it.each(["tapegrad", ...(rivals ? npmPeerNames : [])] as const)("%s has the same losses", async (name) => {
    const step = new TrainingStep(task);
    const library = page.library(name);
    await library.prepare(task, step);
    const { losses, milliseconds } = await library.steps(2);
    expect(milliseconds).toHaveLength(2);
    const { loss, counts } = await page.countedStep(name);
    checkLosses(
      name,
      [...losses, loss],
      [0, 1, 2].map(() => step.advance()),
    );
    expect(counts.submits).toBeGreaterThan(0);
    expect(counts.dispatches).toBeGreaterThan(0);
    expect(await library.run(1)).toHaveLength(1);
  });

  it("says what failed in it", async () => {
    const step = new TrainingStep(task);
    await expect(page.library("tapegrad").prepare({ ...task, cell: "gru" }, step)).rejects.toThrow(
      /^the page failed:.*no such step: lstm S/s,
    );
  });
});
