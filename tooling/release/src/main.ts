/**
 * Releases all packages: versions, builds, packs, checks, publishes. Without `--publish` it does so in a copy of the checkout and
 * publishes nothing. `--no-build` takes what `pnpm build` made before.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { faultsOf } from "./check-tarball.ts";
import { copyCheckout } from "./copy.ts";
import { packagesOf, tarballName } from "./packages.ts";

const checkout = fileURLToPath(new URL("../../../", import.meta.url));
const { values: options } = parseArgs({
  options: { publish: { type: "boolean", default: false }, build: { type: "boolean", default: true } },
  allowNegative: true,
});
const workshop = mkdtempSync(join(tmpdir(), "release-"));
const root = options.publish ? checkout : join(workshop, "checkout");
const tarballs = join(workshop, "tarballs");
const at = (folder: string, program: string, ...parameters: string[]): string =>
  execFileSync(program, parameters, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

/** In this order; each says in a line what it did, and throws where it cannot. */
const steps = {
  version() {
    // A checkout whose changes were versioned before, by a merged pull request, has none left.
    const pending = readdirSync(join(root, ".changeset")).filter((file) => file.endsWith(".md"));
    if (pending.length > 0) at(root, join(checkout, "node_modules/.bin/changeset"), "version");
    const versions = new Set(packagesOf(root).map(({ version }) => version));
    const [version = ""] = versions;
    if (versions.size !== 1 || version === "0.0.0") throw new Error(`not one version to release: ${[...versions]}`);
    return `${pending.length} changesets make ${version}`;
  },
  build() {
    if (!options.build) return "left out";
    at(root, "pnpm", "install", "--frozen-lockfile", "--prefer-offline");
    at(root, "pnpm", "run", "build");
    return "all packages";
  },
  pack() {
    mkdirSync(tarballs);
    const filter = ["--recursive", "--filter=./packages/*"];
    at(root, "pnpm", ...filter, "pack", "--pack-destination", tarballs, "--config.ignore-scripts=true");
    return `${readdirSync(tarballs).length} tarballs`;
  },
  async check() {
    const faults: string[] = [];
    for (const one of packagesOf(root)) {
      const found = await faultsOf(join(tarballs, tarballName(one)));
      faults.push(...found.map((fault) => `${one.name} ${fault}`));
    }
    if (faults.length > 0) throw new Error(faults.join("\n"));
    return "no faults";
  },
  publish() {
    const flags = ["--access=public", "--provenance", "--loglevel=error", ...(options.publish ? [] : ["--dry-run"])];
    for (const one of packagesOf(root)) at(workshop, "npm", "publish", join(tarballs, tarballName(one)), ...flags);
    return `${packagesOf(root).length} packages with provenance${options.publish ? "" : ", not really"}`;
  },
};

try {
  if (!options.publish) copyCheckout(checkout, root);
  for (const [name, step] of Object.entries(steps)) console.log(`${name}: ${await step()}`);
} finally {
  rmSync(workshop, { recursive: true, force: true });
}
