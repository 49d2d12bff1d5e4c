/** Several processes train as one does: they end in the same bytes, whatever happens to them on the way. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import { runHere, start } from "./command.ts";
import { processOfRank, savedIn, small, startUnderMpirun } from "./processes.ts";

const forever = ["--steps", "1000000", "--save-every", "25"];

async function place() {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "text.txt"), "hello world ".repeat(60));
  const text = ["--text", "text.txt"];
  const read = (out: string) => readFile(join(folder, out, "model.safetensors"));
  const begin = (words: readonly string[], environment?: NodeJS.ProcessEnv) => {
    const started = start(folder, ["train", ...text, ...words], environment);
    onTestFinished(() => void started.child.kill("SIGTERM"));
    return started;
  };
  /** The bytes that one process ends in. */
  const straight = async (steps: number) => {
    await rm(join(folder, "straight"), { recursive: true, force: true });
    const words = [...text, ...small, "--processes", "1", "--steps", String(steps), "--out", "straight"];
    const { code, stderr } = await runHere(folder, "train", ...words);
    expect(code, stderr).toBe(0);
    return read("straight");
  };
  return { folder, text, read, begin, straight };
}

test("a rank killed after step 50: resumed by 2 processes, then by 1, the run ends as if nothing had happened", async () => {
  const { folder, text, read, begin, straight } = await place();
  const four = begin([...small, ...forever, "--processes", "4", "--transport", "mpi", "--out", "out"]);
  await savedIn(join(folder, "out"), 50);
  process.kill(processOfRank(four.child.pid, 2), "SIGKILL");
  const killedAt = performance.now();
  const { code, stderr } = await four.done;
  expect(performance.now() - killedAt).toBeLessThan(10_000);
  expect(code).toBe(1);
  expect(stderr).toMatch(/char-rnn: rank 2 was ended by signal 9 \(Killed\); step \d+ is saved; go on with: .*\n$/);
  const saved = await savedIn(join(folder, "out"), 50);
  const goOn = (steps: number) => ["--resume", "out", "--steps", String(steps)];
  expect(await begin([...goOn(saved + 20), "--processes", "2"]).done).toMatchObject({ code: 0 });
  expect(await runHere(folder, "train", ...text, ...goOn(saved + 40))).toMatchObject({ code: 0 });
  expect((await read("out")).equals(await straight(saved + 40))).toBe(true);
});

/** What starts the processes; the `mpirun` that is found is that of MPICH where its folder comes first. */
const launchers = {
  "Open MPI": { transport: "mpi", path: [] },
  MPICH: { transport: "mpi", path: [fileURLToPath(new URL("mpich", import.meta.url))] },
  threads: { transport: "threads", path: [] },
} as const;

describe.each(["Open MPI", "MPICH", "threads"] as const)("over %s", (kind) => {
  const { transport, path } = launchers[kind];
  const two = ["--processes", "2", "--transport", transport];
  const environment = { PATH: [...path, process.env.PATH].join(delimiter) };

  test("a killed process is one line, then the run goes on by itself, until Ctrl-C saves it once", async () => {
    const { folder, text, read, begin, straight } = await place();
    const run = begin([...small, ...forever, ...two, "--restarts", "1", "--out", "out"], environment);
    await savedIn(join(folder, "out"), 50);
    process.kill(processOfRank(run.child.pid, 1), "SIGKILL");
    await run.said("(restart 1 of 1)\n");
    const restarted = await savedIn(join(folder, "out"), 50);
    await savedIn(join(folder, "out"), restarted + 25);
    run.child.kill("SIGINT");
    const { code, stderr } = await run.done;
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/(SIGKILL|signal 9 \(Killed\)); starting again from step \d+ \(restart 1 of 1\)$/m);
    expect(stderr.match(/^saved step \d+ /gm)).toHaveLength(1);
    const step = Number(/saved step (\d+) of/.exec(stderr)?.[1]) + 3;
    const resumed = await runHere(folder, "train", ...text, "--resume", "out", "--steps", String(step));
    expect(resumed.code, resumed.stderr).toBe(0);
    expect((await read("out")).equals(await straight(step))).toBe(true);
  });

  test("a rank that throws again and again: begun anew as often as allowed, then its reason is the last word", async () => {
    const { folder, begin } = await place();
    const fails = join(folder, "fails");
    const preload = new URL("failing-rank.mjs", import.meta.url).href;
    const failing = { ...environment, FAILS: fails, NODE_OPTIONS: `--import=${preload}` };
    const run = begin([...small, "--steps", "1000000", ...two, "--restarts", "2", "--out", "out"], failing);
    await run.said("step 1/1000000");
    await writeFile(fails, "");
    const { code, stderr } = await run.done;
    expect(code).toBe(1);
    expect(stderr).toMatch(/rank one is tired.*; starting again from the beginning \(restart 1 of 2\)\n/);
    expect(stderr).toMatch(/char-rnn: .*rank one is tired.* \(after 2 restarts\); nothing of this run is saved\n$/);
  });

  test("bad input is refused in one line, and not tried again", async () => {
    const { begin } = await place();
    const { code, stderr } = await begin([...two, "--text", "none.txt", "--restarts", "3"], environment).done;
    expect(stderr).toMatch(/^training on 2 .*\nchar-rnn: cannot read the text none\.txt: no such file or directory\n$/);
    expect(code).toBe(2);
  });
});

test("under mpirun: one rank speaks and writes, and ends in the same bytes; it starts no processes of its own", async () => {
  const { folder, text, read, straight } = await place();
  const mpirun = (...words: string[]) => startUnderMpirun(2, folder, words).done;
  const { code, stdout, stderr } = await mpirun("train", ...text, ...small, "--steps", "30", "--out", "out");
  expect(code, stderr).toBe(0);
  expect(stdout.match(/^[helo wrd]{200}$/gm)).toHaveLength(1);
  expect(stderr.match(/^step 30\/30 /gm)).toHaveLength(1);
  expect(stderr).not.toMatch(/parallel|Error/);
  expect((await read("out")).equals(await straight(30))).toBe(true);
  const nested = await mpirun("train", ...text, ...small, "--processes", "2");
  expect(nested.code).toBe(2);
  expect(nested.stderr.match(/^char-rnn: /gm)).toHaveLength(1);
  expect(nested.stderr).toContain(
    "char-rnn: --processes is for a command that starts the processes itself; under mpirun,",
  );
});

describe("where something of MPI is not installed", () => {
  const without = {
    mpirun: { environment: { PATH: "/nowhere" }, says: "mpirun is not installed; Debian: apt-get install openmpi-bin" },
    koffi: {
      environment: { NODE_OPTIONS: `--import=${new URL("without-koffi.mjs", import.meta.url).href}` },
      says: "the package koffi, which calls MPI, is not installed; npm install koffi",
    },
  };

  test.each(["mpirun", "koffi"] as const)("without %s, threads train, and it is said what to install", async (what) => {
    const { environment, says } = without[what];
    const { read, begin, straight } = await place();
    const words = [...small, "--steps", "10", "--processes", "2", "--out", "out"];
    const { code, stderr } = await begin(words, environment).done;
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`training on 2 threads of one process; there is no MPI: ${says}`);
    expect((await read("out")).equals(await straight(10))).toBe(true);
    const insisting = await begin([...words, "--transport", "mpi"], environment).done;
    expect(insisting.stderr).toContain(`char-rnn: cannot start 2 processes over MPI: ${says}`);
    expect(insisting.code).toBe(2);
  });
});

test("what the processes cannot share is refused before they are started", async () => {
  const { folder } = await place();
  const refused = async (...words: string[]) => (await runHere(folder, "train", "--text", "text.txt", ...words)).stderr;
  expect(await refused("--processes", "3")).toBe(
    "char-rnn: 3 processes cannot share a batch of 4 shards equally; --processes may be 1, 2, 4, or begin a run with other --shards\n",
  );
  expect(await refused("--processes", "2", "--batch", "6")).toContain("a batch of 6 cannot be cut into 4 equal shards");
  expect(await refused("--processes", "2", "--backend", "webgpu")).toContain(
    "--backend webgpu trains whole batches by one process; use --backend wasm for --shards and --processes",
  );
});
