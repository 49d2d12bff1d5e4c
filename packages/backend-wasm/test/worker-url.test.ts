/** Pages that allow no worker but their own files, in headless Chromium: the worker's file is named, or an error says so. */
import { createServer, type Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { workerCode } from "../src/threads/worker-code.ts";
import { bundle, isolating, launchChromium, withoutBrowser } from "./chromium.ts";

const scripts = "script-src 'self' 'wasm-unsafe-eval'";
const trusted = `trustedTypes.createPolicy("worker", { createScriptURL: (url) => url }).createScriptURL("/worker.js")`;

describe.skipIf(withoutBrowser)("in Chromium", () => {
  let browser: Browser;
  const files = new Map<string, string>([["/worker.js", workerCode]]);
  const servers: Server[] = [];

  beforeAll(async () => {
    files.set("/library.js", await bundle(new URL("../src/index.ts", import.meta.url)));
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
  });

  /** How many threads a page with that policy gets for `options`, or the error. */
  async function start(policy: string, options: string): Promise<unknown> {
    const server = createServer(({ url = "" }, response) => {
      const code = files.get(url);
      const type = code === undefined ? "text/html" : "text/javascript";
      response
        .writeHead(200, { "Content-Type": type, "Content-Security-Policy": policy, ...isolating })
        .end(code ?? "<!doctype html>");
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // The test's own limit counts.
    await page.goto(`http://127.0.0.1:${address.port}/`);
    return page.evaluate(
      `import("/library.js").then(({ wasm }) => wasm(${options})).then(({ threads }) => threads, String)`,
    );
  }

  it.each([
    [
      "no blobs",
      `${scripts}; worker-src 'self'`,
      "{ threads: 2 }",
      /BackendError: wasm: a worker did not start: blob:/,
    ],
    ["no blobs, but a file", `${scripts}; worker-src 'self'`, `{ threads: 2, workerUrl: "/worker.js" }`, 2],
    [
      "Trusted Types",
      `${scripts}; require-trusted-types-for 'script'`,
      "{ threads: 2 }",
      /BackendError: wasm: a worker did not start: .*TrustedScriptURL/,
    ],
    [
      "Trusted Types, and a trusted file",
      `${scripts}; require-trusted-types-for 'script'`,
      `{ threads: 2, workerUrl: ${trusted} }`,
      2,
    ],
  ])("%s", async (_, policy, options, expected) => {
    const result = await start(policy, options);
    if (typeof expected === "number") expect(result).toBe(expected);
    else expect(result).toMatch(expected);
  });
});
