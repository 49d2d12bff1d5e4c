/** The last resort of a run that cannot be saved in its folder: its state is saved in a new temporary folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { errorCode, nodeFileSystem, replaceFile } from "@tapegrad/command-line";
import { type Checkpoint, encodeCheckpoint } from "./checkpoint.ts";
import { fileIn } from "./read-checkpoint.ts";

/** Returns the path; undefined when there is no room either. */
export async function saveElsewhere(checkpoint: Checkpoint): Promise<string | undefined> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), "char-rnn-"));
    const path = fileIn(folder);
    await replaceFile(path, await encodeCheckpoint(checkpoint), nodeFileSystem);
    return path;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    if (folder !== undefined) await removeElsewhere(fileIn(folder));
    return undefined;
  }
}

/** Removes what `saveElsewhere` has made. */
export async function removeElsewhere(path: string): Promise<void> {
  await rm(dirname(path), { recursive: true, force: true }).catch(() => {}); // A copy too many is no failure.
}
