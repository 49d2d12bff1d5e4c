/** The built site, served from a sub-path as a project's pages are, and opened in headless Chromium. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

export const dist = fileURLToPath(new URL("../.vitepress/dist/", import.meta.url));
/** The sub-path that `pnpm docs:check` builds for. */
export const base = "/tapegrad/";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".woff2": "font/woff2",
};

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export interface Site extends AsyncDisposable {
  /** A page of the site at `path`, relative to its base, and what it complained about or asked of other servers so far. */
  open(path: string, options?: OpenOptions): Promise<{ page: Page; complaints: string[] }>;
}

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

export async function openSite(): Promise<Site> {
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error(`Chromium is not installed at any of ${places.join(", ")}`);
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? "", "http://site").pathname;
    const file = path.startsWith(base) ? `${dist}${decodeURIComponent(path.slice(base.length))}` : undefined;
    const name = file?.endsWith("/") ? `${file}index.html` : file;
    const bytes = name === undefined ? undefined : await readFile(name).catch(() => undefined);
    if (name === undefined || bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { "content-type": types[extname(name)] ?? "application/octet-stream" }).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-background-networking"],
    timeout: 0,
  });
  return {
    open: (path, options = {}) => openPage(browser, `http://127.0.0.1:${address.port}${base}${path}`, options),
    async [Symbol.asyncDispose]() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function openPage(browser: Browser, address: string, options: OpenOptions) {
  const { width = 1280, height = 800, colorScheme = "light" } = options;
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  page.setDefaultTimeout(0); // The test's own limit counts.
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (!["data:", "blob:"].includes(protocol) && origin !== new URL(address).origin)
      complaints.push(`asked for ${request.url()}`);
  });
  await page.goto(address);
  return { page, complaints };
}
