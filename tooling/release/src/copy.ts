/** A copy of the checkout in which a release may be tried. It shares nothing with the checkout that pnpm could change. */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** Copies whatever git knows or would add, and each package's `dist` and `node_modules`. */
export function copyCheckout(root: string, copy: string): void {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  for (const file of new Set(listed.split("\0"))) {
    if (file === "" || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  for (const name of readdirSync(join(root, "packages"))) {
    for (const part of ["dist", "node_modules"]) {
      const from = join(root, "packages", name, part);
      // Links between packages are relative, and stay in the copy.
      if (existsSync(from))
        cpSync(from, join(copy, "packages", name, part), { recursive: true, verbatimSymlinks: true });
    }
  }
}
