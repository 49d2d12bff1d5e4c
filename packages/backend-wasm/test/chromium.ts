/** Headless Chromium, what makes a page cross-origin isolated, and a module with all that it imports as one script. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => existsSync(place));

/** Never in CI, where a missing browser is a failure. */
export const withoutBrowser = executablePath === undefined && !process.env.CI;

export const isolating = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export function launchChromium(): Promise<Browser> {
  if (executablePath === undefined) throw new Error(`Chromium is not installed at any of ${places.join(", ")}`);
  const args = ["--no-sandbox", "--disable-background-networking"];
  return chromium.launch({ executablePath, args, timeout: 0 });
}

/** The module at `entry`, from sources, as one script; errors keep their names. */
export async function bundle(entry: URL): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@tapegrad/source"] },
    build: {
      write: false,
      minify: false,
      target: "es2023",
      lib: { entry: fileURLToPath(entry), formats: ["es"] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const chunk = (Array.isArray(result) ? result : [])[0]?.output[0];
  if (chunk === undefined) throw new Error("nothing was built");
  return chunk.code;
}
