/** The built app under a path of a static host, opened in headless Chromium. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import sirv from "sirv";

const root = fileURLToPath(new URL("..", import.meta.url));

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const executablePath = places.find((place) => existsSync(place));

const flags = ["--no-sandbox", "--disable-background-networking"];

/** Where the host has the app, as a project's pages are under their host. */
const base = "/some/where/";

export interface Site extends AsyncDisposable {
  readonly address: string;
  readonly browser: Browser;
  /** The folder that is served. */
  readonly folder: string;
  /** What browsers have asked of the host so far, in order. */
  readonly asked: readonly Asked[];
  /** A new page on the app, and everything it complained about or asked of other servers so far. */
  open(options?: OpenOptions): Promise<Opened>;
}

/** Names of files in the served folder: of what was asked, and of the page, style sheet or script that named it. */
export interface Asked {
  readonly name: string;
  readonly by: string;
}

export interface Opened {
  readonly page: Page;
  readonly complaints: string[];
}

export interface OpenOptions extends Omit<BrowserContextOptions, "viewport"> {
  readonly width?: number;
  readonly height?: number;
  /** Beyond the app's address: `?…#…`. */
  readonly at?: string;
  /** The profile of another page, with what it keeps; otherwise a fresh one. */
  readonly profile?: BrowserContext;
  /** A script that runs before the page's own. */
  readonly before?: string;
  /** The Content-Security-Policy of everything that the server sends. */
  readonly policy?: string;
  /** Addresses that fail to load. */
  readonly broken?: RegExp;
  /** Addresses that arrive only when this has happened. */
  readonly held?: { readonly addresses: RegExp; readonly until: Promise<void> };
  /** What happens to the page before it opens the app. */
  readonly prepare?: (page: Page) => Promise<void>;
}

export async function buildApp(folder: string): Promise<void> {
  // In a process of its own: tests say NODE_ENV=test, by which the app would be another one.
  const args = [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel=error", `--outDir=${folder}`];
  await promisify(execFile)(process.execPath, args, { cwd: root, env: { ...process.env, NODE_ENV: "production" } });
}

export async function serveFolder(folder: string): Promise<Site> {
  if (executablePath === undefined) throw new Error(`Chromium is not installed at any of ${places.join(", ")}`);
  const files = sirv(folder, { brotli: true, etag: true });
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { url = "", headers: sent } = request;
    const missing = () => void response.writeHead(404).end();
    if (!url.startsWith(base)) {
      missing();
      return;
    }
    const { pathname } = new URL(sent.referer ?? base, "http://host");
    asked.push({ name: nameOf(url), by: nameOf(pathname) });
    request.url = url.slice(base.length - 1);
    files(request, response, missing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("internal: the server has no port");
  const address = `http://127.0.0.1:${bound.port}${base}`;
  const browser = await chromium.launch({ executablePath, args: flags, timeout: 0 });
  return {
    address,
    browser,
    folder,
    asked,
    open: (options = {}) => openPage(browser, address, options),
    async [Symbol.asyncDispose]() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function nameOf(path: string): string {
  return path.slice(base.length).replace(/\?.*/, "") || "index.html";
}

async function openPage(browser: Browser, address: string, options: OpenOptions): Promise<Opened> {
  const { width = 1280, height = 800, at = "", profile, before, broken, held, policy, prepare, ...rest } = options;
  const context = profile ?? (await browser.newContext({ viewport: { width, height }, colorScheme: "light", ...rest }));
  const page = await context.newPage();
  page.setDefaultTimeout(0); // The test's own limit counts.
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== new URL(address).origin)
      complaints.push(`asked for ${request.url()}`);
  });
  if (before !== undefined) await page.addInitScript(before);
  if (held !== undefined) {
    await page.route(held.addresses, async (route) => {
      await held.until;
      await route.continue();
    });
  }
  if (broken !== undefined) await page.route(broken, (route) => route.abort());
  if (policy !== undefined) {
    await page.route(`${address}**`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, headers: { ...response.headers(), "content-security-policy": policy } });
    });
  }
  await prepare?.(page);
  await page.goto(address + at);
  return { page, complaints };
}
