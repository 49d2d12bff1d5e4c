/** Saves that fail cost a line, and are tried again; only at the end a failure is one. */
import { mkdtemp, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CommandError } from "@tapegrad/command-line";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Display } from "../src/terminal/display.ts";
import type { Run } from "../src/training/run.ts";
import { Saver } from "../src/training/saver.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function failing(times: number, { elsewhere = undefined as string | undefined, makesRoom = false } = {}) {
  const said: string[] = [];
  let left = times;
  const cause = Object.assign(new Error(), { code: "ENOSPC" });
  const file = {
    savedStep: 3,
    save: async () => {
      if (left-- > 0) throw new CommandError("cannot write the checkpoint m: no space left on device", { cause });
    },
    makeRoom: async () => makesRoom,
  };
  const run = { file, trainer: { step: 7, tensors: () => ({}) }, corpus: {} } as unknown as Run; // What a saver uses of one.
  const display = { say: (line: string) => said.push(line) } as unknown as Display;
  return { saver: new Saver(run, display, { pauses: [0, 0, 0], elsewhere: async () => elsewhere }), said };
}

const warning = "warning: step 7 is not saved: cannot write the checkpoint m: no space left on device";

test("in the middle of a run, the next try comes before the next save", async () => {
  const { saver, said } = failing(1);
  await saver.save();
  expect(said).toEqual([`${warning}; training goes on, and saving is tried again`]);
  expect(saver.isDue).toBe(false);
  vi.advanceTimersByTime(5000);
  expect(saver.isDue).toBe(true);
  await saver.save();
  expect(saver.isDue).toBe(false);
  expect(said).toHaveLength(1);
});

test("at the end it is tried again at once", async () => {
  const { saver, said } = failing(2);
  await saver.saveLast();
  expect(said).toEqual([`${warning}; trying again`, `${warning}; trying again`]);
});

test("when nothing helps, what is saved is said, with exit code 1", async () => {
  const { saver } = failing(Infinity);
  const fault = await saver.saveLast().catch((error: unknown) => error);
  expect(fault).toMatchObject({ exitCode: 1, message: `${warning.slice(9)}; what is saved is step 3` });
});

test("what cannot be saved in its place is saved elsewhere, with exit code 1", async () => {
  for (const makesRoom of [false, true]) {
    const { saver } = failing(Infinity, { elsewhere: "/tmp/x/m", makesRoom });
    const fault = await saver.saveLast().catch((error: unknown) => error);
    expect(fault).toMatchObject({ exitCode: 1, message: `${warning.slice(9)}; it is saved as /tmp/x/m instead` });
  }
});

test("where a disk has no room for two states, the one before makes it once the new one is elsewhere", async () => {
  const elsewhere = join(await mkdtemp(join(tmpdir(), "saver-")), "m");
  const { saver, said } = failing(3, { elsewhere, makesRoom: true });
  await saver.saveLast();
  expect(said.at(-1)).toBe(`${warning}; the state before makes room; until then this one is ${elsewhere}`);
  await expect(stat(dirname(elsewhere))).rejects.toThrow("ENOENT");
});

test("faults of ours are thrown", async () => {
  const run = { file: { save: () => Promise.reject(new TypeError("x is not a function")) } };
  const saver = new Saver({ ...run, trainer: { tensors: () => ({}) }, corpus: {} } as unknown as Run, {} as Display);
  await expect(saver.save()).rejects.toThrow(TypeError);
});
