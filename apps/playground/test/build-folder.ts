/** One folder per run of the tests, in which the app is built when the first test asks for it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    playgroundBuild: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "playground-"));
  project.provide("playgroundBuild", folder);
  return () => rm(folder, { recursive: true });
}
