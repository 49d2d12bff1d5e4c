/** Builds the app, serves it, and opens it in headless Chromium. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { build, preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));
const output = fileURLToPath(new URL("output/", import.meta.url));

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = places.find((place) => existsSync(place));

const flags = ["--no-sandbox", "--disable-background-networking"];

/** Whether browser tests are left out: never in CI, where a missing browser is a failure. */
export const withoutBrowser = executablePath === undefined && !process.env.CI;

export interface Site extends AsyncDisposable {
  /** A new page on the app, and everything it complained about or asked of other servers so far. */
  open(options?: OpenOptions): Promise<{ page: Page; complaints: string[] }>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
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
}

export async function serveApp(): Promise<Site> {
  if (executablePath === undefined) throw new Error(`Chromium is not installed at any of ${places.join(", ")}`);
  // Test files run side by side, and each builds what it tests.
  await mkdir(output, { recursive: true });
  const outDir = await mkdtemp(`${output}site-`);
  await build({ root, mode: "production", logLevel: "warn", build: { outDir, emptyOutDir: true } });
  const server = await preview({ root, logLevel: "warn", build: { outDir }, preview: { port: 0, host: "127.0.0.1" } });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("the preview server has no address");
  const browser = await chromium.launch({ executablePath, args: flags, timeout: 0 });
  return {
    open: (options = {}) => openPage(browser, address, options),
    async [Symbol.asyncDispose]() {
      await browser.close();
      await server.close();
      await rm(outDir, { recursive: true });
    },
  };
}

async function openPage(browser: Browser, address: string, options: OpenOptions) {
  const { width = 1280, height = 800, colorScheme = "light", at = "", profile, before, broken, held, policy } = options;
  const context = profile ?? (await browser.newContext({ viewport: { width, height }, colorScheme }));
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
  await page.goto(address + at);
  return { page, complaints };
}
