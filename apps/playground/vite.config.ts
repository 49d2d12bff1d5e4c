/** How the app is built and served: packages come from their sources, and nothing is fetched from elsewhere. */
import { readFile } from "node:fs/promises";
import temml from "temml";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

// Errors name the class or op that they come from, so names survive minification.
const output = { keepNames: true };

/** An import of a `.tex` file is the formula in it, as MathML. */
const formulas: Plugin = {
  name: "formulas",
  async load(id) {
    if (!id.endsWith(".tex")) return null;
    const mathml = temml.renderToString(await readFile(id, "utf8"), { displayMode: true, throwOnError: true });
    return { code: `export const mathml = ${JSON.stringify(mathml)};`, moduleType: "js" };
  },
};

export default defineConfig({
  // Relative addresses, so that the built folder works under any path.
  base: "./",
  resolve: { conditions: ["@tapegrad/source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [formulas],
  worker: { format: "es", rolldownOptions: { output } },
  build: { target: "es2023", rolldownOptions: { output } },
  server: { port: 4173 },
  preview: { port: 4173 },
});
