/** Ops, Programs and laws of sequences in headless Chromium, on its software adapter; and how failures are told there. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BrowserReport, FailureReport, ProgramReport } from "./browser-page.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => existsSync(place));
const withoutBrowser = executablePath === undefined && !process.env.CI;

const flags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--disable-background-networking",
];

/** The page's script in one file. */
async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@tapegrad/source", "module", "browser"] },
    build: {
      write: false,
      minify: false,
      target: "esnext",
      lib: {
        entry: fileURLToPath(new URL("browser-page.ts", import.meta.url)),
        formats: ["es"],
      },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !("output" in output)) throw new Error("the bundler made nothing");
  return output.output[0].code;
}

describe.skipIf(withoutBrowser)("WebGPU in Chromium", () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    const script = await bundle();
    browser = await chromium.launch({
      ...(executablePath === undefined ? {} : { executablePath }),
      args: flags,
      timeout: 0,
    });
    page = await browser.newPage();
    page.setDefaultTimeout(0); // The test's own limit counts.
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    // WebGPU wants a secure origin, which this is; nothing is asked of any server.
    await page.route("**/*", (route) =>
      route.request().url().endsWith("page.js")
        ? route.fulfill({ contentType: "text/javascript", body: script })
        : route.fulfill({ contentType: "text/html", body: '<script type="module" src="page.js"></script>' }),
    );
    await page.goto("http://localhost/");
  });

  afterAll(() => browser?.close());

  test("every op is within its tolerance", async () => {
    const { ops, samples, failures } = await page.evaluate<BrowserReport>("report()");
    const failed = new Set(failures.map(([op]) => op));
    console.log(
      `WebGPU in Chromium ${browser.version()}: ${ops.length - failed.size} of ${ops.length} ops within tolerance (${samples} samples)`,
    );
    expect(failures).toEqual([]);
    expect(samples).toBeGreaterThan(400);
    expect(complaints).toEqual([]);
  });

  test("random Programs and the laws of sequences hold, compiled", async () => {
    const { compiled, refused, programs, laws } = await page.evaluate<ProgramReport>("programs()");
    console.log(`WebGPU in Chromium: ${compiled} Programs compiled, ${refused} refused`);
    expect({ programs, laws, refused }).toEqual({ programs: [], laws: [], refused: 0 });
    expect(compiled).toBeGreaterThan(15);
    expect(complaints).toEqual([]);
  });

  test("failures reject reads and synchronize, naming the op", async () => {
    const { invalid, full, lost } = await page.evaluate<FailureReport>("failures()");
    expect(invalid[0]).toMatch(/^BackendError: tanh: the device reports a validation error: /);
    expect(full[0]).toMatch(/^BackendError: tanh: the device is out of memory: not enough memory left; free tensors/);
    expect(lost[0]).toMatch(/^BackendError: webgpu: the device was lost \(destroyed.*\); its tensors are gone/);
    for (const [read, synchronized] of [invalid, full, lost]) expect(synchronized).toBe(read);
    expect(complaints).toEqual([]); // Chromium writes errors that nobody caught to the console.
  });
});
