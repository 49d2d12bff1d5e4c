/**
 * What modules do while they load is what any place allows: a bundle as a script, a worker, a page with a strict
 * Content-Security-Policy. Each entry point is run as one script where there is nothing but the language, and where whoever asks for
 * a platform's globals, or makes code of strings, is stopped.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { rolldown } from "rolldown";
import { parseSync, Visitor } from "rolldown/utils";
import { describe, expect, it } from "vitest";
import { entryPointsOf, type Manifest } from "../src/entry-points.ts";

const packages = fileURLToPath(new URL("../../../packages/", import.meta.url));

const entries = globSync("*/package.json", { cwd: packages }).flatMap((path) => {
  const folder = join(packages, path, "..");
  const manifest: Manifest & { readonly private?: boolean } = JSON.parse(readFileSync(join(packages, path), "utf8"));
  if (manifest.private === true || manifest.name === "@tapegrad/conformance") return []; // For tests, with a library of theirs.
  return entryPointsOf(manifest).map(
    (entry) => [`${manifest.name}: ${entry}`, join(folder, "src", `${entry}.ts`)] as const,
  );
});

/** What users may install beside a package, and what is asked for only where it is used. */
const optionalPeers = globSync("*/package.json", { cwd: packages }).flatMap((path) => {
  const manifest: { readonly peerDependenciesMeta?: object } = JSON.parse(readFileSync(join(packages, path), "utf8"));
  return Object.keys(manifest.peerDependenciesMeta ?? {});
});

/** What no module may ask for while it loads; `typeof setTimeout` and the like are allowed. */
const forbidden = [
  "process",
  "document",
  "window",
  "self",
  "navigator",
  "location",
  "require",
  "module",
  "importScripts",
];

/** Runs a script where there is nothing but the language. */
function runBare(script: string): void {
  const context = createContext({}, { codeGeneration: { strings: false, wasm: false } });
  const stop = (name: string) => `{ get() { throw new Error("${name} was asked for at load"); } }`;
  const stops = forbidden.map((name) => `Object.defineProperty(globalThis, "${name}", ${stop(name)});`);
  runInContext(stops.join("\n"), context);
  runInContext(script, context);
}

async function scriptOf(path: string): Promise<string> {
  const bundle = await rolldown({
    input: path,
    platform: "neutral",
    resolve: { conditionNames: ["@tapegrad/source", "default"] },
    external: (id) => id.startsWith("node:") || optionalPeers.includes(id),
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "iife", name: "entry", codeSplitting: false });
  return output[0].code;
}

/** Places of `import.meta`, and of `await` that no function is around. */
function loadOnly(path: string): string[] {
  const code = readFileSync(path, "utf8");
  const found: string[] = [];
  let depth = 0;
  const enter = () => void depth++;
  const leave = () => void depth--;
  new Visitor({
    FunctionDeclaration: enter,
    "FunctionDeclaration:exit": leave,
    FunctionExpression: enter,
    "FunctionExpression:exit": leave,
    ArrowFunctionExpression: enter,
    "ArrowFunctionExpression:exit": leave,
    MetaProperty: ({ meta }) => {
      if (meta.name === "import") found.push("import.meta");
    },
    AwaitExpression: () => {
      if (depth === 0) found.push("await at the top level");
    },
  }).visit(parseSync(path, code).program);
  return found;
}

describe("at load", () => {
  it.each(entries)("%s asks its platform for nothing", async (_, path) => {
    runBare(await scriptOf(path));
  });

  it("no module asks where it is, or waits", () => {
    const files = globSync("*/src/**/*.ts", { cwd: packages }).map((path) => join(packages, path));
    expect(files.length).toBeGreaterThan(200);
    expect(files.flatMap((path) => loadOnly(path).map((what) => `${path}: ${what}`))).toEqual([]);
  });
});

it.each([
  ["a global of the platform", "const node = process.version;", "process was asked for at load"],
  [
    "a global behind typeof",
    'export const isPage = typeof document !== "undefined";',
    "document was asked for at load",
  ],
  ["code from strings", 'new Function("return 1")();', "Code generation from strings disallowed"],
  ["WebAssembly", "new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));", "disallowed"],
])("%s would be noticed", (_, script, message) => {
  expect(() => runBare(script.replace("export ", ""))).toThrow(message);
});
