/** A resumed run ends in the very bytes of an uninterrupted one. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { expect, test } from "vitest";
import { runHere, start, tiny } from "./command.ts";

async function helloFolder() {
  const folder = await temporaryFolder();
  // 182 characters to train on make 11 windows an epoch, so that 20 steps begin a second one.
  await writeFile(join(folder, "text.txt"), "hello world ".repeat(16));
  const read = (out: string) => readFile(join(folder, out, "model.safetensors"));
  return { folder, read, text: ["--text", "text.txt"] };
}

test.each(["rnn", "gru", "lstm"])("20 steps of a two-layer %s with dropout, at once and in two parts", async (cell) => {
  const { folder, read, text } = await helloFolder();
  const model = [...tiny, "--cell", cell, "--layers", "2", "--dropout", "0.3"];
  await runHere(folder, ...text, ...model, "--steps", "20", "--out", "straight");
  await runHere(folder, ...text, ...model, "--steps", "10", "--out", "parts");
  const half = await read("parts");
  const resumed = await runHere(folder, ...text, "--resume", "parts", "--steps", "20");
  expect(resumed.stderr).toContain("going on from step 10 of 20\n");
  expect(half.equals(await read("straight"))).toBe(false);
  expect((await read("parts")).equals(await read("straight"))).toBe(true);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)(
  "%s saves and says how to go on, and the run goes on as if nothing had happened",
  async (signal, exitCode) => {
    const { folder, read, text } = await helloFolder();
    const { child, done, said } = start(folder, [...text, ...tiny, "--steps", "1000000", "--out", "out"]);
    await said("step 1/1000000");
    child.kill(signal);
    const { code, stderr } = await done;
    expect(code).toBe(exitCode);
    expect(stderr).toContain("interrupted: saving after this step; once more to quit at once\n");
    const step = Number(/saved step (\d+) of 1000000 to out\/model\.safetensors\n/.exec(stderr)?.[1]);
    expect(stderr).toContain("go on with: npx -y pnpm@12 start train --resume out/model.safetensors --text text.txt\n");
    const steps = ["--steps", String(step + 3)];
    const resumed = await runHere(folder, ...text, "--resume", "out/model.safetensors", ...steps);
    expect(resumed.code, resumed.stderr).toBe(0);
    await runHere(folder, ...text, ...tiny, ...steps, "--out", "straight");
    expect((await read("out")).equals(await read("straight"))).toBe(true);
  },
);

test("another text of the same characters is pointed out", async () => {
  const { folder, text } = await helloFolder();
  await runHere(folder, ...text, ...tiny, "--steps", "1", "--out", "out");
  await writeFile(join(folder, "text.txt"), "world hello ".repeat(16));
  const { code, stderr } = await runHere(folder, ...text, "--resume", "out", "--steps", "2");
  expect(code).toBe(0);
  expect(stderr).toContain("the checkpoint was trained on another text; going on with this one\n");
});
