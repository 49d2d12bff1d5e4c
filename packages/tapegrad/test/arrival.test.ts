/**
 * The umbrella in a bundle, in headless Chromium: the backend's code is a file of its own, which arrives when it arrives, or
 * which the page's Content-Security-Policy does not let be used.
 */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "./arrival-page.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => existsSync(place));
/** Never in CI, where a missing browser is a failure. */
const withoutBrowser = executablePath === undefined && !process.env.CI;

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** The page's files by name, as a bundler makes them that knows no condition but its own. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: {
      conditions: ["@tapegrad/source"],
      alias: { "@tapegrad/backend-wasm/at-once": path("../../backend-wasm/src/at-once/none.ts") },
    },
    build: {
      write: false,
      target: "es2023",
      modulePreload: false,
      rolldownOptions: {
        input: path("arrival-page.ts"),
        output: { entryFileNames: "page.js", chunkFileNames: "[name].js" },
      },
    },
  });
  if (!("output" in result)) throw new Error("nothing was built");
  return new Map(result.output.flatMap((file) => (file.type === "chunk" ? [[`/${file.fileName}`, file.code]] : [])));
}

describe.skipIf(withoutBrowser)("in Chromium", () => {
  let browser: Browser;
  let files: ReadonlyMap<string, string>;
  const servers: Server[] = [];

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error(`Chromium is not installed at any of ${places.join(", ")}`);
    files = await bundle();
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-background-networking", "--js-flags=--expose-gc"],
      timeout: 0,
    });
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
  });

  /** What a page with these headers reports, and the files that it asked for. */
  async function visit(headers: Readonly<Record<string, string>>): Promise<{ report: Report; asked: string[] }> {
    const asked: string[] = [];
    const server = createServer(({ url = "" }, response) => {
      asked.push(url);
      const code = files.get(url);
      const page = '<!doctype html><script type="module" src="/page.js"></script>';
      response
        .writeHead(200, { "Content-Type": code === undefined ? "text/html" : "text/javascript", ...headers })
        .end(code ?? page);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // The test's own limit counts.
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const text = await page.evaluate("report().then(JSON.stringify)");
    return { report: JSON.parse(String(text)), asked };
  }

  const expectTraining = ({ losses, bytes, reads }: Report) => {
    expect(losses.eager.at(-1)).toBeLessThan(losses.eager[0] ?? 0);
    for (const [i, loss] of losses.compiled.entries()) expect(loss).toBeCloseTo(losses.eager[i] ?? Number.NaN, 4);
    expect(losses.compiled).toHaveLength(5);
    const [few = 0, many = 0] = bytes;
    expect(many).toBeLessThan(1.2 * few);
    expect(reads).toEqual([expect.stringMatching(/still being loaded; await synchronize\(\)/), "2,3"]);
  };

  it("what was issued before the code arrived is done when it has, and nothing else is loaded", async () => {
    const { report, asked } = await visit({});
    expectTraining(report);
    expect(report).toMatchObject({ backend: "wasm", warnings: [] });
    const loaded = asked.filter((url) => files.has(url));
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded.length).toBeLessThan(files.size); // Nobody asked for WebGPU.
  });

  it("where WebAssembly may not be compiled the portable kernels do it, and it is said once what to allow", async () => {
    const { report } = await visit({ "Content-Security-Policy": "script-src 'self'" });
    expectTraining(report);
    expect(report.backend).toBe("cpu");
    expect(report.warnings).toEqual([expect.stringContaining("allow 'wasm-unsafe-eval'")]);
  });

  it("with what the warning says WebAssembly is compiled", async () => {
    const { report } = await visit({ "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" });
    expect(report).toMatchObject({ backend: "wasm", warnings: [] });
  });
});
