/**
 * Reads checkpoints in pieces, so that a file of any size can be read. Only regular files are read, because other paths may
 * never end.
 */
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  CommandError,
  explainingFailures,
  type FileSystem,
  type Identity,
  nodeFileSystem,
} from "@tapegrad/command-line";
import type { ByteSource } from "@tapegrad/safetensors";
import { type CheckpointFacts, type OpenCheckpoint, openCheckpoint } from "./checkpoint.ts";

export const defaultFolder = join("runs", "char-rnn");

/** The checkpoint in a folder that `--out` names. */
export function fileIn(folder: string): string {
  return join(folder, "model.safetensors");
}

export interface FoundCheckpoint {
  readonly file: string;
  /** Of the content that was read. */
  readonly identity: Identity;
}

/**
 * Gives `path`, or the checkpoint in it if it is a folder, to `use`, and closes it again.
 * @throws CommandError when it cannot be read, or is no file.
 */
export async function withCheckpoint<T>(
  path: string,
  use: (checkpoint: OpenCheckpoint, found: FoundCheckpoint) => Promise<T>,
  fs: FileSystem = nodeFileSystem,
): Promise<T> {
  const isFolder = await explainingFailures(`cannot read the checkpoint ${path}`, async () =>
    (await fs.stat(path)).isDirectory(),
  );
  const file = isFolder ? fileIn(path) : path;
  return explainingFailures(`cannot read the checkpoint ${file}`, async () => {
    // Looked at before it is opened: a pipe opens only when somebody writes into it.
    if (!(await fs.stat(file)).isFile()) throw new CommandError(`cannot read the checkpoint ${file}: it is not a file`);
    await using handle = await fs.open(file, "r");
    const identity = await handle.stat();
    const source: ByteSource = { size: identity.size, read: (begin, end) => readBytes(handle, begin, end) };
    return await use(await openCheckpoint(source, file), { file, identity });
  });
}

/** What the checkpoint says beside its tensors, which are not read. @throws as `withCheckpoint`. */
export function readFacts(path: string, fs: FileSystem = nodeFileSystem): Promise<CheckpointFacts & FoundCheckpoint> {
  return withCheckpoint(path, async (facts, found) => ({ ...facts, ...found }), fs);
}

/** Most that one call reads: below the 2 GiB of a system call. */
const pieceBytes = 2 ** 28;

async function readBytes(file: FileHandle, begin: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - begin);
  let filled = 0;
  while (filled < bytes.length) {
    const length = Math.min(pieceBytes, bytes.length - filled);
    const { bytesRead } = await file.read(bytes, filled, length, begin + filled);
    if (bytesRead === 0) break; // The file has become shorter; the reader finds out.
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
