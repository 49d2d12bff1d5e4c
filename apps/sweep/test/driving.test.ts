/** The ways through a sweep: trials of every fate, Ctrl-C and going on, files that were cut off, readers that have had enough. */
import { access, appendFile, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linesOf, runProgram, start, sweepFile } from "./command.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

const troubled = sweepFile("troubled.ts");
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

test("a trial that throws or ends has its reason, NaN ranks last, and the sweep goes on; then everything is forgotten", async () => {
  const folder = await temporaryFolder();
  const environment = { REDIS_URL: redis.url(0) };
  const { code, stdout, stderr } = await runProgram(folder, ["run", troubled, "--workers", "2"], environment);
  expect(code, stderr).toBe(0);
  const lines = await linesOf(join(folder, "sweeps/troubled"));
  expect(lines.map(({ rung, trial, value, error }) => [rung, trial, value, error])).toEqual([
    [1, 0, 2, undefined],
    [1, 1, 1, undefined],
    [1, 2, "NaN", undefined],
    [1, 3, "Infinity", undefined],
    [1, 4, null, "RangeError: too much"],
    [1, 5, null, "the process that trained ended with 3 without a value"],
    [1, 6, 3, undefined],
    [2, 0, 2, undefined],
    [2, 1, 1, undefined],
    [2, 6, 3, undefined],
  ]);
  expect(lines.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1, 1, 2, 1, 1, 1]);
  expect(lines[0]).toEqual({
    ...{ trial: 0, rung: 1, parameters: { fate: "two" }, budget: 1, value: 2, attempts: 1 },
    seconds: expect.any(Number),
  });
  const cells = stdout
    .split("\n")
    .slice(1, -1)
    .map((line) => line.split(/ {2,}/));
  expect(cells.map(([trial, rung, , value]) => [trial, rung, value].join(" "))).toEqual([
    ...["1 2 1", "0 2 2", "6 2 3", "2 1 NaN", "3 1 Infinity", "4 1 failed", "5 1 failed"],
  ]);
  expect(stderr).toContain("trial 4 failed: RangeError: too much\n");
  expect(stderr).toContain("7 trials, 2 of them failed; all results are in sweeps/troubled/results.jsonl\n");

  const again = await runProgram(folder, ["run", troubled], environment);
  expect(again).toMatchObject({ code: 0, stdout });
  expect(again.stderr).toContain("going on: 10 results are there already\n");
  expect((await runProgram(folder, ["results", troubled])).stdout).toBe(stdout);
  const counts = "troubled: 0 workers; 0 waiting, 0 running, 8 done, 2 failed\n";
  expect((await runProgram(folder, ["status", troubled], environment)).stdout).toBe(counts);
  expect((await runProgram(folder, ["remove", troubled], environment)).code).toBe(0);
  const nothing = "troubled: 0 workers; 0 waiting, 0 running, 0 done, 0 failed\n";
  expect((await runProgram(folder, ["status", troubled], environment)).stdout).toBe(nothing);
  expect(await exists(join(folder, "sweeps/troubled/results.jsonl"))).toBe(false);
});

test("after Ctrl-C the same command goes on: from the file and from Redis, each where the other has lost something", async () => {
  const folder = await temporaryFolder();
  const hold = join(folder, "hold");
  const environment = { REDIS_URL: redis.url(1), HOLD: hold };
  const words = ["run", troubled, "--out", "out"];
  const first = start(folder, words, environment);
  await expect.poll(() => exists(hold)).toBe(true);
  const other = start(folder, ["worker", troubled, "--out", "out"], environment);
  await first.said("trial 5 failed"); // By the worker that has joined, as the own one waits.
  first.child.kill("SIGINT");
  const interrupted = await first.done;
  expect(interrupted.code, interrupted.stderr).toBe(130);
  expect(interrupted.stderr).toContain(`go on with: npx -y pnpm@12 sweep run ${troubled} --out out --workers 1\n`);
  other.child.kill("SIGINT");
  expect((await other.done).code).toBe(130);
  const results = join(folder, "out/results.jsonl");
  const text = await readFile(results, "utf8");
  // The trial that was given back may have been finished by the other worker, which then found the state that was saved.
  expect(text.split("\n").length - 1).toBeGreaterThanOrEqual(5);

  await rm(results);
  await appendFile(results, `${text.split("\n")[0]}\n{"trial":1,"ru`);
  await rm(hold);
  const second = await runProgram(folder, words, environment);
  expect(second.code, second.stderr).toBe(0);
  const lines = await linesOf(join(folder, "out"));
  expect(lines.map(({ rung, trial }) => [rung, trial].join(" "))).toEqual([
    ...["1 0", "1 1", "1 2", "1 3", "1 4", "1 5", "1 6", "2 0", "2 1", "2 6"],
  ]);

  const lost = await runProgram(folder, words, { REDIS_URL: redis.url(2) });
  expect(lost).toMatchObject({ code: 0, stdout: second.stdout });
  const closed = start(folder, ["results", troubled, "--out", "out"]);
  closed.child.stdout.destroy();
  expect(await closed.done).toMatchObject({ code: 0, stderr: "" });
});
