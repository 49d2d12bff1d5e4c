/**
 * Replaces a file atomically. The new content is written beside it under a random name, synced, and renamed; then the folder is
 * synced. So a reader finds the old content or the new one at every moment, and after the return the new one is on the disk. A
 * symbolic link stays and its target is replaced; mode and owner are kept.
 */
import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { errorCode, type FileSystem, ifThere } from "./file-system.ts";
import { syncFolder } from "./folders.ts";

export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** Which file this is, and which content: another one has another identity, whatever its name. */
export type Identity = Pick<Stats, "dev" | "ino" | "size" | "mtimeMs">;

export function sameFile(a: Identity | undefined, b: Identity | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

/** Returns the new file's identity. Nothing is left beside the file when it fails, unless the program ends. */
export async function replaceFile(path: string, pieces: Pieces, fs: FileSystem): Promise<Identity> {
  const target = await linkTarget(path, fs);
  return replacing(target, fs, async (temporary) => {
    const old = await ifThere(fs.stat(target));
    await using file = await fs.open(temporary, "wx", old === undefined ? 0o666 : old.mode & 0o777);
    for await (const piece of pieces) await file.writeFile(piece);
    if (old !== undefined) {
      const { mode, uid, gid } = await file.stat();
      // Only root may give a file away; to everybody else, who now owns it, this is no reason not to save.
      if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid).catch(() => {});
      if (mode !== old.mode) await file.chmod(old.mode & 0o7777);
    }
    await file.sync();
    return await file.stat(); // Awaited before it is closed.
  });
}

/** Makes `path` another name of the file `source`, in place of what has the name now: at once, and without writing it again. */
export async function replaceByLink(source: string, path: string, fs: FileSystem): Promise<Identity> {
  const [from, target] = [await linkTarget(source, fs), await linkTarget(path, fs)];
  try {
    return await replacing(target, fs, async (temporary) => {
      await fs.link(from, temporary);
      return fs.stat(temporary);
    });
  } catch (error) {
    if (!cannotLink.has(errorCode(error) ?? "")) throw error;
    return replaceFile(target, piecesOf(from, fs), fs);
  }
}

/** Gives the file `source` a second name, which must be new. */
export async function linkAside(source: string, path: string, fs: FileSystem): Promise<void> {
  const from = await linkTarget(source, fs);
  try {
    await fs.link(from, path);
    await syncFolder(dirname(path), fs);
  } catch (error) {
    if (!cannotLink.has(errorCode(error) ?? "")) throw error;
    await replaceFile(path, piecesOf(from, fs), fs);
  }
}

/** Returns when the name is gone from the disk. */
export async function removeFile(path: string, fs: FileSystem): Promise<void> {
  await fs.rm(path);
  await syncFolder(dirname(path), fs);
}

/** Some file systems have no links, none lead to another one, and some files may only be linked by their owners. */
const cannotLink = new Set(["EPERM", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]);

async function replacing(
  target: string,
  fs: FileSystem,
  make: (temporary: string) => Promise<Identity>,
): Promise<Identity> {
  const folder = dirname(target);
  const temporary = join(folder, `.tapegrad-${randomBytes(8).toString("hex")}.tmp`);
  let identity: Identity;
  try {
    identity = await make(temporary);
    await fs.rename(temporary, target);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => {}); // The first failure is the one to report.
    throw error;
  }
  await syncFolder(folder, fs);
  return identity;
}

/** Ours, and those of earlier versions, which were named by process id. */
const leftover = /^\.(tapegrad-[0-9a-f]{16}|.*\.safetensors\.\d+)\.tmp$/;

/** Removes what programs that were killed left in the folder. Only for the one program that may write there. */
export async function removeLeftovers(folder: string, fs: FileSystem): Promise<void> {
  for (const name of await fs.readdir(folder)) {
    if (leftover.test(name)) await fs.rm(join(folder, name), { force: true });
  }
}

/** Where `path` leads, through symbolic links, whether there is anything or not. */
export async function linkTarget(path: string, fs: FileSystem): Promise<string> {
  let target = path;
  // As many as Linux follows; what leads further fails where it is used.
  for (let links = 0; links < 40; links++) {
    if (!(await ifThere(fs.lstat(target)))?.isSymbolicLink()) break;
    target = resolve(dirname(target), await fs.readlink(target));
  }
  return target;
}

const pieceBytes = 2 ** 20;

async function* piecesOf(path: string, fs: FileSystem): AsyncGenerator<Uint8Array> {
  await using file = await fs.open(path, "r");
  for (;;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(pieceBytes), 0, pieceBytes, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}
