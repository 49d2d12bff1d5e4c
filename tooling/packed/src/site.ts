/** Serves the files of a folder, and a page for a script that has none. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import type { Site } from "./consumer.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".map": "application/json",
  ".wasm": "application/wasm",
};

export interface Served {
  readonly address: string;
  close(): void;
}

export async function serveFolder(root: string, site: Extract<Site, { folder: string }>): Promise<Served> {
  const page = `<!doctype html><title>Tapegrad</title><script ${site.classic ? "defer" : 'type="module"'} src="${site.script}"></script>`;
  const server = createServer(async ({ url = "/" }, response) => {
    const path = normalize(new URL(url, "http://localhost").pathname);
    const file = path.endsWith("/") ? `${path}index.html` : path;
    const made = file === "/index.html" && site.script !== undefined;
    const body = made ? page : await readFile(join(root, site.folder, file)).catch(() => undefined);
    // Browsers ask for an icon, and a refusal would be an error on the console.
    const status = body !== undefined ? 200 : file === "/favicon.ico" ? 204 : 404;
    response.writeHead(status, { "Content-Type": types[extname(file)] ?? "application/octet-stream", ...site.headers });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const { port } = server.address() as AddressInfo; // It listens on a port, not on a pipe.
  return {
    address: `http://localhost:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
