/** A registry of the workspace's packed packages, for `npm install tapegrad` as strangers will type it. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

interface Manifest {
  readonly name: string;
  readonly version: string;
}

export interface Registry extends AsyncDisposable {
  /** To be npm's setting `registry`. */
  readonly address: string;
}

export async function packedRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), "registry-"));
  execFileSync("pnpm", ["--recursive", "--filter=./packages/*", "pack", "--pack-destination", folder], {
    cwd: root,
    stdio: "pipe",
  });
  const packages = new Map(readdirSync(folder).map((file) => packed(join(folder, file))));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1);
    const found = packages.get(path.replace(/\.tgz$/, ""));
    if (found === undefined) response.writeHead(404).end();
    else if (path.endsWith(".tgz")) response.end(found.tarball);
    else response.end(JSON.stringify(listing(found.manifest, found.tarball, `http://${request.headers.host}/`)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    address: `http://127.0.0.1:${address.port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    },
  };
}

function packed(file: string): [string, { manifest: Manifest; tarball: Buffer }] {
  const text = execFileSync("tar", ["-xzOf", file, "package/package.json"], { encoding: "utf8" });
  const manifest: Manifest = JSON.parse(text);
  return [manifest.name, { manifest, tarball: readFileSync(file) }];
}

/** What a registry says of a package that has one version. */
function listing(manifest: Manifest, tarball: Buffer, address: string) {
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const dist = { tarball: `${address}${manifest.name}.tgz`, integrity };
  return {
    name: manifest.name,
    "dist-tags": { latest: manifest.version },
    versions: { [manifest.version]: { ...manifest, dist } },
  };
}
