/** Where checkpoints lie: reading them, checking that one can be written, and replacing it so that no reader sees half. */
import { constants } from "node:fs";
import { access, copyFile, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandError, explainingFailures } from "../commands/command-error.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";

export const defaultFolder = join("runs", "char-rnn");
const fileName = "model.safetensors";
const previousName = "previous.safetensors";

/** The checkpoint in a folder that `--out` names. */
export function fileIn(folder: string): string {
  return join(folder, fileName);
}

/** `path`, or the checkpoint in it if it is a folder, with what it holds. @throws CommandError when it cannot be read. */
export async function readCheckpoint(path: string): Promise<{ file: string; checkpoint: Checkpoint }> {
  const what = `cannot read the checkpoint ${path}`;
  const file = (await explainingFailures(what, () => stat(path))).isDirectory() ? fileIn(path) : path;
  const bytes = await explainingFailures(`cannot read the checkpoint ${file}`, () => readFile(file));
  return { file, checkpoint: decodeCheckpoint(bytes, file) };
}

/** A checkpoint that is written again and again in the course of a run. */
export class CheckpointFile {
  readonly path: string;
  /** Whether another run's checkpoint lies at `path`, to be kept aside before the first save. */
  #keepPrevious: boolean;

  private constructor(path: string, keepPrevious: boolean) {
    this.path = path;
    this.#keepPrevious = keepPrevious;
  }

  /**
   * Makes the folder if need be and tries that it can be written to, before any training. `continues` says that the run goes
   * on from the checkpoint at `path`.
   * @throws CommandError when it cannot, or when something that is no checkpoint would be overwritten.
   */
  static async prepare(path: string, { continues = false } = {}): Promise<CheckpointFile> {
    const folder = dirname(path);
    await explainingFailures(`cannot write to the folder ${folder}`, async () => {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
      const probe = temporaryName(path);
      await (await open(probe, "wx")).close();
      await rm(probe);
    });
    return new CheckpointFile(path, !continues && (await holdsCheckpoint(path)));
  }

  async save(checkpoint: Checkpoint): Promise<void> {
    const bytes = await encodeCheckpoint(checkpoint);
    await explainingFailures(`cannot write the checkpoint ${this.path}`, async () => {
      if (this.#keepPrevious) await copyFile(this.path, join(dirname(this.path), previousName));
      this.#keepPrevious = false;
      await replaceFile(this.path, bytes);
    });
  }
}

/** False when nothing is there. @throws CommandError when something else than a checkpoint is. */
async function holdsCheckpoint(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found === undefined) return false;
  try {
    await readCheckpoint(path);
  } catch (cause) {
    if (!(cause instanceof CommandError)) throw cause;
    throw new CommandError(`not overwriting ${path}, which is not a checkpoint of char-rnn; choose another --out`, {
      cause,
    });
  }
  return true;
}

/** Writes beside `path` and renames: whatever happens, there is the old content or the new. */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await writeThrough(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Returns when the bytes are on the disk, not merely on their way. */
async function writeThrough(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, "w");
  await file.writeFile(bytes);
  await file.sync();
}

function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
}
