/** Output that breaks, and programs that share a folder: as a shell's user meets them, in child processes. */
import { spawn } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileIn, readFacts } from "../src/files/read-checkpoint.ts";
import { main, runHere, start, tiny } from "./command.ts";

const timeout = 120_000;
const text = ["--text", "text.txt"];
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "char-rnn-"));
  await writeFile(join(folder, "text.txt"), "hello world ".repeat(16));
  await runHere(folder, "train", ...text, ...tiny, "--steps", "1", "--out", "model");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const stepIn = async (out: string) => (await readFacts(fileIn(join(folder, out)))).step;

test("training goes on when nobody reads its samples any more, as in `train | head -1`", { timeout }, async () => {
  const { child, done } = start(folder, ["train", ...text, ...tiny, "--steps", "500", "--out", "head"]);
  child.stdout.once("data", () => child.stdout.destroy());
  const { code, stderr } = await done;
  expect(stderr).toContain("standard output takes no more samples (broken pipe); training goes on\n");
  expect([code, await stepIn("head")]).toEqual([0, 500]);
});

test("Ctrl-C saves although nobody reads what is said, as in `train 2>&1 | tee log`", { timeout }, async () => {
  const { child, done, said } = start(folder, ["train", ...text, ...tiny, "--steps", "1000000", "--out", "tee"]);
  await said("step 1/1000000");
  child.stderr.destroy();
  child.stdout.destroy();
  child.kill("SIGINT");
  expect((await done).code).toBe(130);
  expect(await stepIn("tee")).toBeGreaterThan(0);
});

test.runIf(process.platform === "linux")("a full disk under the output loses no run", { timeout }, async () => {
  const words = ["train", ...text, ...tiny, "--steps", "20", "--out", "full"];
  expect(await shell(`"$@" >/dev/full 2>/dev/full`, words)).toBe(0);
  expect(await stepIn("full")).toBe(20);
});

test("writing stops when nobody reads, as in `sample | head -c 20`", { timeout }, async () => {
  const { child, done } = start(folder, ["sample", "--checkpoint", "model", "--length", "1000000000", "--seed", "1"]);
  child.stdout.once("data", () => child.stdout.destroy());
  expect(await done).toMatchObject({ code: 0, stderr: "" });
});

test.runIf(process.platform === "linux")("text that cannot be written is a failure", { timeout }, async () => {
  expect(await shell(`"$@" >/dev/full 2>/dev/null`, ["sample", "--checkpoint", "model", "--length", "5"])).toBe(1);
});

test("a folder has one run at a time, and after a kill it is free", { timeout }, async () => {
  const first = start(folder, ["train", ...text, ...tiny, "--steps", "1000000", "--out", "shared"]);
  await first.said("step 1/1000000");
  const second = start(folder, ["train", ...text, ...tiny, "--steps", "2", "--out", "shared"]);
  await second.said(`another run (process ${first.child.pid} on `);
  await second.said("is writing to the folder shared; waiting for it, up to 10 s\n");
  first.child.kill("SIGKILL");
  await first.done;
  const after = await second.done;
  expect(after.code, after.stderr).toBe(0);
  expect((await readdir(join(folder, "shared"))).filter((name) => name.startsWith("."))).toEqual([]);
});

test.runIf(process.platform === "linux")("Ctrl-C ends a program that waits for its text", { timeout }, async () => {
  // The shell can open the pipe as soon as the program has, which then waits for something to read.
  const script = `set -m; mkfifo pipe; "$@" & exec 3>pipe; kill -INT $!; while kill -0 $!; do sleep 0.1; done; true`;
  expect(await shell(script, ["train", "--text", "pipe", "--out", "waiting"])).toBe(0);
});

test.runIf(process.platform === "linux")(
  "where the current folder was removed, that is an error",
  { timeout },
  async () => {
    const words = ["train", "--text", join(folder, "text.txt"), ...tiny, "--steps", "2"];
    expect(await shell(`mkdir gone && cd gone && rmdir ../gone && "$@"`, words)).toBe(2);
  },
);

/** Runs `script`, in which `"$@"` is the program with `words`. Gives the exit code. */
function shell(script: string, words: readonly string[]): Promise<number | null> {
  const program = [process.execPath, "--conditions=@tapegrad/source", main, ...words];
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", script, "bash", ...program], { cwd: folder, stdio: "ignore" });
    child.on("error", reject);
    child.on("close", resolve);
  });
}
