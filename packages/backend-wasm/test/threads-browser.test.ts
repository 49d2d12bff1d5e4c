/** Threads in headless Chromium: on a page that is cross-origin isolated, on one that is not, and in their workers. */
import { createServer, type Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Report } from "./browser-page.ts";
import { bundle, isolating, launchChromium, withoutBrowser } from "./chromium.ts";

async function serve(script: string, headers: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer(({ url }, response) => {
    const [type, body] = url === "/page.js" ? ["text/javascript", script] : ["text/html", "<!doctype html>"];
    response.writeHead(200, { "Content-Type": type, ...headers }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

describe.skipIf(withoutBrowser)("in Chromium", () => {
  let browser: Browser;
  let script: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    script = await bundle(new URL("browser-page.ts", import.meta.url));
    browser = await launchChromium();
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
