/** The rivals from npm: a clear message where they cannot be installed, and the same results where they are. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { Generator, matmul } from "tapegrad";
import { describe, expect, it } from "vitest";
import { checkLosses } from "../src/lstm.ts";
import { checkAgreement } from "../src/matmul.ts";
import { installNpmPeers, npmPeerNames, startNpmPeer } from "../src/npm-peers.ts";
import { taskOf } from "../src/tasks.ts";
import { TrainingStep } from "../src/training-step.ts";

it("says what to do where they cannot be installed", async () => {
  const directory = mkdtempSync(`${tmpdir()}/peers-`);
  writeFileSync(`${directory}/package.json`, '{ "dependencies": { "x": "file:./missing" } }');
  const lines: string[] = [];
  await expect(installNpmPeers((line) => lines.push(line), directory)).rejects.toThrow("--without-npm");
  expect(lines).toEqual(["installing jax-js and TensorFlow.js, once, about 290 MB"]);
  rmSync(directory, { recursive: true });
});

// Only `pnpm bench` installs them.
const installed = existsSync(new URL("../peers/node_modules", import.meta.url));

describe.skipIf(!installed)("beside jax-js and TensorFlow.js (installed by pnpm bench)", () => {
  it.each(npmPeerNames)("%s has the same losses", async (name) => {
    const task = { ...taskOf("lstm", "S"), batch: 2, time: 4, hidden: 8 };
    const peer = await startNpmPeer(name);
    const step = new TrainingStep(task);
    await peer.prepare(task, step);
    const { losses, milliseconds } = await peer.steps(3);
    expect(milliseconds).toHaveLength(3);
    checkLosses(
      name,
      losses,
      [0, 1, 2].map(() => step.advance()),
    );
    await expect(peer.prepare(taskOf("gru", "S"), step)).rejects.toThrow("no such step: gru S");
  });

  it("jax-js multiplies", async () => {
    const jax = await startNpmPeer("jax-js");
    const generator = new Generator(1);
    const [a, b] = [generator.uniform([3, 5]), generator.uniform([5, 7])];
    checkAgreement(await jax.multiply(a, b), matmul(a, b).dataSync(), [3, 5, 7]);
    expect(await jax.run(4)).toHaveLength(4);
    jax.close();
  });
});
