/** The packages that are published, dependencies before dependents. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

export interface Package extends Manifest {
  readonly folder: string;
}

export function packagesOf(root: string): readonly Package[] {
  const all = readdirSync(join(root, "packages"))
    .map((name) => join(root, "packages", name))
    .map((folder): Package => ({ ...manifestOf(folder), folder }))
    .filter((manifest) => manifest.private !== true);
  const ordered = new Set<Package>();
  const add = (one: Package) => {
    for (const other of all) if (one.dependencies?.[other.name] !== undefined && !ordered.has(other)) add(other);
    ordered.add(one);
  };
  for (const one of all) add(one);
  return [...ordered];
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** The name that `pnpm pack` gives a tarball. */
export const tarballName = ({ name, version }: Manifest): string =>
  `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
