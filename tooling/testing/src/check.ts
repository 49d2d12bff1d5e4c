/**
 * `pnpm check`: all that CI checks, except the built documentation. `pnpm check --changed [commit]`, for while one works: types and
 * lint of everything, and of the tests those that take no browser, device or minute and import what changed since the commit (main).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";

async function run(...command: readonly string[]): Promise<void> {
  const child = spawn("pnpm", command, { stdio: "inherit" });
  const [status] = await once(child, "exit");
  if (status !== 0) throw new Error(`pnpm ${command.join(" ")} failed`);
}

const { values: options, positionals } = parseArgs({
  options: { changed: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [since = "main"] = positionals;

try {
  await Promise.all(["types", "lint"].map((step) => run("run", step)));
  if (options.changed)
    await run("exec", "vitest", "run", "--project=quick*", `--changed=${since}`, "--passWithNoTests");
  else for (const step of ["boundaries", "test", "size", "release:check"]) await run("run", step);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
