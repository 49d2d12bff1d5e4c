/** The checkpoint files of a run: the last state, and the state with the best held-out loss if that is another. */
import { basename, dirname, join } from "node:path";
import {
  CommandError,
  errorCode,
  explainingFailures,
  type FileSystem,
  FolderLock,
  type Identity,
  ifThere,
  type LockTimes,
  linkTarget,
  makeFolder,
  nodeFileSystem,
  removeFile,
  removeLeftovers,
  replaceByLink,
  replaceFile,
  sameFile,
} from "@tapegrad/command-line";
import { type Checkpoint, type CheckpointFacts, encodeCheckpoint } from "./checkpoint.ts";
import { earlierNames, setAside } from "./earlier-runs.ts";
import { FileNames } from "./file-names.ts";
import { readFacts } from "./read-checkpoint.ts";

export interface PrepareOptions {
  /** What the run goes on from: when the file at the path is this one, it is the run's own. */
  readonly resumed?: (CheckpointFacts & { readonly identity: Identity }) | undefined;
  /** Called with lines for the person at the keyboard: what is kept where, and why something takes long. */
  readonly say?: (line: string) => void;
  /** Called when a state has been saved. */
  readonly onSaved?: ((path: string, step: number) => void) | undefined;
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
  readonly #onSaved: (path: string, step: number) => void;
  /** The file that this run has saved last, or goes on from; any other at its path is somebody else's. */
  #last: Identity | undefined;
  #best: Best | undefined;
  #savedStep: number | undefined;

  private constructor(
    names: FileNames,
    locks: readonly FolderLock[],
    fs: FileSystem,
    { say = () => {}, onSaved = () => {} }: PrepareOptions,
  ) {
    this.#names = names;
    this.#onSaved = onSaved;
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
      const file = new CheckpointFile(names, locks, fs, options);
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

  /** Writes the state, and keeps the best beside it if that is another. Whatever fails, the states of before are still there. */
  async save(checkpoint: Checkpoint): Promise<void> {
    const [fs, names] = [this.#fs, this.#names];
    await explainingFailures(`cannot write the checkpoint ${this.path}`, async () => {
      await makeFolder(names.folder, fs);
      for (const lock of this.#locks) await lock.renew();
      const own = await setAside(names, { last: this.#last, best: this.#best?.identity }, fs, this.#say);
      const isBest = (found: Identity | undefined) => sameFile(found, this.#best?.identity);
      if (!isBest(own.last) && !isBest(own.best)) this.#best = undefined; // Somebody has removed it.
      const { heldOutBits: bits, step } = checkpoint;
      const isBetter = bits !== undefined && bits < (this.#best?.bits ?? Infinity);
      if (this.#best !== undefined && !isBetter && !isBest(own.best)) {
        this.#best = { ...this.#best, identity: await replaceByLink(this.path, names.best, fs) };
      }
      this.#last = await replaceFile(this.path, await encodeCheckpoint(checkpoint), fs);
      this.#savedStep = step;
      this.#onSaved(this.path, step);
      if (!isBetter) return;
      this.#best = { identity: this.#last, step, bits };
      if (own.best !== undefined) await removeFile(names.best, fs);
    });
  }

  /**
   * Removes the state that was saved last, for a disk without room for another beside it. The state to come, of `bits`, must be kept
   * elsewhere by now. Returns whether there is more room: a best state that it is not better than stays.
   */
  async makeRoom(bits: number | undefined): Promise<boolean> {
    const isBest = sameFile(this.#best?.identity, this.#last);
    if (isBest && !(bits !== undefined && bits < (this.#best?.bits ?? Infinity))) return false;
    try {
      if (!sameFile(await this.#fs.stat(this.path), this.#last)) return false;
      await removeFile(await linkTarget(this.path, this.#fs), this.#fs);
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return false;
    }
    return true;
  }

  /** What lies in the folder now, as one line. */
  async describe(): Promise<string> {
    const [last, best] = [basename(this.path), this.#best];
    const bits = best === undefined ? "" : `${best.bits.toFixed(3)} bits per character`;
    const run =
      best === undefined
        ? [`${last} (step ${this.#savedStep}, the last)`]
        : sameFile(best.identity, this.#last)
          ? [`${last} (step ${this.#savedStep}, the last and the best, ${bits})`]
          : [
              `${last} (step ${this.#savedStep}, the last)`,
              `${basename(this.#names.best)} (step ${best.step}, ${bits})`,
            ];
    const earlier = (await earlierNames(this.#names, this.#fs)).filter((name) => !name.endsWith("-best.safetensors"));
    const [first, ...others] = earlier;
    const shown = earlier.length > 3 ? `${first} to ${others.at(-1)}` : earlier.join(", ");
    const runs =
      first === undefined ? [] : [`${shown} (${earlier.length} earlier run${others.length === 0 ? "" : "s"})`];
    return `kept in ${this.#names.folder}: ${[...run, ...runs].join(", ")}`;
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
    for (const name of await earlierNames(this.#names, this.#fs)) await this.#requireCheckpoint(join(folder, name));
    const found = await ifThere(this.#fs.stat(last));
    if (resumed === undefined || !sameFile(found, resumed.identity)) return;
    this.#last = found;
    this.#savedStep = resumed.step;
    const isComparable = (other: CheckpointFacts) =>
      other.textDigest === resumed.textDigest &&
      JSON.stringify(other.configuration) === JSON.stringify(resumed.configuration);
    const candidates = [resumed, ...(present.has(basename(best)) ? [await readFacts(best, this.#fs)] : [])];
    for (const { identity, step, heldOutBits: bits } of candidates.filter(isComparable)) {
      if (bits !== undefined && bits < (this.#best?.bits ?? Infinity)) this.#best = { identity, step, bits };
    }
  }

  /** @throws CommandError when `path` is not a checkpoint of this program. */
  async #requireCheckpoint(path: string): Promise<void> {
    const found = await ifThere(this.#fs.stat(path));
    if (found === undefined) return;
    try {
      if (!found.isFile()) throw new CommandError("it is not a file");
      await readFacts(path, this.#fs);
    } catch (cause) {
      // What cannot be read may be one.
      if (!(cause instanceof CommandError) || errorCode(cause.cause) !== undefined) throw cause;
      throw new CommandError(`not overwriting ${path}, which is not a checkpoint of char-rnn; choose another --out`, {
        cause,
      });
    }
  }
}
