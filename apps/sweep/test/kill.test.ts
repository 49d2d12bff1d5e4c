/** A worker that is killed while it trains changes nothing but the number of attempts. */
import { access, readFile } from "node:fs/promises";
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

const words = (out: string) => ["run", sweepFile("descent.ts"), "--workers", "2", "--out", out];

test("16 trials on 2 workers, one killed: all are done, and all values are those without the kill", async () => {
  const folder = await temporaryFolder();
  const quiet = await runProgram(folder, words("quiet"), { REDIS_URL: redis.url(0) });
  expect(quiet.code, quiet.stderr).toBe(0);

  const held = join(folder, "held");
  const { done, said } = start(folder, words("killed"), { REDIS_URL: redis.url(1), HOLD: held });
  await expect
    .poll(() =>
      access(held).then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
  const pid = Number(await readFile(held, "utf8"));
  process.kill(pid, "SIGKILL");
  await said(`worker ${pid} ended (SIGKILL); starting another`);
  const killed = await done;
  expect(killed.code, killed.stderr).toBe(0);

  const [before, after] = [await linesOf(join(folder, "quiet")), await linesOf(join(folder, "killed"))];
  const outcomes = (lines: typeof before) => lines.map(({ seconds: _, attempts: __, ...line }) => line);
  expect(before.map(({ rung, budget }) => [rung, budget])).toEqual([
    ...Array(16).fill([1, 5]),
    ...Array(4).fill([2, 20]),
  ]);
  expect(outcomes(after)).toEqual(outcomes(before));
  expect(after.filter(({ attempts }) => attempts > 1)).toMatchObject([{ trial: 5, rung: 1, attempts: 2 }]);
  expect(await readFile(join(folder, "killed/trials/5/log.txt"), "utf8")).toMatch(
    /^from step 0 to 5\nfrom step 3 to 5\n/,
  );

  const best = ({ stdout }: typeof quiet) => stdout.split("\n")[1]?.split(/ {2,}/).slice(0, 8);
  expect(best(killed)).toEqual(best(quiet));
  const last = before.filter(({ rung }) => rung === 2).map(({ value, trial }) => [value, trial] as const);
  expect(best(quiet)?.[0]).toBe(String(last.sort(([a], [b]) => Number(a) - Number(b))[0]?.[1]));
});
