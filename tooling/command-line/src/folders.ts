/** Makes folders, without endless retries, and syncs them, so that the names in them survive a power cut. */
import { constants } from "node:os";
import { dirname } from "node:path";
import { errorCode, type FileSystem } from "./file-system.ts";

/**
 * Makes `path` and the folders above it that are missing. Each is tried twice at most: Node's own recursive `mkdir` repeats
 * itself without end where a folder says that it is not there and cannot be made either, such as below /proc.
 */
export async function makeFolder(path: string, fs: FileSystem): Promise<void> {
  if (await isFolder(path, fs)) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above, fs);
  try {
    await fs.mkdir(path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
    if (await isFolder(path, fs)) return; // Somebody else has made it in the meantime.
    throw Object.assign(new Error(`${path} is not a folder`), { code: "ENOTDIR", errno: -constants.errno.ENOTDIR });
  }
  await syncFolder(above, fs);
}

/** False also for what is not there. */
async function isFolder(path: string, fs: FileSystem): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

/** Returns when the names in the folder are on the disk, where the system can say so. */
export async function syncFolder(path: string, fs: FileSystem): Promise<void> {
  let folder: Awaited<ReturnType<FileSystem["open"]>>;
  try {
    folder = await fs.open(path, "r");
  } catch (error) {
    if (cannotOpenFolders.has(errorCode(error) ?? "")) return;
    throw error;
  }
  try {
    await folder.sync();
  } catch (error) {
    if (!cannotSyncFolders.has(errorCode(error) ?? "")) throw error;
  } finally {
    await folder.close();
  }
}

/** Windows opens no folders; elsewhere one may be written to but not read. */
const cannotOpenFolders = new Set(["EISDIR", "EPERM", "EACCES"]);
const cannotSyncFolders = new Set(["EINVAL", "EPERM", "ENOTSUP", "EOPNOTSUPP", "EBADF"]);
