/** How the app is built and served: packages come from their sources, and nothing is fetched from elsewhere. */
import { defaultClientConditions, defineConfig } from "vite";

// Errors name the class or op that they come from, so names survive minification.
const output = { keepNames: true };

export default defineConfig({
  // Relative addresses, so that the built folder works under any path.
  base: "./",
  resolve: { conditions: ["@tapegrad/source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es", rolldownOptions: { output } },
  build: { target: "es2023", rolldownOptions: { output } },
  server: { port: 4173 },
  preview: { port: 4173 },
});
