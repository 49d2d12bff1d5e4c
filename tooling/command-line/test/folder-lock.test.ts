/** One run to a folder: seen from the same machine at once, from elsewhere by what the holder renews. */
import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { nodeFileSystem } from "../src/file-system.ts";
import { FolderLock } from "../src/folder-lock.ts";
import { stillRuns, thisProcess } from "../src/process-identity.ts";
import { temporaryFolder } from "../testing/index.ts";

const times = { renewal: 20, patience: 400, wait: 50 };
const take = (folder: string, more: Parameters<typeof FolderLock.take>[2] = {}) =>
  FolderLock.take(folder, nodeFileSystem, { times, ...more });

async function putLock(folder: string, content: unknown): Promise<string> {
  const path = join(folder, ".tapegrad-0123456789abcdef.lock");
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

test("the second is refused, and told who has the folder; after the release it is free", async () => {
  const folder = await temporaryFolder();
  const lock = await take(folder);
  await expect(take(folder)).rejects.toThrow(`another run (process ${process.pid} on ${thisProcess().host}, since 2`);
  await expect(take(folder)).rejects.toThrow("is writing to the folder");
  await lock.release();
  expect(await readdir(folder)).toEqual([]);
  await (await take(folder)).release();
});

test("the second waits for a run that ends soon, and says so", async () => {
  const folder = await temporaryFolder();
  const lock = await take(folder);
  const said: string[] = [];
  const second = take(folder, { times: { ...times, wait: 60_000 }, onDelay: (line) => said.push(line) });
  await expect
    .poll(() => said)
    .toEqual([expect.stringMatching(/ is writing to the folder .*; waiting for it, up to 60 s$/)]);
  await lock.release();
  await (await second).release();
  expect(said).toHaveLength(1);
});

test("of many at once, one at most has the folder", async () => {
  const folder = await temporaryFolder();
  const taken = await Promise.allSettled(Array.from({ length: 8 }, () => take(folder)));
  const locks = taken.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  expect(locks.length).toBeLessThanOrEqual(1);
  for (const lock of locks) await lock.release();
  expect(await readdir(folder)).toEqual([]);
});

test.runIf(process.platform === "linux")("a number that another process has got since says nothing", () => {
  const self = thisProcess();
  expect(stillRuns(self, self)).toBe(true);
  expect(stillRuns({ ...self, started: "1" }, self)).toBe(false);
  expect(stillRuns({ ...self, pid: 2 ** 22 + 1 }, self)).toBe(false);
  expect(stillRuns({ ...self, boot: "another" }, self)).toBe(undefined);
  expect(stillRuns({ ...self, namespace: "pid:[1]" }, self)).toBe(undefined);
});

test("without /proc a free number is proof, and one that is taken is none", () => {
  const plain = { ...thisProcess(), boot: null, namespace: null, started: null };
  expect(stillRuns({ ...plain, pid: 2 ** 22 + 1 }, plain)).toBe(false);
  expect(stillRuns(plain, plain)).toBe(undefined);
  expect(stillRuns({ ...plain, host: "elsewhere", pid: 2 ** 22 + 1 }, plain)).toBe(undefined);
});

const elsewhere = { ...thisProcess(), host: "elsewhere", boot: "another", since: "2026-01-01T00:00:00.000Z" };

test.each([
  ["a killed run of another machine", elsewhere],
  ["one that was killed while it wrote its lock", '{"host":'],
  ["one that wrote nothing", ""],
])("the lock of %s is removed after a look", async (_, content) => {
  const folder = await temporaryFolder();
  await putLock(folder, content);
  const doubts: string[] = [];
  const lock = await take(folder, { onDelay: (line) => doubts.push(line) });
  expect(doubts).toHaveLength(1);
  expect(doubts[0]).toMatch(/^another run.* may be writing to the folder /);
  expect(await readdir(folder)).toHaveLength(1);
  await lock.release();
});

test("a run of another machine that lives is seen by what it renews", async () => {
  const folder = await temporaryFolder();
  const path = await putLock(folder, elsewhere);
  let time = 1e9;
  const renewing = setInterval(() => utimes(path, ++time, time).catch(() => {}), 20);
  // More patience than a busy machine can use up between two renewals.
  await expect(take(folder, { times: { ...times, patience: 20_000 } })).rejects.toThrow(
    `another run (process ${elsewhere.pid} on elsewhere, since 2026-01-01T00:00:00.000Z) is writing to the folder`,
  );
  clearInterval(renewing);
});

test("a holder renews its lock while it computes, and writes it again with its folder", async () => {
  const folder = join(await temporaryFolder(), "out");
  await mkdir(folder);
  const holder = { ...thisProcess(), boot: "another" }; // So that it must be watched.
  const lock = await take(folder, { self: holder });
  const blocked = take(folder, { times: { ...times, patience: 20_000 } });
  const until = performance.now() + 200;
  while (performance.now() < until); // The event loop stands still, as in a long step.
  await expect(blocked).rejects.toThrow("is writing to the folder");
  await rm(folder, { recursive: true });
  await mkdir(folder);
  await lock.renew();
  expect(await readdir(folder)).toHaveLength(1);
  await lock.release();
});
