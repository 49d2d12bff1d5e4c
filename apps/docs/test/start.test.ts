/** A stranger with Node and npm who does what Start says, to the letter, has a network that spells hello. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Instruction, instructionsIn, sectionOf } from "./instructions.ts";
import { packedRegistry, type Registry } from "./registry.ts";

const page = (name: string): string => readFileSync(new URL(`../start/${name}`, import.meta.url), "utf8");
const instructions = [
  ...instructionsIn(sectionOf(page("index.md"), "Node")),
  ...instructionsIn(sectionOf(page("hello.md"), "The whole program")),
];

let registry: Registry | undefined;
let folder = "";
beforeAll(async () => {
  registry = await packedRegistry();
  folder = mkdtempSync(join(tmpdir(), "start-"));
});
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

it("takes at most ten commands", () => {
  const commands = instructions.filter(({ kind }) => kind === "command");
  expect(commands.length).toBeGreaterThanOrEqual(3);
  expect(commands.length).toBeLessThanOrEqual(10);
});

it("ends with a network that spells hello", async () => {
  expect(await follow(instructions)).toMatch(/^The slope of x³ at 2 is 12\.$[\s\S]*^It spells hello\.$/m);
});

/** Does everything in an empty folder, as one shell session, and returns what was printed. */
async function follow(steps: readonly Instruction[]): Promise<string> {
  let here = folder;
  let printed = "";
  for (const step of steps) {
    if (step.kind === "file") writeFileSync(join(here, step.name), step.text);
    else {
      const session = `${step.line}\npwd > "${folder}/place"`;
      const { stdout } = await promisify(execFile)("sh", ["-ec", session], { cwd: here, env: environment() });
      printed += stdout;
      here = readFileSync(join(folder, "place"), "utf8").trim();
    }
  }
  return printed;
}

/** The stranger's: nothing of this workspace's, and the packed packages in place of the registry's. */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: folder,
    npm_config_registry: registry?.address,
    npm_config_update_notifier: "false",
  };
}
