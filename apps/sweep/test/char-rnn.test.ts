/** The command-line trainer as the program that trains: a later rung goes on from its checkpoint. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { expect, test } from "vitest";
import { wordsOf } from "../src/training/command-training.ts";
import { linesOf, runProgram } from "./command.ts";
import { startRedis } from "./redis-server.ts";

const example = fileURLToPath(new URL("../examples/char-rnn.json", import.meta.url));
const charRnn = fileURLToPath(new URL("../../char-rnn/src/main.ts", import.meta.url));

test("the example, made small", async () => {
  await using redis = await startRedis();
  const folder = await temporaryFolder();
  await writeFile(join(folder, "book.txt"), "hello world ".repeat(40));
  const sweep = JSON.parse(await readFile(example, "utf8"));
  const [program, command, ...words] = sweep.train.command;
  expect([program, command]).toEqual(["char-rnn", "train"]);
  const tiny = ["--batch", "2", "--window", "8", "--backend", "cpu"];
  sweep.train.command = [process.execPath, "--conditions=@tapegrad/source", charRnn, command, ...words, ...tiny];
  const small = {
    ...sweep,
    trials: 2,
    rungs: 2,
    factor: 2,
    budget: 3,
    space: { ...sweep.space, hidden: { choice: [4, 6] } },
  };
  await writeFile(join(folder, "char-rnn.json"), JSON.stringify(small));
  const { code, stderr } = await runProgram(folder, ["run", "char-rnn.json", "--workers", "2"], {
    REDIS_URL: redis.url(),
  });
  expect(code, stderr).toBe(0);
  const lines = await linesOf(join(folder, "sweeps/char-rnn"));
  expect(lines.map(({ rung, budget }) => [rung, budget])).toEqual([
    [1, 3],
    [1, 3],
    [2, 6],
  ]);
  for (const { value } of lines) expect(value).toBeGreaterThan(1);
  const log = await readFile(join(folder, `sweeps/char-rnn/trials/${lines[2]?.trial}/log.txt`), "utf8");
  expect(log).toContain("going on from step 3 of 6\n");
});

test("words: placeholders are filled, and parameters that no word names become options", () => {
  const task = { trial: 3, rung: 0, budget: 10, parameters: { learningRate: 0.1, cell: "gru" } };
  const trial = { task, seed: 5, folder: "/f" };
  expect(wordsOf(["train", "{cell}-{trial}", "--steps={budget}", "{seed}", "{folder}/x", "{other}"], trial)).toEqual([
    ...["train", "gru-3", "--steps=10", "5", "/f/x", "{other}", "--learning-rate", "0.1"],
  ]);
  expect(wordsOf(["--resume", "{folder}"], trial, { all: false })).toEqual(["--resume", "/f"]);
});
