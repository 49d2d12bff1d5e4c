/** Code blocks of Markdown files and docstrings. Their comments state the output, and tests compare it. */

export interface Example {
  readonly code: string;
  /** What comments of the form `// → …` say will be printed, in order. */
  readonly promises: readonly string[];
  /** The line of the text on which the code begins, counted from 1. */
  readonly line: number;
  /** What stands after the language: `continues`, `live`, `check`. */
  readonly words: readonly string[];
}

export interface Fence {
  readonly language: string;
  readonly words: readonly string[];
  readonly code: string;
  readonly line: number;
}

/** The fenced blocks of a Markdown text, in order, whatever their language; those inside lists lose their indentation. */
export function fencesOf(markdown: string): Fence[] {
  const fences: Fence[] = [];
  let open: { indent: number; mark: string; info: string; line: number; code: string[] } | undefined;
  for (const [i, text] of markdown.split("\n").entries()) {
    const [, spaces = "", mark = "", info = ""] = /^((?: |> ?)*)(`{3,}|~{3,})(.*)$/.exec(text) ?? [];
    if (open === undefined) {
      if (mark !== "") open = { indent: spaces.length, mark, info: info.trim(), line: i + 2, code: [] };
    } else if (mark.startsWith(open.mark) && info.trim() === "") {
      const [language = "", ...words] = open.info.replaceAll(/\{[\d,\s-]*\}|\[.*?\]/g, " ").split(/\s+/);
      const code = open.code.map((row) => `${row}\n`).join("");
      fences.push({ language, words: words.filter((word) => word !== ""), code, line: open.line });
      open = undefined;
    } else {
      open.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)));
    }
  }
  return fences;
}

/** The ```ts blocks of a Markdown text, in order. */
export function examplesOf(markdown: string): Example[] {
  return fencesOf(markdown)
    .filter(({ language }) => language === "ts")
    .map(({ code, words, line }) => ({ code, words, line, promises: promisesOf(code) }));
}

/** The `@example` blocks of the docstrings in a source text: bare code, or fenced where words such as `check` are needed. */
export function docstringExamplesOf(source: string): Example[] {
  return Array.from(source.matchAll(/^[ \t]*\/\*\*.*?\*\//gms)).flatMap(({ 0: docstring, index }) => {
    const first = source.slice(0, index).split("\n").length;
    const lines = docstring
      .split("\n")
      .map((line) => line.replace(/^\s*(\/\*\*|\*\/|\* ?)/, "").replace(/\s*\*\/$/, ""));
    const starts = lines.flatMap((line, i) => (line.startsWith("@example") ? [i + 1] : []));
    return starts.flatMap((start) => {
      const length = lines.slice(start).findIndex((line) => /^@[a-z]/.test(line));
      const text = `${lines
        .slice(start, length < 0 ? undefined : start + length)
        .join("\n")
        .trimEnd()}\n`;
      if (!/^\s*```/.test(text)) return [{ code: text, words: [], line: first + start, promises: promisesOf(text) }];
      return examplesOf(text).map((example) => ({ ...example, line: first + start + example.line - 1 }));
    });
  });
}

function promisesOf(code: string): string[] {
  return Array.from(code.matchAll(/\/\/ → (.+)$/gm), ([, text = ""]) => text.trim());
}

/**
 * How `output` differs from what was promised, if it does. Every line that is printed has its promise, in order, spaces at its
 * ends apart. An ellipsis stands for anything in the line, and a promise that is only an ellipsis for any number of lines.
 */
export function brokenPromise({ promises }: Pick<Example, "promises">, output: string): string | undefined {
  const lines = output.split("\n").flatMap((line) => (line.trim() === "" ? [] : [line.trim()]));
  let next = 0;
  let anything = false;
  for (const promise of promises) {
    if (promise === "…") {
      anything = true;
      continue;
    }
    const matches = asPattern(promise);
    const found = lines.findIndex((line, i) => i >= next && (anything || i === next) && matches.test(line));
    if (found < 0) return `promised “${promise}”, printed ${next < lines.length ? `“${lines[next]}”` : "nothing more"}`;
    next = found + 1;
    anything = false;
  }
  return anything || next >= lines.length ? undefined : `printed “${lines[next]}”, which no comment promises`;
}

function asPattern(promise: string): RegExp {
  const parts = promise.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join(".*")}$`);
}
