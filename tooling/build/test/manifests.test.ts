/** What every published manifest says: to npm's pages, to bundlers, and to resolvers that know no `exports`. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { entryPointsOf, type Manifest } from "../src/entry-points.ts";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));
const home = "https://github.com/tapegrad/tapegrad";

/** Fields that are alike everywhere, but for the folder. */
const fields = (folder: string) => ({
  version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  description: expect.stringMatching(/^.{20,}\.$/),
  keywords: expect.arrayContaining(["automatic-differentiation", "machine-learning", "typescript"]),
  homepage: `${home}/tree/main/packages/${folder}#readme`,
  bugs: `${home}/issues`,
  repository: { type: "git", url: `git+${home}.git`, directory: `packages/${folder}` },
  license: "MIT",
  author: "The Tapegrad authors",
  type: "module",
  engines: { node: ">=22.12" },
  files: expect.arrayContaining(["dist", "CHANGELOG.md"]),
  main: "./dist/index.js",
  types: "./dist/index.d.ts",
  scripts: expect.objectContaining({ prepack: "turbo run build --output-logs=errors-only" }),
  publishConfig: { access: "public" },
});

describe.each(readdirSync(packages))("%s", (folder) => {
  const read = (path: string): unknown => JSON.parse(readFileSync(join(packages, folder, path), "utf8"));
  const manifest = read("package.json") as Manifest & { readonly files: readonly string[] }; // Its type is what this tests.

  it("has every field", () => {
    expect(manifest).toMatchObject(fields(folder));
    expect(existsSync(join(packages, folder, "LICENSE"))).toBe(true);
    expect(existsSync(join(packages, folder, "README.md"))).toBe(true);
  });

  it("offers itself, and each entry point by its source, types and code", () => {
    expect(manifest.exports["./package.json"]).toBe("./package.json");
    for (const target of Object.values(manifest.exports).filter((found) => typeof found !== "string")) {
      expect(target).toMatchObject({
        "@tapegrad/source": expect.stringMatching(/^\.\/src\/.+\.ts$/),
        types: expect.stringMatching(/^\.\/dist\/.+\.d\.ts$/),
        default: expect.stringMatching(/^\.\/dist\/.+\.js$/),
      });
    }
    for (const path of entryPointsOf(manifest))
      expect(existsSync(join(packages, folder, `src/${path}.ts`)), path).toBe(true);
  });

  it("has a folder for each entry point below it, where resolvers look that know no exports", () => {
    const below = Object.keys(manifest.exports).filter(
      (path) => typeof manifest.exports[path] !== "string" && path !== ".",
    );
    expect(manifest.files).toEqual(expect.arrayContaining(below.map((path) => path.slice(2))));
    for (const path of below) {
      const target = manifest.exports[path];
      const { types, default: code } = typeof target === "object" ? target : {};
      const up = (file: unknown) => String(file).replace(/^\./, "..");
      expect(read(join(path, "package.json"))).toMatchObject({ type: "module", main: up(code), types: up(types) });
    }
  });
});
