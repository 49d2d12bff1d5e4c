/** The import rules hold, and each of them can fail: a wrong import in a small workspace is found under its name. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import extractDepcruiseConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allowedImports } from "../allowed-imports.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

const configurationFile = join(root, "tooling/boundaries.config.mjs");

let workspace = "";
beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), "boundaries-"));
});
afterEach(() => rmSync(workspace, { recursive: true }));

/** Writes `packages/<name>/src/<file>` for every entry of `sources`, with all packages linked and `declared` declared. */
function lay(sources: Record<string, string>, declared: readonly string[]): void {
  const names = [
    ...new Set(["core", "ops", "autodiff", "backend-cpu", "conformance", ...Object.keys(sources).map(owner)]),
  ];
  for (const name of names) {
    const folder = join(workspace, "packages", name);
    mkdirSync(join(folder, "src"), { recursive: true });
    mkdirSync(join(folder, "node_modules/@tapegrad"), { recursive: true });
    for (const other of names) symlinkSync(join("../../..", other), join(folder, "node_modules/@tapegrad", other));
    const dependencies = Object.fromEntries(declared.map((other) => [`@tapegrad/${other}`, "workspace:^"]));
    const exports = { ".": { "@tapegrad/source": "./src/index.ts" } };
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: `@tapegrad/${name}`, exports, dependencies }));
    writeFileSync(join(folder, "src/index.ts"), "export const value = 1;\nexport type Value = number;\n");
  }
  for (const [path, text] of Object.entries(sources)) {
    const target = join(workspace, "packages", path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

function owner(path: string): string {
  return path.split("/")[0] ?? "";
}

async function violations(baseDir: string, folders: readonly string[]): Promise<string[]> {
  const { forbidden = [], options = {} } = await extractDepcruiseConfig(configurationFile);
  const { enhancedResolveOptions = {}, ...cruiseOptions } = options;
  const { output } = await cruise(
    [...folders],
    { ...cruiseOptions, enhancedResolveOptions, baseDir, validate: true, ruleSet: { forbidden } },
    { ...enhancedResolveOptions, symlinks: false, bustTheCache: true },
  );
  if (typeof output === "string") throw new Error(`expected a cruise result, not ${output}`);
  return namesOf(output);
}

function namesOf({ summary }: ICruiseResult): string[] {
  return summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
}

async function found(sources: Record<string, string>, declared: readonly string[]): Promise<string[]> {
  lay(sources, declared);
  return violations(workspace, ["packages"]);
}

describe("the rules find", () => {
  it("nothing in imports that point the right way", async () => {
    const sources = { "nn/src/cell.ts": 'import { value } from "@tapegrad/ops";\nexport const twice = 2 * value;\n' };
    expect(await found(sources, ["ops"])).toEqual([]);
  });

  it.each([
    ["ops importing autodiff", "ops", "autodiff", "imports-of-ops"],
    ["nn importing a backend", "nn", "backend-cpu", "imports-of-nn"],
    ["core importing anything", "core", "ops", "imports-of-core"],
    ["a package importing conformance", "nn", "conformance", "conformance-is-for-tests"],
    ["an unknown package importing others", "newcomer", "core", "in-the-table"],
  ])("%s", async (_, from, to, rule) => {
    const sources = { [`${from}/src/wrong.ts`]: `import { value } from "@tapegrad/${to}";\nexport default value;\n` };
    expect(await found(sources, [to])).toContain(`${rule}: packages/${from}/src/wrong.ts`);
  });

  it("a type that is imported the wrong way", async () => {
    const sources = {
      "ops/src/wrong.ts": 'import type { Value } from "@tapegrad/autodiff";\nexport type A = Value;\n',
    };
    expect(await found(sources, ["autodiff"])).toContain("imports-of-ops: packages/ops/src/wrong.ts");
  });

  it("a backend that calls ops, but not one that names their types", async () => {
    const sources = {
      "backend-cpu/src/wrong.ts": 'import { value } from "@tapegrad/ops";\nexport const a = value;\n',
      "backend-cpu/src/right.ts": 'import type { Value } from "@tapegrad/ops";\nexport type A = Value;\n',
    };
    expect(await found(sources, ["ops"])).toEqual([
      "backends-take-only-types-of-ops: packages/backend-cpu/src/wrong.ts",
    ]);
  });

  it("a cycle, but not of types", async () => {
    const sources = {
      "core/src/a.ts": 'import { b } from "./b.ts";\nexport const a = () => b;\n',
      "core/src/b.ts": 'import { a } from "./a.ts";\nexport const b = () => a;\n',
      "core/src/c.ts": 'import type { D } from "./d.ts";\nexport interface C { d: D }\n',
      "core/src/d.ts": 'import type { C } from "./c.ts";\nexport interface D { c: C }\n',
    };
    const names = await found(sources, []);
    const filesOf = (rule: string) => names.filter((name) => name.startsWith(`${rule}: `)).join();
    expect(new Set(names.map((name) => name.split(":")[0]))).toEqual(new Set(["no-cycles", "no-cycles-of-types"]));
    expect(filesOf("no-cycles")).toMatch(/core\/src\/[ab]\.ts/);
    expect(filesOf("no-cycles")).not.toMatch(/core\/src\/[cd]\.ts/);
    expect(filesOf("no-cycles-of-types")).toMatch(/core\/src\/[cd]\.ts/);
  });

  it("the files of another package, by path and by name", async () => {
    const sources = {
      "nn/src/by-path.ts": 'import { value } from "../../ops/src/index.ts";\nexport const a = value;\n',
      "nn/src/by-name.ts": 'import { value } from "@tapegrad/ops/src/index.ts";\nexport const a = value;\n',
    };
    const names = await found(sources, ["ops"]);
    expect(names).toContain("no-internals-of-packages: packages/nn/src/by-path.ts");
    expect(names).toContain("resolvable: packages/nn/src/by-name.ts");
  });

  it("a dependency that is not declared", async () => {
    const sources = { "nn/src/undeclared.ts": 'import { value } from "@tapegrad/ops";\nexport const a = value;\n' };
    expect(await found(sources, ["core"])).toContain("declared: packages/nn/src/undeclared.ts");
  });
});

describe("the table", () => {
  it("has no cycle", () => {
    const visited: string[] = [];
    const visit = (name: string, above: readonly string[]): void => {
      expect(above, `${name} imports itself`).not.toContain(name);
      for (const next of allowedImports[name] ?? []) visit(next, [...above, name]);
      visited.push(name);
    };
    for (const name of Object.keys(allowedImports)) visit(name, []);
    expect(visited).toEqual(expect.arrayContaining(Object.keys(allowedImports)));
  });

  it("covers what each package.json declares", () => {
    for (const name of readdirSync(join(root, "packages"))) {
      const { dependencies = {} } = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8"));
      const declared = Object.keys(dependencies).flatMap((key) => /^@tapegrad\/(.+)$/.exec(key)?.[1] ?? []);
      expect(allowedImports[name], `${name} has no row`).toBeDefined();
      expect(allowedImports[name], `${name} declares more than its row`).toEqual(expect.arrayContaining(declared));
    }
  });
});
