/** Where something is missing: what is missing is said in a sentence, and what does not need it works. */

import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { expect, test } from "vitest";
import { runProgram } from "./command.ts";
import { freePort } from "./redis-server.ts";

const sweep = { space: { x: { uniform: [0, 1] } }, trials: 1, budget: 1, train: { command: ["true"], value: "(x)" } };

async function folderWithSweep(): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "sweep.json"), JSON.stringify(sweep));
  return folder;
}

test("without Redis: the error names what to install and start", async () => {
  const folder = await folderWithSweep();
  const port = await freePort();
  const { code, stdout, stderr } = await runProgram(folder, [
    "run",
    "sweep.json",
    "--redis",
    `redis://:secret@127.0.0.1:${port}`,
  ]);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toBe(
    `tapegrad-sweep: Redis at redis://:…@127.0.0.1:${port} does not answer (connect ECONNREFUSED 127.0.0.1:${port}); start one ` +
      "with redis-server (Debian: apt-get install redis-server), or give another one as --redis redis://host:port\n",
  );
});

test("something that listens and is no Redis", async () => {
  const folder = await folderWithSweep();
  const silent = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const address = silent.address();
  const port = typeof address === "object" ? address?.port : undefined;
  const { code, stderr } = await runProgram(folder, ["status", "sweep.json"], {
    REDIS_URL: `redis://127.0.0.1:${port}`,
  });
  silent.close();
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^tapegrad-sweep: Redis at \S+ does not answer \(.+\); start one .*\n$/),
  ]);
});

test.each(["http://localhost", "localhost:6379", "redis:", "nonsense"])(
  "--redis %s is no URL of Redis",
  async (url) => {
    const folder = await folderWithSweep();
    const { code, stderr } = await runProgram(folder, ["run", "sweep.json", "--redis", url]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^tapegrad-sweep: --redis: expected redis:\/\/host:port: .*\n$/),
    ]);
  },
);

test("without the packages of the queue: the error names them, and results can be read", async () => {
  const folder = await folderWithSweep();
  const hooks = `import { registerHooks } from "node:module";
    registerHooks({ resolve(name, context, next) {
      if (name !== "bullmq") return next(name, context);
      throw Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" });
    } });`;
  const environment = { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hooks)}` };
  const { code, stderr } = await runProgram(folder, ["run", "sweep.json"], environment);
  expect([code, stderr]).toEqual([
    1,
    "tapegrad-sweep: sweeps need the packages bullmq and ioredis, which are not installed; npm install bullmq ioredis\n",
  ]);
  const results = await runProgram(folder, ["results", "sweep.json"], environment);
  expect(results.stderr).toMatch(/^tapegrad-sweep: there are no results in /);
});
