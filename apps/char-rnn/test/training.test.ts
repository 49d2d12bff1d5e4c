/** Training and sampling from beginning to end, as a user sees them. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { full } from "tapegrad";
import { expect, test } from "vitest";
import { bytesOf, checkpointOf, contents, runChild, runHere, tiny } from "./command.ts";

async function folderWith(text: string): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "text.txt"), text);
  return folder;
}

test("trained on hello, it says ello", async () => {
  const folder = await folderWith("hello".repeat(100));
  const words = ["--text", "text.txt", "--hidden", "16", "--batch", "4", "--window", "10", "--learning-rate", "0.03"];
  const trained = await runChild(folder, ...words, "--steps", "60", "--out", "out");
  expect(trained.code, trained.stderr).toBe(0);
  const said = await runChild(
    folder,
    "sample",
    "--checkpoint",
    "out",
    "--prompt",
    "h",
    "--length",
    "4",
    "--temperature",
    "0",
  );
  expect(said).toEqual({ code: 0, stdout: "hello\n", stderr: "" });
});

test("samples go to standard output, all else to standard error, in plain lines", async () => {
  const folder = await folderWith("abcabd ".repeat(100));
  const { code, stdout, stderr } = await runChild(folder, "--", "--text", "text.txt", ...tiny, "--steps", "10");
  expect(code, stderr).toBe(0);
  expect(stdout).toMatch(/^([abcd ]{200}\n\n)$/);
  expect(stderr).not.toContain("\u001b");
  expect(stderr).toContain("text.txt: 665 characters to train on, 35 held out, 5 different\n");
  expect(stderr).toMatch(/to beat, .* uniform 2\.322, unigram \d\.\d{3}, bigram \d\.\d{3}, trigram \d\.\d{3}\n/);
  expect(stderr).toMatch(
    /step 10\/10 · [\d,]+ characters\/s · training \d\.\d{3}, held-out \d\.\d{3} bits\/character · gradient norm \d+\.\d\d · 0:00 left\n/,
  );
  expect(stderr).toMatch(/held-out text: \d\.\d{3} bits per character; it beats /);
  expect(stderr).toContain(
    "what to try next:\n  npx -y pnpm@12 start sample --checkpoint runs/char-rnn/model.safetensors",
  );
  expect(stderr).toMatch(
    /kept in runs\/char-rnn: model\.safetensors \(step 10, the last and the best, \d\.\d{3} bits per character\)\n/,
  );
  const files = await contents(join(folder, "runs"));
  expect([...files.keys()]).toEqual([join(folder, "runs", "char-rnn", "model.safetensors")]);
});

test("a later run keeps the checkpoint that it replaces", async () => {
  const folder = await folderWith("hello ".repeat(20));
  const train = (seed: string) =>
    runHere(folder, "--text", "text.txt", ...tiny, "--steps", "1", "--out", ".", "--seed", seed);
  await train("1");
  const model = join(folder, "model.safetensors");
  const first = (await contents(folder)).get(model);
  expect((await train("2")).code).toBe(0);
  const after = await contents(folder);
  expect(after.get(join(folder, "previous.safetensors"))).toBe(first);
  expect(after.get(model)).not.toBe(first);
});

test("one seed writes one text, at any temperature and top-k", async () => {
  const folder = await folderWith("hello ".repeat(20));
  await runHere(folder, "--text", "text.txt", ...tiny, "--steps", "1", "--out", "out");
  const write = (...words: string[]) => runHere(folder, "sample", "--checkpoint", "out", "--length", "40", ...words);
  const one = await write("--seed", "1");
  expect(one.stdout).toHaveLength(41);
  expect(await write("--seed", "1")).toEqual(one);
  expect((await write("--seed", "2")).stdout).not.toBe(one.stdout);
  const likeliest = await write("--seed", "3", "--top-k", "1");
  expect(likeliest.stdout).toBe((await write("--temperature", "0")).stdout);
});

test("a loss that is not a number ends the run with exit code 1, and is not saved", async () => {
  const folder = await folderWith("hello ".repeat(20));
  await runHere(folder, "--text", "text.txt", ...tiny, "--steps", "1", "--out", "out");
  const path = join(folder, "out", "model.safetensors");
  const checkpoint = await checkpointOf(await readFile(path), path);
  const tensors = { ...checkpoint.tensors, "head.bias": full([5], Number.NaN) };
  await writeFile(path, await bytesOf({ ...checkpoint, tensors }));
  const before = await contents(folder);
  const { code, stderr } = await runHere(folder, "--text", "text.txt", "--resume", "out", "--steps", "9");
  expect(code).toBe(1);
  expect(stderr.split("\n").at(-2)).toBe(
    "char-rnn: training on text.txt diverged at step 2 of 9: the loss is NaN, and the norm of the gradient NaN; " +
      "start a new run with a --learning-rate below 0.004",
  );
  expect(await contents(folder)).toEqual(before);
});
