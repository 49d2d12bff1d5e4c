/** A temporary folder that resolves imports like the workspace: programs lie where their pages lie. */
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ProgramOfPage } from "./programs.ts";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface WorkspaceCopy extends Disposable {
  readonly folder: string;
  /** Writes a program and returns its path relative to `folder`. */
  write(program: ProgramOfPage): string;
  /** A message in which paths of programs are those of their pages. */
  localized(message: string): string;
}

export function workspaceCopy(): WorkspaceCopy {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "documentation-")));
  const linked = new Set<string>();
  /** Links the dependencies of a folder and of those around it, as far as the root. */
  const link = (place: string) => {
    if (linked.has(place)) return;
    linked.add(place);
    mkdirSync(join(folder, place), { recursive: true });
    const modules = join(root, place, "node_modules");
    if (existsSync(modules)) symlinkSync(modules, join(folder, place, "node_modules"));
    if (place !== ".") link(dirname(place));
  };
  return {
    folder,
    write(program) {
      link(dirname(program.file));
      const path = `${program.file}.${program.line}.mts`;
      writeFileSync(join(folder, path), program.code);
      return path;
    },
    localized: (message) =>
      message
        .replaceAll(`file://${folder}/`, "")
        .replaceAll(`${folder}/`, "")
        .replaceAll(/(\.(?:md|ts))\.\d+\.mts/g, "$1"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
