/** How the app is built and served: packages come from their sources, and nothing is fetched from elsewhere. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import temml from "temml";
import { build, defaultClientConditions, defineConfig, type Plugin } from "vite";

/** Of the engine: errors name the class that they come from, so names of classes survive minification. */
const output = { minify: { compress: true, mangle: { keepNames: { class: true, function: false } }, codegen: true } };

/**
 * What the first view needs is one chunk, as that compresses better than several, and the compiler, which training needs, another
 * one. What is loaded on demand stays apart: the answers to lenses' questions, threads, and the backend that is not used here.
 */
const compiler = /packages\/(compiler|backend-wasm)\/src\/(?!features|at-once|threads)/;
const engine = {
  codeSplitting: {
    groups: [
      // First, as a group takes along what its modules import.
      {
        name: "engine",
        test: /packages\/(?!backend-w|compiler|conformance|safetensors)|src\/engine\/(?!answers)/,
        priority: 1,
      },
      { name: "compiler", test: compiler },
      // Asked at rest, as the first view's reader may go there next.
      { name: "prepared", test: /lenses\/influence\/answer/ },
    ],
  },
};

/** An import of a `.tex` file is the formula in it, as MathML. */
const formulas: Plugin = {
  name: "formulas",
  async load(id) {
    if (!id.endsWith(".tex")) return null;
    const mathml = temml.renderToString(await readFile(id, "utf8"), { displayMode: true, throwOnError: true });
    return { code: `export const mathml = ${JSON.stringify(mathml)};`, moduleType: "js" };
  },
};

/** As in any page, the compiler's code arrives when it is needed; reads until then cannot wait. */
const alias = { "@tapegrad/backend-wasm/at-once": sourceOf("../../packages/backend-wasm/src/at-once/bundled.ts") };

function sourceOf(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}

const resolve = { alias, conditions: ["@tapegrad/source", ...defaultClientConditions] };

/** An import of `x.ts?bundle` is the script x with all that it imports,, as one text for a classic worker. */
const bundles: Plugin = {
  name: "bundles",
  async load(id) {
    const [input, query] = id.split("?");
    if (query !== "bundle" || input === undefined) return null;
    const bundled = await build({
      configFile: false,
      logLevel: "warn",
      publicDir: false,
      resolve,
      build: {
        write: false,
        target: "es2023",
        modulePreload: false,
        rolldownOptions: {
          input,
          output: { ...output, format: "iife" },
          // Scripts of its own, by whose address a backend would start threads, are not there.
          transform: { define: { "import.meta": "{}" } },
        },
      },
    });
    const chunks = [bundled].flat().flatMap((result) => ("output" in result ? result.output : []));
    const [script, ...others] = chunks.flatMap((chunk) => (chunk.type === "chunk" ? [chunk.code] : []));
    if (script === undefined || others.length > 0) throw new Error(`internal: ${input} is not one script`);
    return { code: `export const script = ${JSON.stringify(script)};`, moduleType: "js" };
  },
};

export default defineConfig({
  // Relative addresses, so that the built folder works under any path.
  base: "./",
  resolve,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [formulas, bundles],
  worker: { format: "es", rolldownOptions: { output: { ...output, ...engine } } },
  // The engine of a sandbox is one chunk, which loads with the first cell of one's own.
  build: { target: "es2023", chunkSizeWarningLimit: 800 },
  server: { port: 4173 },
  preview: { port: 4173 },
});
