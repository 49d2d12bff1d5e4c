/** The types of all programs in one run of the compiler, against the packages' sources. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Problem } from "./programs.ts";
import { root, type WorkspaceCopy } from "./workspace-copy.ts";

/** What a reader's project has, `strict` and the DOM, and what running the text as it is in Node asks for. */
const compilerOptions = {
  target: "es2023",
  lib: ["es2024", "esnext.disposable", "dom", "dom.iterable", "dom.asynciterable"],
  module: "nodenext",
  moduleResolution: "nodenext",
  customConditions: ["@tapegrad/source"],
  types: ["node"],
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
};

/** Folders of the files that CONTRIBUTING.md shows, and the folders above them. */
const shownFolders = [
  "packages/ops/src/elementwise",
  "packages/compiler/src",
  "packages/autodiff/src/regions",
  "packages/autodiff/src",
];

/** What the compiler says about the programs at `paths`; what it says about the sources is the business of `pnpm types`. */
export async function checkTypes(copy: WorkspaceCopy, paths: readonly string[]): Promise<Problem[]> {
  // A page that shows how to write an op, a pass or a region imports the neighbours of the new file: `./a.ts`, `../folder/a.ts`.
  const rootDirs = [copy.folder, dirname(copy.folder), ...shownFolders.map((folder) => join(root, folder))];
  const configuration = { compilerOptions: { ...compilerOptions, rootDirs }, files: paths };
  writeFileSync(join(copy.folder, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(root, "node_modules/.bin/tsc");
  const output = await promisify(execFile)(compiler, ["-p", ".", "--pretty", "false"], {
    cwd: copy.folder,
    maxBuffer: 2 ** 26,
  }).then(
    () => "",
    (error: { stdout?: string }) => error.stdout || Promise.reject(error),
  );
  const programs = new Set(paths);
  return Array.from(
    output.matchAll(/^(\S.*?)\((\d+),\d+\): (error .*(?:\n[ \t].*)*)/gm),
    ([, path = "", line = "", message = ""]) => ({ path, line: Number(line), message }),
  ).flatMap(({ path, line, message }) =>
    programs.has(path) ? [{ file: copy.localized(path), line, message: copy.localized(message) }] : [],
  );
}
