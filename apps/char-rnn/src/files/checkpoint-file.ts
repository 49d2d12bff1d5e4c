/**
 * The checkpoints of a run, saved again and again: the last state, and the best by held-out loss beside it. What another run
 * has left under these names is given a numbered name first, so nothing that any run saved is ever lost.
 */
import { basename, dirname, join } from "node:path";
import { CommandError, explainingFailures } from "../command-error.ts";
import { type Checkpoint, type CheckpointFacts, encodeCheckpoint } from "./checkpoint.ts";
import { FileNames } from "./file-names.ts";
import { type FileSystem, ifThere, nodeFileSystem } from "./file-system.ts";
import { FolderLock, type LockTimes } from "./folder-lock.ts";
import { makeFolder, syncFolder } from "./folders.ts";
import { readFacts } from "./read-checkpoint.ts";
import {
  type Identity,
  linkAside,
  linkTarget,
  removeLeftovers,
  replaceByLink,
  replaceFile,
  sameFile,
} from "./replace-file.ts";

export interface PrepareOptions {
  /** What the run goes on from: when the file at the path is this one, it is the run's own. */
  readonly resumed?: (CheckpointFacts & { readonly identity: Identity }) | undefined;
  /** Called with lines for the person at the keyboard: what is kept where, and why something takes long. */
  readonly say?: (line: string) => void;
  readonly fs?: FileSystem;
  readonly lockTimes?: LockTimes;
}

interface Best {
  readonly identity: Identity;
  readonly step: number;
  readonly bits: number;
}

export class CheckpointFile {
  readonly #names: FileNames;
  readonly #locks: readonly FolderLock[];
  readonly #fs: FileSystem;
  readonly #say: (line: string) => void;
  /** The file that this run has saved last, or goes on from; any other at its path is somebody else's. */
  #last: Identity | undefined;
  #best: Best | undefined;
  #savedStep: number | undefined;

  private constructor(names: FileNames, locks: readonly FolderLock[], fs: FileSystem, say: (line: string) => void) {
    this.#names = names;
    this.#locks = locks;
    this.#fs = fs;
    this.#say = say;
  }

  /**
   * Makes the folder if need be, takes it for this run alone, and tries that it can be written to, before any training.
   * @throws CommandError when it cannot, or when something that is no checkpoint is in the way.
   */
  static async prepare(path: string, options: PrepareOptions = {}): Promise<CheckpointFile> {
    const { resumed, say = () => {}, fs = nodeFileSystem, lockTimes } = options;
    const names = new FileNames(path);
    const locks: FolderLock[] = [];
    try {
      await explainingFailures(`cannot write to the folder ${names.folder}`, async () => {
        await makeFolder(names.folder, fs);
        // A link leads to another folder, which another link of another run may lead to as well.
        for (const folder of new Set([names.folder, dirname(await linkTarget(path, fs))])) {
          const times = lockTimes === undefined ? {} : { times: lockTimes };
          locks.push(await FolderLock.take(folder, fs, { onDelay: say, ...times }));
          await removeLeftovers(folder, fs);
        }
      });
      const file = new CheckpointFile(names, locks, fs, say);
      await explainingFailures(`cannot read the folder ${names.folder}`, () => file.#look(resumed));
      return file;
    } catch (error) {
      for (const lock of locks) await lock.release().catch(() => {}); // The first failure is the one to report.
      throw error;
    }
  }

  get path(): string {
    return this.#names.last;
  }

  /** The step of the last save that succeeded. */
  get savedStep(): number | undefined {
    return this.#savedStep;
  }

  /** Writes the state, and keeps it as the best if it is. Whatever fails, the states of before are still there. */
  async save(checkpoint: Checkpoint): Promise<void> {
    const fs = this.#fs;
    await explainingFailures(`cannot write the checkpoint ${this.path}`, async () => {
      await makeFolder(this.#names.folder, fs);
      for (const lock of this.#locks) await lock.renew();
      await this.#setAside();
      this.#last = await replaceFile(this.path, await encodeCheckpoint(checkpoint), fs);
      this.#savedStep = checkpoint.step;
      const { heldOutBits: bits, step } = checkpoint;
      if (bits === undefined || bits >= (this.#best?.bits ?? Infinity)) return;
      const identity = await replaceByLink(this.path, this.#names.best, fs);
      this.#best = { identity, step, bits };
    });
  }

  /** What lies in the folder now, as one line. */
  async describe(): Promise<string> {
    const best =
      this.#best === undefined
        ? []
        : [`${basename(this.#names.best)} (step ${this.#best.step}, ${this.#best.bits.toFixed(3)} bits per character)`];
    const earlier = (await this.#earlierNames()).filter((name) => !name.endsWith("-best.safetensors"));
    const [first, ...others] = earlier;
    const shown = earlier.length > 3 ? `${first} to ${others.at(-1)}` : earlier.join(", ");
    const runs =
      first === undefined ? [] : [`${shown} (${earlier.length} earlier run${others.length === 0 ? "" : "s"})`];
    const last = `${basename(this.path)} (step ${this.#savedStep}, the last)`;
    return `kept in ${this.#names.folder}: ${[last, ...best, ...runs].join(", ")}`;
  }

  /** Leaves the folder to others. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const lock of this.#locks) await lock.release().catch(() => {}); // A lock whose holder is gone stops nobody.
  }

  /** Looks at what is there before anything is written. */
  async #look(resumed: PrepareOptions["resumed"]): Promise<void> {
    const { last, best, folder } = this.#names;
    const present = new Set(await this.#fs.readdir(folder));
    for (const name of [last, best].map((path) => basename(path)).filter((name) => present.has(name))) {
      await this.#requireCheckpoint(join(folder, name));
    }
    for (const name of await this.#earlierNames()) await this.#requireCheckpoint(join(folder, name));
    const found = await ifThere(this.#fs.stat(last));
    if (resumed === undefined || !sameFile(found, resumed.identity)) return;
    this.#last = found;
    this.#savedStep = resumed.step;
    if (!present.has(basename(best))) return;
    const { heldOutBits: bits, step, identity, ...facts } = await readFacts(best, this.#fs);
    const isComparable =
      facts.textDigest === resumed.textDigest &&
      JSON.stringify(facts.configuration) === JSON.stringify(resumed.configuration);
    if (bits !== undefined && isComparable) this.#best = { identity, step, bits };
  }

  /** @throws CommandError when `path` is not a checkpoint of this program. */
  async #requireCheckpoint(path: string): Promise<void> {
    try {
      if ((await ifThere(this.#fs.stat(path))) !== undefined) await readFacts(path, this.#fs);
    } catch (cause) {
      if (!(cause instanceof CommandError)) throw cause;
      throw new CommandError(`not overwriting ${path}, which is not a checkpoint of char-rnn; choose another --out`, {
        cause,
      });
    }
  }

  /** Gives what is not this run's a numbered name. */
  async #setAside(): Promise<void> {
    const fs = this.#fs;
    const { last, best, folder } = this.#names;
    const [foundLast, foundBest] = [await ifThere(fs.stat(last)), await ifThere(fs.stat(best))];
    for (const [path, found] of [[last, foundLast] as const, [best, foundBest] as const]) {
      if (found !== undefined && !found.isFile()) throw new CommandError(`${path} is not a file`);
    }
    const foreignLast = foundLast !== undefined && !sameFile(foundLast, this.#last);
    const foreignBest = foundBest !== undefined && !sameFile(foundBest, this.#best?.identity);
    if (!foreignLast && !foreignBest) return;
    const earlier = await this.#earlierNames();
    const kept = await Promise.all(earlier.map((name) => ifThere(fs.stat(join(folder, name)))));
    const isKept = (found: Identity) => kept.some((other) => sameFile(found, other));
    const n = 1 + Math.max(0, ...earlier.map((name) => this.#names.numberOf(name) ?? 0));
    if (foreignLast && !isKept(foundLast)) {
      await linkAside(last, this.#names.earlier(n), fs);
      this.#say(`the earlier run in ${folder} is kept as ${basename(this.#names.earlier(n))}`);
    }
    if (!foreignBest) return;
    if (!sameFile(foundBest, foundLast) && !isKept(foundBest)) {
      await linkAside(best, this.#names.earlierBest(n), fs);
      this.#say(`the best of an earlier run in ${folder} is kept as ${basename(this.#names.earlierBest(n))}`);
    }
    await fs.rm(best);
    await syncFolder(folder, fs);
  }

  /** Of earlier runs, by number. */
  async #earlierNames(): Promise<string[]> {
    const number = (name: string) => this.#names.numberOf(name);
    const names = (await this.#fs.readdir(this.#names.folder)).filter((name) => number(name) !== undefined);
    return names.sort((a, b) => (number(a) ?? 0) - (number(b) ?? 0) || a.length - b.length);
  }
}
