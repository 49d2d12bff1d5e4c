/** The programs of a page: its examples, with continued ones joined, and faults that are found before they run. */
import { stripTypeScriptTypes } from "node:module";
import { docstringExamplesOf, type Example, examplesOf, fencesOf } from "./example.ts";

/** A file of the documentation: Markdown, or a source whose docstrings have examples. */
export interface Page {
  /** Relative to the workspace. */
  readonly file: string;
  readonly text: string;
}

export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

export interface ProgramOfPage {
  readonly file: string;
  readonly line: number;
  /** Every line stands where it stands in the page, so that errors point there. */
  readonly code: string;
  readonly promises: readonly string[];
  /** Whether it runs in Node; otherwise only its types are checked. */
  readonly runs: boolean;
}

const knownWords = ["continues", "live", "check"];

/** The programs of a page, and the blocks that are none. */
export function programsOf({ file, text }: Page): { programs: ProgramOfPage[]; problems: Problem[] } {
  const isSource = /\.ts$/.test(file);
  const groups: Example[][] = [];
  const problems: Problem[] = isSource
    ? []
    : fencesOf(text)
        .flatMap(misnamed)
        .map((problem) => ({ file, ...problem }));
  for (const example of isSource ? docstringExamplesOf(text) : examplesOf(text)) {
    const report = (message: string) => problems.push({ file, line: example.line, message });
    const unknown = example.words.find((word) => !knownWords.includes(word));
    if (unknown !== undefined) report(`ts ${unknown}: the words after ts are ${knownWords.join(", ")}`);
    if (example.words.includes("live")) for (const message of notLive(example.code)) report(message);
    const continues = example.words.includes("continues");
    const last = groups.at(-1);
    if (continues && last === undefined) report("ts continues: the page has no block before");
    if (continues && last !== undefined) last.push(example);
    else groups.push([example]);
  }
  return { programs: groups.map((group) => joined(file, group)), problems };
}

function joined(file: string, group: readonly Example[]): ProgramOfPage {
  let code = "";
  for (const part of group) code += "\n".repeat(Math.max(0, part.line - code.split("\n").length)) + part.code;
  return {
    file,
    line: group[0]?.line ?? 1,
    code,
    promises: group.flatMap(({ promises }) => promises),
    runs: !group.some(({ words }) => words.includes("check")),
  };
}

function misnamed({ language, code, line }: { language: string; code: string; line: number }) {
  const ours = /from "(@tapegrad\/[^"]*|tapegrad)"/.test(code);
  const wrong =
    ["typescript", "mts", "tsx"].includes(language) || (["js", "javascript", "mjs", ""].includes(language) && ours);
  return wrong
    ? [{ line, message: `${language || "no language"}: examples of the library are ts blocks, so that they are run` }]
    : [];
}

/** Why a block cannot run in a reader's browser as it stands. */
function notLive(code: string): string[] {
  const foreign = Array.from(code.matchAll(/\bfrom "([^"]+)"/g), ([, name = ""]) => name).filter(
    (name) => name !== "tapegrad" && !name.startsWith("@tapegrad/"),
  );
  const stripped = strippedOf(code);
  return [
    ...foreign.map((name) => `ts live: imports "${name}", and a page has only tapegrad and @tapegrad/*`),
    ...(stripped === code ? [] : ["ts live: has type annotations, and a page runs JavaScript"]),
  ];
}

/** The code without its types; code that is no TypeScript is left for the type checker to report. */
function strippedOf(code: string): string {
  try {
    return stripTypeScriptTypes(code);
  } catch {
    return code;
  }
}
