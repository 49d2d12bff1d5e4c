/**
 * The path from which built code imports another package: its internals if it has some, because that file contains the whole
 * package. Its index would be one more file, and files take longer to load than code.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "./entry-points.ts";

/** `id`, or the entry point `internal` of the package of that name, which `folder` depends on. */
export function pathOfImport(folder: string, id: string): string {
  const path = join(folder, "node_modules", id, "package.json");
  if (!id.startsWith("@tapegrad/") || !existsSync(path)) return id;
  const { name, exports }: Manifest = JSON.parse(readFileSync(path, "utf8"));
  return id === name && "./internal" in exports ? `${id}/internal` : id;
}
