/** Threads in headless Chromium: on a page that is cross-origin isolated, on one that is not, and in their workers. */
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { fileURLToPath } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "./browser-page.ts";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => existsSync(place));
/** Never in CI, where a missing browser is a failure. */
const withoutBrowser = executablePath === undefined && !process.env.CI;

const isolating = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The page's script, with all that it imports. */
async function bundle(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["@tapegrad/source"] },
    build: {
      write: false,
      target: "es2023",
      lib: { entry: fileURLToPath(new URL("browser-page.ts", import.meta.url)), formats: ["es"] },
    },
  });
  const [first] = Array.isArray(result) ? result : [];
  const chunk = first?.output[0];
  if (chunk === undefined) throw new Error("nothing was built");
  return chunk.code;
}

async function serve(script: string, headers: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const [type, body] = url === "/page.js" ? ["text/javascript", script] : ["text/html", "<!doctype html>"];
    response.writeHead(200, { "Content-Type": type, ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

const flags = ["--no-sandbox", "--disable-background-networking"];

describe.skipIf(withoutBrowser)("in Chromium", () => {
  let browser: Browser;
  let script: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error(`Chromium is not installed at any of ${places.join(", ")}`);
    script = await bundle();
    browser = await chromium.launch({ executablePath, args: flags, timeout: 0 });
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
  });

  /** What the script reports, run on a page or in a worker of it. */
  async function reportOf(headers: Readonly<Record<string, string>>, place: "page" | "worker"): Promise<Report> {
    const server = await serve(script, headers);
    servers.push(server);
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // The test's own limit counts.
    await page.goto(`http://127.0.0.1:${address.port}/`);
    const text = await page.evaluate(
      place === "page"
        ? `import("/page.js").then(() => report).then(JSON.stringify)`
        : `new Promise((resolve, reject) => {
            const worker = new Worker("/page.js", { type: "module" });
            worker.onmessage = ({ data }) => resolve(JSON.stringify(data));
            worker.onerror = ({ message }) => reject(new Error(message));
          })`,
    );
    return JSON.parse(String(text));
  }

  it.each(["page", "worker"] as const)("a %s that is cross-origin isolated has two threads", async (place) => {
    const { threads, results, expected } = await reportOf(isolating, place);
    expect(threads).toBe(2);
    expect(results).toEqual(expected);
  });

  it.each(["page", "worker"] as const)("a %s that is not has one", async (place) => {
    const { threads, results, expected } = await reportOf({}, place);
    expect(threads).toBe(1);
    expect(results).toEqual(expected);
  });

  it("says when workers are forbidden", async () => {
    const headers = { ...isolating, "Content-Security-Policy": "worker-src 'none'" };
    await expect(reportOf(headers, "page")).rejects.toThrow(/wasm: a worker did not start: .*; ask for one thread/);
  });
});
