/** The file-system functions that saving needs: Node's, or those of a test, which fail at any chosen call. */
import { chmod, link, lstat, mkdir, open, readdir, readlink, rename, rm, stat } from "node:fs/promises";

export const nodeFileSystem = { chmod, link, lstat, mkdir, open, readdir, readlink, rename, rm, stat };
export type FileSystem = typeof nodeFileSystem;

/** The system's name of what went wrong, such as ENOENT; undefined for a failure of another kind. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What `action` gives; undefined when the file or folder that it asks for is not there. */
export async function ifThere<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw error;
  }
}
