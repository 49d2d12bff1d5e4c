/** Builds the package in whose folder this runs: `dist` has one file of code, with its map, and one of types per entry point. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type InputOptions, type OutputOptions } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { entryPointsOf, type Manifest } from "./entry-points.ts";
import { libraries } from "./libraries.ts";
import { markPure } from "./mark-pure.ts";
import { methodDocs } from "./method-docs.ts";
import { pathOfImport } from "./path-of-import.ts";
import { slimMap } from "./slim-map.ts";
import { withIndex } from "./with-index.ts";

const folder = process.cwd();
const manifest: Manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
const entryPoints = entryPointsOf(manifest);
const declarations = await mkdtemp(join(tmpdir(), "declarations-"));
const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));

/** Other packages stay imports, and no module leaves its package: leaving out is for the user's bundler. */
const shared: InputOptions = {
  cwd: folder,
  external: /^[^./]/,
  logLevel: "warn",
  platform: "neutral",
  treeshake: { moduleSideEffects: true },
};
/** What is imported later has the name of its module. */
const output: OutputOptions = {
  dir: "dist",
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: ({ isDynamicEntry }) => (isDynamicEntry ? "[name].js" : "shared.js"),
};

/**
 * Names of locals and blanks are in the map, which has the sources. Names of the top level stay, for messages and stack traces.
 */
const minify = {
  compress: false,
  mangle: { toplevel: false, keepNames: { class: true, function: false } },
  codegen: { removeWhitespace: true },
} as const;

try {
  await rm(join(folder, "dist"), { recursive: true, force: true });
  await Promise.all([bundleCode(), bundleTypes()]);
} finally {
  await rm(declarations, { recursive: true, force: true });
}

async function bundleCode(): Promise<void> {
  const hasInternals = entryPoints.includes("internal");
  if (hasInternals) await writeReexports("index");
  const bundled = entryPoints.filter((path) => path !== "index" || !hasInternals);
  const input = Object.fromEntries(bundled.map((path) => [path, `./src/${path}.ts`]));
  const { output: files } = await build({
    ...shared,
    input,
    preserveEntrySignatures: "allow-extension",
    plugins: [...(hasInternals ? [withIndex()] : []), markPure()],
    transform: { target: "es2023", define: { TAPEGRAD_VERSION: JSON.stringify(manifest.version) } },
    output: { ...output, sourcemap: true, minify, paths: (id) => pathOfImport(folder, id) },
    write: false,
  });
  for (const file of files) {
    const path = join(folder, "dist", file.fileName);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.type === "chunk" ? file.code : slimMap(String(file.source)));
  }
}

/** A package with internals is one file, `internal`, of which the index exports what is public: files take longer to load than code. */
async function writeReexports(path: string): Promise<void> {
  const { output: files } = await build({ ...shared, input: `./src/${path}.ts`, write: false });
  await mkdir(join(folder, "dist"), { recursive: true });
  await writeFile(join(folder, "dist", `${path}.js`), `export{${files[0].exports.join(",")}}from"./internal.js";\n`);
}

async function bundleTypes(): Promise<void> {
  const options = ["-p", folder, "--emitDeclarationOnly", "--declarationMap", "false", "--outDir", declarations];
  await promisify(execFile)(tsc, options).catch((error) => Promise.reject(new Error(error.stdout)));
  const input = Object.fromEntries(entryPoints.map((path) => [path, join(declarations, `${path}.d.ts`)]));
  const plugins = [dts({ dtsOnly: true, generator: "oxc", tsconfig: false }), libraries(), methodDocs()];
  await build({
    ...shared,
    input,
    plugins,
    output: { ...output, entryFileNames: "[name].d.ts", chunkFileNames: "shared.d.ts" },
  });
}
