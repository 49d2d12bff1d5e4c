/** Saves that end at any call, fail at any call, or find something else in their place: nothing that was saved is ever lost. */
import { chmod, cp, link, lstat, mkdir, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { join } from "node:path";
import { nodeFileSystem, replaceByLink, replaceFile } from "@tapegrad/command-line";
import { temporaryFolder } from "@tapegrad/command-line/testing";
import { tensor, Vocabulary } from "tapegrad";
import { expect, test } from "vitest";
import type { Checkpoint } from "../src/files/checkpoint.ts";
import { CheckpointFile, type PrepareOptions } from "../src/files/checkpoint-file.ts";
import { removeElsewhere, saveElsewhere } from "../src/files/elsewhere.ts";
import { lastOf } from "../src/files/file-names.ts";
import { fileIn, readFacts } from "../src/files/read-checkpoint.ts";
import { defaultConfiguration } from "../src/training/configuration.ts";
import { bytesOf } from "./command.ts";
import { failingFileSystem } from "./failing-file-system.ts";

function state(seed: number, step: number, heldOutBits?: number): Checkpoint {
  return {
    configuration: { ...defaultConfiguration, seed },
    vocabulary: new Vocabulary("ab"),
    step,
    steps: 9,
    textDigest: "abc",
    heldOutBits,
    tensors: { weight: tensor([[seed, step]]) },
  };
}

/** Without a thread for every run: nobody waits for one here. */
const lockTimes = { renewal: Infinity, patience: 0, wait: 0 };

async function saveRun(folder: string, states: readonly Checkpoint[], options: PrepareOptions = {}): Promise<string[]> {
  const said: string[] = [];
  const usual: PrepareOptions = { say: (line) => said.push(line), lockTimes };
  await using file = await CheckpointFile.prepare(fileIn(folder), { ...usual, ...options });
  for (const one of states) await file.save(one);
  said.push(await file.describe());
  return said;
}

/** `seed:step` of every checkpoint in the folder by name. Everything there must be one, but for hidden files. */
async function found(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  const facts = names.map(async (name) => {
    const { configuration, step } = await readFacts(join(folder, name));
    return [name, `${configuration.seed}:${step}`];
  });
  return Object.fromEntries(await Promise.all(facts));
}

const old = [state(1, 1, 3), state(1, 2, 2), state(1, 3, 4)];
const next = [state(2, 1, 3), state(2, 2, 5)];

async function withOldRun(folder: string): Promise<string> {
  await saveRun(folder, old);
  return folder;
}

test("the last and the best of a run are kept, and so is what earlier runs left", async () => {
  const folder = join(await temporaryFolder(), "a", "b");
  await saveRun(folder, old);
  expect(await found(folder)).toEqual({ "model.safetensors": "1:3", "best.safetensors": "1:2" });
  const said = await saveRun(folder, next);
  expect(said).toEqual([
    `the earlier run in ${folder} is kept as previous.safetensors`,
    `the best of an earlier run in ${folder} is kept as previous-best.safetensors`,
    `kept in ${folder}: model.safetensors (step 2, the last), best.safetensors (step 1, 3.000 bits per character), ` +
      "previous.safetensors (1 earlier run)",
  ]);
  await saveRun(folder, [state(3, 1, 9)]);
  await saveRun(folder, [state(4, 1)]);
  expect(await found(folder)).toEqual({
    "model.safetensors": "4:1",
    "previous.safetensors": "1:3",
    "previous-best.safetensors": "1:2",
    "previous-2.safetensors": "2:2",
    "previous-2-best.safetensors": "2:1",
    "previous-3.safetensors": "3:1",
  });
});

test("few earlier runs are named, of many the first and the last", async () => {
  const folder = await temporaryFolder();
  const lines: (string | undefined)[] = [];
  for (let seed = 1; seed <= 5; seed++) lines.push((await saveRun(folder, [state(seed, 1)])).at(-1));
  expect(lines[3]).toContain(", previous.safetensors, previous-2.safetensors, previous-3.safetensors (3 earlier runs)");
  expect(lines[4]).toContain(", previous.safetensors to previous-4.safetensors (4 earlier runs)");
});

test("the best has a file of its own only while it is not the last", async () => {
  const folder = await temporaryFolder();
  await using file = await CheckpointFile.prepare(fileIn(folder));
  const after = async (step: number, bits?: number) => {
    await file.save(state(1, step, bits));
    return found(folder);
  };
  expect(await after(1, 3)).toEqual({ "model.safetensors": "1:1" });
  expect(await file.describe()).toMatch(
    /: model\.safetensors \(step 1, the last and the best, 3\.000 bits per character\)$/,
  );
  expect(await after(2, 4)).toEqual({ "model.safetensors": "1:2", "best.safetensors": "1:1" });
  expect(await after(3)).toEqual({ "model.safetensors": "1:3", "best.safetensors": "1:1" });
  expect(await after(4, 2)).toEqual({ "model.safetensors": "1:4" });
  await rm(folder, { recursive: true });
  expect(await after(5, 9)).toEqual({ "model.safetensors": "1:5" });
  expect(await after(6)).toEqual({ "model.safetensors": "1:6", "best.safetensors": "1:5" });
  await rm(join(folder, "best.safetensors"));
  expect(await after(7, 10)).toEqual({ "model.safetensors": "1:7" });
});

test("a run that goes on replaces its own states, and only a better one as the best", async () => {
  const folder = await temporaryFolder();
  await saveRun(folder, old);
  const goOn = async (path: string, states: Checkpoint[]) => {
    const resumed = await readFacts(path);
    await saveRun(folder, states, { resumed });
  };
  await goOn(fileIn(folder), [state(1, 4, 2.5)]);
  expect(await found(folder)).toEqual({ "model.safetensors": "1:4", "best.safetensors": "1:2" });
  await goOn(`${folder}/./model.safetensors`, [state(1, 5, 1)]);
  expect(await found(folder)).toEqual({ "model.safetensors": "1:5" });
  // From an earlier state: what came after it is another run's.
  await saveRun(folder, [state(2, 1)]);
  await goOn(join(folder, "previous.safetensors"), [state(1, 6)]);
  expect(await found(folder)).toEqual({
    "model.safetensors": "1:6",
    "previous.safetensors": "1:5",
    "previous-2.safetensors": "2:1",
  });
});

test("what somebody puts in a run's place between two saves is kept", async () => {
  const folder = await temporaryFolder();
  await using file = await CheckpointFile.prepare(fileIn(folder));
  await file.save(state(1, 1));
  await replaceFile(fileIn(folder), [await bytesOf(state(7, 7))], nodeFileSystem);
  await writeFile(join(folder, "best.safetensors"), await bytesOf(state(8, 8)));
  await file.save(state(1, 2, 3));
  expect(await found(folder)).toEqual({
    "model.safetensors": "1:2",
    "previous.safetensors": "7:7",
    "previous-best.safetensors": "8:8",
  });
});

test.each(["kill", "fail"] as const)(
  "a %s at any call of a save loses nothing, and the next run cleans up", // Some 150 runs.
  async (kind) => {
    const root = await temporaryFolder();
    await saveRun(join(root, "old"), old);
    const copy = async (name: string) => {
      await cp(join(root, "old"), join(root, name), { recursive: true });
      return join(root, name);
    };
    const whole = failingFileSystem();
    await saveRun(await copy("whole"), next, { fs: whole.fs });
    for (let at = 1; at <= whole.calls.length; at++) {
      const folder = await copy(String(at));
      const { fs } = failingFileSystem({ at, kind });
      await saveRun(folder, next, { fs }).catch(() => {});
      const after = await found(folder);
      const where = `call ${at}, ${whole.calls[at - 1]}: ${JSON.stringify(after)}`;
      expect(Object.values(after), where).toEqual(expect.arrayContaining(["1:3", "1:2"]));
      expect(["1:3", "2:1", "2:2"], where).toContain(after["model.safetensors"]);
      if (kind === "fail") continue;
      // The lock of this very process, which lives, would stop the next run; other processes find a killed one's dead.
      for (const name of await readdir(folder)) if (name.endsWith(".lock")) await rm(join(folder, name));
      await saveRun(folder, [state(3, 1, 9)]);
      const last = await found(folder);
      expect((await readdir(folder)).length, where).toBe(Object.keys(last).length);
      expect(last["model.safetensors"]).toBe("3:1");
      expect(Object.values(last), where).toEqual(expect.arrayContaining(["1:3", "1:2"]));
    }
  },
);

test("everything is on the disk before it replaces anything: the order of calls", async () => {
  const folder = await withOldRun(await temporaryFolder());
  const { fs, calls } = failingFileSystem();
  await using file = await CheckpointFile.prepare(fileIn(folder), { fs });
  calls.length = 0;
  await file.save(state(2, 1, 3));
  const at = (call: string, from = 0) => {
    const index = calls.findIndex((other, place) => place >= from && other.startsWith(call));
    expect(index, `${call} in ${calls.join(", ")}`).toBeGreaterThanOrEqual(from);
    return index;
  };
  const kept = at("link model.safetensors previous.safetensors");
  const keptSynced = at("sync", kept);
  const opened = at("open .tapegrad-*.tmp", keptSynced);
  const synced = at("sync .tapegrad-*.tmp", opened);
  const renamed = at("rename .tapegrad-*.tmp model.safetensors", synced);
  at("sync", renamed);
  calls.length = 0;
  await file.save(state(2, 2, 4)); // Worse: the state that it replaces is kept as the best.
  const best = at("rename .tapegrad-*.tmp best.safetensors");
  at("rename .tapegrad-*.tmp model.safetensors", at("sync", best));
});

test("a symbolic link stays, and its target is replaced, with its mode", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "elsewhere"));
  await mkdir(join(folder, "out"));
  const target = join(folder, "elsewhere", "kept.safetensors");
  await writeFile(target, await bytesOf(state(1, 1)), { mode: 0o600 });
  await chmod(target, 0o640);
  await symlink(join("..", "elsewhere", "kept.safetensors"), fileIn(join(folder, "out")));
  await saveRun(join(folder, "out"), next);
  expect((await lstat(fileIn(join(folder, "out")))).isSymbolicLink()).toBe(true);
  expect((await readFacts(target)).step).toBe(2);
  expect((await stat(target)).mode & 0o777).toBe(0o640);
  expect(await readdir(join(folder, "elsewhere"))).toEqual(["kept.safetensors"]);
  expect((await readFacts(join(folder, "out", "previous.safetensors"))).configuration.seed).toBe(1);
});

test("a link to what is not there yet makes it there", async () => {
  const folder = await temporaryFolder();
  await symlink("target.bin", join(folder, "link"));
  await replaceFile(join(folder, "link"), [Uint8Array.of(1), Uint8Array.of(2)], nodeFileSystem);
  expect([...(await readFile(join(folder, "target.bin")))]).toEqual([1, 2]);
  expect((await readdir(folder)).sort()).toEqual(["link", "target.bin"]);
});

test.each(["EPERM", "EXDEV", "ENOTSUP"])("where files cannot be linked (%s), they are copied", async (code) => {
  const folder = await withOldRun(await temporaryFolder());
  const refusing = {
    ...nodeFileSystem,
    link: () => Promise.reject(Object.assign(new Error("no"), { code, errno: -1 })),
  };
  await saveRun(folder, next, { fs: refusing });
  expect(await found(folder)).toEqual({
    "model.safetensors": "2:2",
    "best.safetensors": "2:1",
    "previous.safetensors": "1:3",
    "previous-best.safetensors": "1:2",
  });
});

test("the last state makes room for a better one, and the best for none that is not", async () => {
  const folder = await temporaryFolder();
  await using file = await CheckpointFile.prepare(fileIn(folder));
  expect(await file.makeRoom(1)).toBe(false);
  await file.save(state(1, 1, 3));
  for (const bits of [undefined, 3, 4]) expect(await file.makeRoom(bits)).toBe(false);
  expect(await found(folder)).toEqual({ "model.safetensors": "1:1" });
  expect(await file.makeRoom(2)).toBe(true);
  expect(await found(folder)).toEqual({});
  await file.save(state(1, 2, 2));
  await file.save(state(1, 3, 4));
  expect(await file.makeRoom(undefined)).toBe(true);
  await file.save(state(1, 4));
  expect(await found(folder)).toEqual({ "model.safetensors": "1:4", "best.safetensors": "1:2" });
  await replaceFile(fileIn(folder), [await bytesOf(state(7, 7))], nodeFileSystem);
  expect(await file.makeRoom(1)).toBe(false); // It is somebody else's.
});

test("a run that cannot be saved in its folder is saved elsewhere", async () => {
  const path = await saveElsewhere(state(1, 2));
  expect(await readFacts(path ?? "")).toMatchObject({ step: 2, configuration: { seed: 1 } });
  await removeElsewhere(path ?? "");
  await expect(stat(path ?? "")).rejects.toThrow("ENOENT");
});

test("what may not be read is in the way for that reason", async () => {
  const folder = await withOldRun(await temporaryFolder());
  const refused = Object.assign(new Error("no"), { code: "EACCES", errno: -constants.errno.EACCES });
  const open: typeof nodeFileSystem.open = (path, ...rest) =>
    path === fileIn(folder) ? Promise.reject(refused) : nodeFileSystem.open(path, ...rest);
  await expect(saveRun(folder, next, { fs: { ...nodeFileSystem, open } })).rejects.toThrow(
    `cannot read the checkpoint ${fileIn(folder)}: permission denied`,
  );
});

test("a second name costs no second copy", async () => {
  const folder = await temporaryFolder();
  const [a, b] = [join(folder, "a"), join(folder, "b")];
  await writeFile(a, "content");
  await link(a, b);
  await replaceByLink(a, join(folder, "c"), nodeFileSystem);
  expect((await stat(join(folder, "c"))).ino).toBe((await stat(a)).ino);
});

test("temporary files of programs that were killed are removed, other files are not", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, ".tapegrad-0123456789abcdef.tmp"), "half");
  await writeFile(join(folder, ".model.safetensors.7.tmp"), "half, of an earlier version");
  await writeFile(join(folder, ".tapegrad.tmp"), "somebody's");
  await saveRun(folder, next);
  expect((await readdir(folder)).sort()).toEqual([".tapegrad.tmp", "best.safetensors", "model.safetensors"]);
});

test("a failed save leaves the old checkpoint and no temporary file, and a folder that was removed is made again", async () => {
  const folder = join(await temporaryFolder(), "out");
  const path = fileIn(folder);
  await using file = await CheckpointFile.prepare(path);
  await mkdir(path);
  await expect(file.save(state(1, 1))).rejects.toThrow(`${path} is not a file`);
  expect((await readdir(folder)).filter((name) => !name.endsWith(".lock"))).toEqual(["model.safetensors"]);
  await rm(folder, { recursive: true });
  await file.save(state(1, 2));
  expect(await found(folder)).toEqual({ "model.safetensors": "1:2" });
});

test.each([
  ["best.safetensors", "model.safetensors"],
  ["previous-12.safetensors", "model.safetensors"],
  ["previous-2-best.safetensors", "model.safetensors"],
  ["mine.safetensors", "mine.safetensors"],
  ["mine-best.safetensors", "mine.safetensors"],
  ["mine-previous.safetensors", "mine.safetensors"],
])("a run that goes on from %s is saved as %s", (name, last) => {
  expect(lastOf(join("out", name))).toBe(join("out", last));
});
