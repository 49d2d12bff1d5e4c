/** The code files that one import loads in Node, of packages that are installed in a kit. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";

export interface LoadedFiles {
  /** Below the last `node_modules`. */
  readonly paths: readonly string[];
  readonly bytes: number;
}

export async function loadedFiles(folder: string, name: string): Promise<LoadedFiles> {
  const urls: string[] = JSON.parse(await run(folder, `"${process.execPath}" loaded.mjs ${name}`));
  const files = urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  return {
    paths: files.map((file) => file.split("node_modules/").at(-1) ?? basename(file)),
    bytes: files.reduce((bytes, file) => bytes + statSync(file).size, 0),
  };
}
