/** The version of a program. */
import { readFileSync } from "node:fs";

/** By the manifest two folders above the module at `url`, whether of the sources or of what is built of them. */
export function programVersion(url: string): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", url), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : "";
}
