/**
 * Keeps a folder to one program at a time. Each program first writes a file of its own there, which names it, and then looks
 * for others: so of two that start at once, at least one sees the other. If a program no longer runs, its file is removed by
 * the next one. If that cannot be checked, as for another machine or container, the file's time decides: the holder renews it.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { CommandError } from "./command-error.ts";
import { type FileSystem, ifThere } from "./file-system.ts";
import { type ProcessIdentity, stillRuns, thisProcess } from "./process-identity.ts";

interface Holder extends ProcessIdentity {
  readonly since: string;
}

export interface LockTimes {
  /** Between two renewals; Infinity for none, as of a holder that is seen to run. */
  readonly renewal: number;
  /** Without one for that long, the holder is gone. */
  readonly patience: number;
  /** For a holder that runs to end, so that of two short runs that begin at once none is refused. */
  readonly wait: number;
}

const usualTimes: LockTimes = { renewal: 1000, patience: 6000, wait: 10_000 };

export class FolderLock {
  readonly #path: string;
  readonly #holder: Holder;
  readonly #fs: FileSystem;
  readonly #renewer: Worker | undefined;
  readonly #onExit = () => rmSync(this.#path, { force: true });

  private constructor(path: string, holder: Holder, fs: FileSystem, renewal: number) {
    this.#path = resolve(path); // Also for the moment when the current folder is another one.
    this.#holder = holder;
    this.#fs = fs;
    // A thread of its own, because a training step may take longer than anybody's patience.
    if (Number.isFinite(renewal)) {
      this.#renewer = new Worker(renewing, { eval: true, workerData: { path: this.#path, renewal }, execArgv: [] });
      this.#renewer.unref();
    }
    process.on("exit", this.#onExit);
  }

  /**
   * Waits a little for another program that has the folder. `onDelay` is called with the reason when it takes a while.
   * @throws CommandError, naming the holder, when it keeps the folder.
   */
  static async take(
    folder: string,
    fs: FileSystem,
    { onDelay = (_message: string) => {}, times = usualTimes, self = thisProcess() } = {},
  ): Promise<FolderLock> {
    const holder: Holder = { ...self, since: new Date().toISOString() };
    const name = `.tapegrad-${randomBytes(8).toString("hex")}.lock`;
    const beganAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      await writeLock(join(folder, name), holder, fs);
      const onDoubt = attempt === 1 ? onDelay : () => {};
      const other = await otherHolder(folder, name, self, fs, { onDoubt, times });
      if (other === undefined) return new FolderLock(join(folder, name), holder, fs, times.renewal);
      await fs.rm(join(folder, name), { force: true });
      const claim = `${describe(other)} is writing to the folder ${folder}`;
      if (attempt >= 3 && performance.now() - beganAt >= times.wait) {
        throw new CommandError(`${claim}; wait for it, stop it, or choose another --out`);
      }
      if (attempt === 3) onDelay(`${claim}; waiting for it, up to ${times.wait / 1000} s`);
      // Two that begin at the same moment see each other and both step back; at random times one comes first.
      await sleep(Math.random() * 100 * Math.min(attempt, 3));
    }
  }

  /** Writes the lock again if it is gone, as with a folder that was removed. */
  async renew(): Promise<void> {
    if ((await ifThere(this.#fs.stat(this.#path))) === undefined) await writeLock(this.#path, this.#holder, this.#fs);
  }

  async release(): Promise<void> {
    process.off("exit", this.#onExit);
    await this.#renewer?.terminate();
    await this.#fs.rm(this.#path, { force: true });
  }
}

const renewing = `
  const { workerData: { path, renewal } } = require("node:worker_threads");
  const { utimesSync } = require("node:fs");
  setInterval(() => {
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {} // The folder is gone: the next save makes it again.
  }, renewal);
`;

async function writeLock(path: string, holder: Holder, fs: FileSystem): Promise<void> {
  try {
    await using file = await fs.open(path, "wx");
    await file.writeFile(`${JSON.stringify(holder)}\n`);
  } catch (error) {
    await fs.rm(path, { force: true }).catch(() => {}); // The first failure is the one to report.
    throw error;
  }
}

interface Patience {
  readonly onDoubt: (message: string) => void;
  readonly times: LockTimes;
}

/** A running program that has a lock in the folder. The locks of others are removed. */
async function otherHolder(
  folder: string,
  own: string,
  self: ProcessIdentity,
  fs: FileSystem,
  { onDoubt, times }: Patience,
): Promise<Partial<Holder> | undefined> {
  const names = (await fs.readdir(folder)).filter((name) => /^\.tapegrad-[0-9a-f]{16}\.lock$/.test(name));
  for (const name of names.filter((name) => name !== own)) {
    const path = join(folder, name);
    const holder = await readHolder(path, fs);
    if (holder === undefined) continue;
    const runs = isIdentity(holder) ? stillRuns(holder, self) : undefined;
    if (runs === undefined)
      onDoubt(`${describe(holder)} may be writing to the folder ${folder}; looking whether it is`);
    if (runs ?? (await isRenewed(path, times, fs))) return holder;
    await fs.rm(path, { force: true });
  }
  return undefined;
}

/** What a lock says, undefined when it is gone. A program that was killed while writing it has said nothing. */
async function readHolder(path: string, fs: FileSystem): Promise<Partial<Holder> | undefined> {
  const file = await ifThere(fs.open(path, "r"));
  if (file === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(await file.readFile("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  } finally {
    await file.close();
  }
}

function isIdentity(value: Partial<Holder>): value is Holder {
  return typeof value.host === "string" && typeof value.pid === "number" && value.boot !== undefined;
}

/** Whether the lock's time changes while we look. Clocks of two machines differ, so nothing is compared with ours. */
async function isRenewed(path: string, { renewal, patience }: LockTimes, fs: FileSystem): Promise<boolean> {
  const time = async () => {
    // Opened first, because network file systems look for news only then.
    const file = await ifThere(fs.open(path, "r"));
    if (file === undefined) return undefined;
    await using opened = file;
    return (await opened.stat()).mtimeMs;
  };
  const before = await time();
  for (let waited = 0; waited < patience; waited += renewal / 2) {
    await sleep(renewal / 2);
    const now = await time();
    if (now === undefined) return false;
    if (now !== before) return true;
  }
  return false;
}

function describe({ host, pid, since }: Partial<Holder>): string {
  if (host === undefined) return "another run";
  return `another run (process ${pid} on ${host}, since ${since})`;
}
