/** Checks the code blocks of the documentation: their types, that they run, and their output. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkTypes } from "./check-types.ts";
import { brokenPromise } from "./example.ts";
import { type Page, type Problem, programsOf } from "./programs.ts";
import { runPrograms } from "./run-programs.ts";
import { root, workspaceCopy } from "./workspace-copy.ts";

const patterns = ["**/*.md", ".github/**/*.md", "packages/*/src/**/*.ts"];

/** What is generated or comes from elsewhere. */
const foreign = [
  "**/node_modules",
  "**/dist",
  "apps/docs/reference",
  "apps/docs/project",
  "apps/docs/.vitepress",
  "**/CHANGELOG.md",
];

/** The files of the documentation, relative to the workspace. */
export function documentedFiles(): string[] {
  return globSync(patterns, { cwd: root, exclude: foreign }).sort();
}

/** Reads pages of the workspace. */
export function readPages(files: readonly string[]): Page[] {
  return files.map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
}

export interface Findings {
  readonly problems: readonly Problem[];
  /** How many programs there are, and how many of them ran. */
  readonly programs: number;
  readonly ran: number;
}

/** Checks and runs the code of pages; a program whose types are wrong is not run. */
export async function checkPages(pages: readonly Page[], limit?: number): Promise<Findings> {
  using copy = workspaceCopy();
  const read = pages.map(programsOf);
  const programs = read.flatMap((page) => page.programs).map((program) => ({ ...program, path: copy.write(program) }));
  const typeProblems = await checkTypes(
    copy,
    programs.map(({ path }) => path),
  );
  const broken = new Set(read.flatMap(({ problems }) => problems).map(({ file, line }) => `${file}:${line}`));
  const wrong = (program: (typeof programs)[number]) => {
    const last = program.code.split("\n").length;
    const inside = ({ file, line }: Problem) => file === program.file && line >= program.line && line <= last;
    return broken.has(`${program.file}:${program.line}`) || typeProblems.some(inside);
  };
  const runnable = programs.filter((program) => program.runs && !wrong(program));
  const outcomes = await runPrograms(
    runnable.map(({ path, code }) => ({ path: join(copy.folder, path), code })),
    limit,
  );
  const runProblems = runnable.flatMap(({ file, line, path, promises }): Problem[] => {
    const outcome = outcomes.get(join(copy.folder, path)) ?? { output: "", failure: "it did not run" };
    const { output, failure } = outcome;
    if (outcome.skipped) return [];
    const message = failure === undefined ? brokenPromise({ promises }, output) : copy.localized(failure);
    if (message === undefined) return [];
    return [{ file, line, message: output === "" ? message : `${message}\nIt printed:\n${output.trimEnd()}` }];
  });
  const problems = [...read.flatMap((page) => page.problems), ...typeProblems, ...runProblems];
  return { problems, programs: programs.length, ran: runnable.length };
}

/** A problem as editors and terminals link it: `file:line: message`. */
export function describeProblem({ file, line, message }: Problem): string {
  return `${file}:${line}: ${message.replaceAll("\n", "\n    ")}`;
}
