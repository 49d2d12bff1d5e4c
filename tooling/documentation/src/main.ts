/** `pnpm docs:examples [path…]`: checks and runs the code blocks of the given files or folders, or of the whole documentation. */
import { relative, resolve } from "node:path";
import { checkPages, describeProblem, documentedFiles, readPages } from "./check-pages.ts";
import { root } from "./workspace-copy.ts";

const wanted = process.argv.slice(2).map((path) => relative(root, resolve(root, path)));
const files = documentedFiles().filter(
  (file) => wanted.length === 0 || wanted.some((path) => path === "" || file === path || file.startsWith(`${path}/`)),
);
const { problems, programs, ran } = await checkPages(readPages(files));
for (const problem of problems) console.error(describeProblem(problem));
console.log(`${files.length} files, ${programs} programs, ${ran} run, ${problems.length} problems`);
if (files.length === 0) console.error(`No file of the documentation is ${wanted.join(", ")}.`);
process.exitCode = problems.length > 0 || files.length === 0 ? 1 : 0;
