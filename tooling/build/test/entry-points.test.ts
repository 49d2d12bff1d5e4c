/** Which files a package is built into, and from which file of another package its code imports. */
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { entryPointsOf } from "../src/entry-points.ts";
import { pathOfImport } from "../src/path-of-import.ts";

it("entry points are the files of code under all conditions, also under conditions of conditions", () => {
  const exports = {
    ".": { "@tapegrad/source": "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./platform": {
      types: "./dist/platform/page.d.ts",
      node: { module: "./dist/platform/bundle.js", default: "./dist/platform/node.js" },
      default: "./dist/platform/page.js",
    },
    "./worker.js": "./dist/worker.js",
  };
  expect(entryPointsOf({ name: "sample", version: "1.0.0", exports })).toEqual([
    "index",
    "platform/bundle",
    "platform/node",
    "platform/page",
  ]);
});

it.each([
  ["@tapegrad/core", "@tapegrad/core/internal"],
  ["@tapegrad/ops", "@tapegrad/ops/internal"],
  ["@tapegrad/core/internal", "@tapegrad/core/internal"],
  ["@tapegrad/backend-cpu", "@tapegrad/backend-cpu"],
  ["@tapegrad/backend-cpu/host", "@tapegrad/backend-cpu/host"],
  ["node:module", "node:module"],
])("what is imported from %s comes from %s", (id, path) => {
  expect(pathOfImport(fileURLToPath(new URL("../../../packages/tapegrad/", import.meta.url)), id)).toBe(path);
});
