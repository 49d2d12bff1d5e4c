/** The app in the browser, for tests: it is built once for all test files of a run. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { inject } from "vitest";
import { buildApp, executablePath, type Site, serveFolder } from "./site.ts";

export type { OpenOptions, Site } from "./site.ts";

/** Whether browser tests are left out: never in CI, where a missing browser is a failure. */
export const withoutBrowser = executablePath === undefined && !process.env.CI;

export async function serveApp(): Promise<Site> {
  return serveFolder(await builtApp());
}

/** The folder with the built app: the first file that asks builds it, the others wait. */
async function builtApp(): Promise<string> {
  const folder = inject("playgroundBuild");
  const [site, outcome] = [join(folder, "site"), join(folder, "outcome")];
  try {
    await mkdir(join(folder, "begun"));
  } catch {
    // Another file builds.
    while (!existsSync(outcome)) await setTimeout(50);
    const failure = await readFile(outcome, "utf8");
    if (failure !== "") throw new Error(failure);
    return site;
  }
  let failure = "the app was not built";
  try {
    await buildApp(site);
    failure = "";
  } finally {
    await writeFile(outcome, failure);
  }
  return site;
}
