/**
 * What users get: every package packed, installed from its tarball into an empty folder outside the workspace, checked as a
 * package, type-checked by a strict consumer, and run, the README's example included, in every Node that is supported.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { brokenPromise, examplesOf } from "../../documentation/src/example.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const nodeVersions = [22, 24, 26];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Exports;
}
type Exports = string | { readonly [key: string]: Exports };

const manifests: Manifest[] = readdirSync(join(root, "packages"))
  .map((folder): Manifest => JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")))
  .filter((manifest) => manifest.private !== true);
/** What can be imported: `@tapegrad/core`, `@tapegrad/ops/samples`, … */
const entryPoints = manifests.flatMap(({ name, exports }) =>
  Object.entries(exports).flatMap(([subpath, target]) => (typeof target === "string" ? [] : [name + subpath.slice(1)])),
);

/** Runs a program and returns what it printed; a failure carries all of its output. */
async function run(folder: string, program: string, ...parameters: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, parameters, { cwd: folder, maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string }; // What execFile rejects with.
    throw new Error(`${program} ${parameters.join(" ")}\n${stdout}\n${stderr}`, { cause: error });
  }
}

let workshop = "";
let consumer = "";
const tarball = ({ name, version }: Manifest): string =>
  join(workshop, "tarballs", `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
const nodes = new Map<number, string>();

beforeAll(async () => {
  workshop = mkdtempSync(join(tmpdir(), "packed-"));
  consumer = join(workshop, "consumer");
  for (const folder of ["tarballs", "consumer", "nodes"]) await mkdir(join(workshop, folder));
  const packages = ["--recursive", "--filter=./packages/*"];
  await run(root, "pnpm", ...packages, "pack", "--pack-destination", join(workshop, "tarballs"));
  writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true }));
  await run(consumer, "npm", "install", "--no-audit", "--no-fund", ...manifests.map(tarball));
  for (const major of nodeVersions) nodes.set(major, await nodeBinary(major));
});

afterAll(() => rmSync(workshop, { recursive: true, force: true }));

/** The running Node if it is of that version, else the npm package `node`. */
async function nodeBinary(major: number): Promise<string> {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath;
  const folder = join(workshop, "nodes", String(major));
  await mkdir(folder);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: `node-${major}`, private: true }));
  await run(folder, "npm", "install", "--no-audit", "--no-fund", `node@${major}`);
  return join(folder, "node_modules/node/bin/node");
}

function binaryOf(major: number): string {
  const binary = nodes.get(major);
  if (binary === undefined) throw new Error(`Node ${major} was not installed`);
  return binary;
}

describe.each(manifests)("$name", (source) => {
  const installed = () => join(consumer, "node_modules", source.name);
  const files = () => readdirSync(installed(), { recursive: true, encoding: "utf8" });

  it("holds code, types, a map with sources and the licence, and no tests", () => {
    expect(files()).toEqual(expect.arrayContaining(["LICENSE", "dist/index.js", "dist/index.d.ts"]));
    expect(files().filter((file) => file.endsWith(".js.map"))).not.toEqual([]);
    expect(
      files().filter((file) => /(^|\/)(test|node_modules)(\/|$)|\.test\.|tsconfig|tsbuildinfo/.test(file)),
    ).toEqual([]);
  });

  it("has every file that it exports", () => {
    const manifest: Manifest = JSON.parse(readFileSync(join(installed(), "package.json"), "utf8"));
    const targets = (exports: Exports): string[] =>
      typeof exports === "string" ? [exports] : Object.values(exports).flatMap(targets);
    expect(targets(manifest.exports).length).toBeGreaterThanOrEqual(3);
    expect(targets(manifest.exports).filter((target) => !existsSync(join(installed(), target)))).toEqual([]);
  });

  it("is a sound package", async () => {
    const bytes = await readFile(tarball(source));
    const { messages, pkg = {} } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, level: "warning" });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("depends on no workspace", () => {
    expect(readFileSync(join(installed(), "package.json"), "utf8")).not.toContain("workspace:");
  });
});

describe("a consumer", () => {
  it("in strict TypeScript accepts the types of every entry point", async () => {
    const imports = entryPoints.map((path, i) => `import * as part${i} from "${path}";`);
    const uses = entryPoints.map((_, i) => `export type Part${i} = keyof typeof part${i};`);
    const misuse = "// @ts-expect-error the types are there, not any\nexport const wrong: string = part.tensor(1);";
    const source = [...imports, 'import * as part from "tapegrad";', ...uses, misuse].join("\n");
    writeFileSync(join(consumer, "consumer.mts"), source);
    const compilerOptions = { module: "nodenext", strict: true, noEmit: true, skipLibCheck: false, types: [] };
    writeFileSync(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.mts"] }));
    await run(consumer, join(root, "node_modules/.bin/tsc"), "-p", ".");
  });

  describe.each(nodeVersions)("in Node %d", (major) => {
    it("is what it says", async () => {
      expect(await run(consumer, binaryOf(major), "--version")).toMatch(new RegExp(`^v${major}\\.`));
    });

    it("loads every entry point", async () => {
      const program = entryPoints.map((path) => `await import("${path}");`).join("\n");
      writeFileSync(join(consumer, "load.mjs"), program);
      await run(consumer, binaryOf(major), "load.mjs");
    });

    it("runs the README's example, which prints what its comments promise", async () => {
      const [example] = examplesOf(readFileSync(join(root, "README.md"), "utf8"));
      if (example === undefined) throw new Error("README.md has no ts block");
      expect(example.promises.length, "promises in the example").toBeGreaterThan(0);
      writeFileSync(join(consumer, "example.mjs"), example.code);
      const output = await run(consumer, binaryOf(major), "example.mjs");
      expect(brokenPromise(example, output), output).toBeUndefined();
    });
  });
});
