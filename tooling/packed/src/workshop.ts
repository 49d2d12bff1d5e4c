/** A folder outside the workspace: the packages packed once, and each kit of tools installed once, with the packages beside it. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const consumers = fileURLToPath(new URL("../consumers/", import.meta.url));

export class Workshop {
  readonly folder: string;
  readonly #kits = new Map<string, Promise<string>>();
  #tarballs: Promise<readonly string[]> | undefined;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** The paths of the packed packages. */
  tarballs(): Promise<readonly string[]> {
    this.#tarballs ??= pack(join(this.folder, "tarballs"));
    return this.#tarballs;
  }

  /** The folder of a kit, as its lock file says, with the packages and the files of `consumers/shared`. */
  kit(name: string): Promise<string> {
    const installed = this.#kits.get(name) ?? this.#install(name);
    this.#kits.set(name, installed);
    return installed;
  }

  async #install(name: string): Promise<string> {
    const folder = join(this.folder, "kits", name);
    const fresh = !existsSync(join(folder, "node_modules"));
    for (const source of ["shared", name]) cpSync(join(consumers, source), folder, { recursive: true });
    if (fresh) await run(folder, "npm ci --no-audit --no-fund --loglevel=error");
    const tarballs = (await this.tarballs()).map((path) => `"${path}"`).join(" ");
    await run(folder, `npm install --no-save --no-audit --no-fund --prefer-offline --loglevel=error ${tarballs}`);
    return folder;
  }

  /** The version of a tool in a kit. */
  async version(kit: string, tool: string): Promise<string> {
    const manifest: { version: string } = JSON.parse(
      readFileSync(join(await this.kit(kit), "node_modules", tool, "package.json"), "utf8"),
    );
    return manifest.version;
  }
}

async function pack(folder: string): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  await run(root, `pnpm --recursive --filter='./packages/*' pack --pack-destination "${folder}"`);
  return readdirSync(folder).map((file) => join(folder, file));
}
