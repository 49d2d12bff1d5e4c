/**
 * What users get: every package packed, installed from its tarball into folders outside the workspace, checked as a package, and
 * run by the consumers of the table that are quick; `pnpm packed:all` tries the others as well.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../src/command.ts";
import { faultIn, titleOf } from "../src/consumer.ts";
import { loadedFiles } from "../src/loaded-files.ts";
import { table } from "../src/table.ts";
import { tryConsumer } from "../src/try-consumer.ts";
import { root, Workshop } from "../src/workshop.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly exports: Exports;
}
type Exports = string | { readonly [key: string]: Exports };

/** A worker's file is loaded by its address, as a script. */
const isOfModules = ({ path }: { readonly path: readonly string[] }): boolean => !path.includes("./worker.js");

const manifests: Manifest[] = readdirSync(join(root, "packages"))
  .map((folder): Manifest => JSON.parse(readFileSync(join(root, "packages", folder, "package.json"), "utf8")))
  .filter((manifest) => manifest.private !== true);

const workshop = new Workshop(mkdtempSync(join(tmpdir(), "packed-")));
const tarball = ({ name, version }: Manifest): string =>
  join(workshop.folder, "tarballs", `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);

beforeAll(() => workshop.tarballs());
afterAll(() => rmSync(workshop.folder, { recursive: true, force: true }));

describe.each(manifests)("$name", (source) => {
  const installed = async () => join(await workshop.kit("nodes"), "node_modules", source.name);
  const files = async () => readdirSync(await installed(), { recursive: true, encoding: "utf8" });

  it("holds code, types, maps with sources and the licence, and no tests", async () => {
    expect((await files()).filter((file) => file.endsWith(".js.map"))).not.toEqual([]);
    expect(await files()).toEqual(
      expect.arrayContaining(["LICENSE", "README.md", "dist/index.js", "dist/index.d.ts", "package.json"]),
    );
    expect(
      (await files()).filter((file) => /(^|\/)(test|node_modules)(\/|$)|\.test\.|tsconfig|tsbuildinfo/.test(file)),
    ).toEqual([]);
  });

  it("has every file that it exports", async () => {
    const folder = await installed();
    const manifest: Manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const targets = (exports: Exports): string[] =>
      typeof exports === "string" ? [exports] : Object.values(exports).flatMap(targets);
    expect(targets(manifest.exports).length).toBeGreaterThanOrEqual(2);
    expect(targets(manifest.exports).filter((target) => !existsSync(join(folder, target)))).toEqual([]);
  });

  it("is a sound package", async () => {
    const bytes = await readFile(tarball(source));
    const { messages, pkg = {} } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, level: "warning" });
    expect(messages.filter(isOfModules).map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });

  it("has the right types for every way of resolving modules", async () => {
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball(source)))), {
      // Workers load these by their address, and nobody imports them.
      excludeEntrypoints: ["./worker.js"],
    });
    const problems = "problems" in analysis ? analysis.problems : [{ kind: "no types" as const }];
    // Every Node that is supported can require an ES module.
    expect(problems.filter(({ kind }) => kind !== "CJSResolvesToESM")).toEqual([]);
  });

  it("depends on no workspace", async () => {
    expect(readFileSync(join(await installed(), "package.json"), "utf8")).not.toContain("workspace:");
  });
});

describe("an install of the umbrella", () => {
  it("is at most 200 files and 2.5 MB, maps with sources included", async () => {
    const folder = join(await workshop.kit("nodes"), "node_modules");
    const read = (name: string): { readonly dependencies?: Readonly<Record<string, string>> } =>
      JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"));
    const names = new Set(["tapegrad"]);
    for (const name of names) for (const needed of Object.keys(read(name).dependencies ?? {})) names.add(needed);
    const sizes = [...names].flatMap((name) =>
      readdirSync(join(folder, name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => statSync(join(entry.parentPath, entry.name)).size),
    );
    expect(names.size).toBeGreaterThan(10);
    expect(sizes.length).toBeLessThanOrEqual(200);
    expect(sizes.reduce((total, size) => total + size)).toBeLessThanOrEqual(2_500_000);
  });
});

describe("an import of the umbrella in Node", () => {
  it("loads one file of each package that it needs at once, and no kernels", async () => {
    const { paths } = await loadedFiles(await workshop.kit("nodes"), "tapegrad");
    // Files take longer to find, read and link than to run: `pnpm packed:import`.
    expect(paths.toSorted()).toEqual([
      "@tapegrad/autodiff/dist/internal.js",
      "@tapegrad/backend-cpu/dist/host.js",
      "@tapegrad/backend-wasm/dist/at-once/node.js",
      "@tapegrad/backend-wasm/dist/features.js",
      "@tapegrad/core/dist/internal.js",
      "@tapegrad/data/dist/index.js",
      "@tapegrad/nn/dist/index.js",
      "@tapegrad/ops/dist/internal.js",
      "@tapegrad/optim/dist/index.js",
      "@tapegrad/safetensors/dist/index.js",
      "tapegrad/dist/index.js",
    ]);
  });
});

/** What can be imported: `@tapegrad/core`, `@tapegrad/ops/samples`, … */
const entryPoints = manifests.flatMap(({ name, exports }) =>
  Object.entries(exports).flatMap(([subpath, target]) => (typeof target === "string" ? [] : [name + subpath.slice(1)])),
);

describe("the lowest Node", () => {
  it("loads every entry point", async () => {
    const folder = await workshop.kit("nodes");
    writeFileSync(join(folder, "load.mjs"), entryPoints.map((path) => `await import("${path}");`).join("\n"));
    await run(folder, "node_modules/node-22-12/bin/node load.mjs");
  });
});

describe("a consumer", () => {
  const quick = table.filter(({ nightly }) => nightly !== true);
  it.for(quick.map((consumer) => [titleOf(consumer), consumer] as const))("%s", async ([, consumer]) => {
    expect((await tryConsumer(consumer, workshop)).fault).toBeUndefined();
  });

  it("has a title of its own", () => {
    const titles = table.map(titleOf);
    expect(titles).toContain("Node 22.12, ESM");
    expect(titles).toContain("esbuild, IIFE page");
    expect(new Set(titles).size).toBe(titles.length);
  });

  it("fails where it prints something else, or warns", () => {
    const prints = ["backend wasm", /done/];
    expect(faultIn("backend wasm\nall done", { prints })).toBeUndefined();
    expect(faultIn("done\nbackend wasm", { prints })).toMatch(/does not print/);
    expect(faultIn("backend wasm\n(!) hm\ndone", { prints })).toMatch(/warns/);
    expect(faultIn("WARNING in x\nbackend wasm\ndone", { prints, warns: /y/ })).toMatch(/warns/);
    expect(faultIn("backend wasm\ndone", { prints, warns: /y/ })).toMatch(/does not warn/);
  });
});
