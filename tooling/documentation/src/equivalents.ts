/** Tables of equivalents: turns the column "Tapegrad" of a page's tables into a program, whose types are then checked. */
import type { Page, ProgramOfPage } from "./programs.ts";

/** A code span of the column, and where it stands. */
export interface Equivalent {
  readonly line: number;
  readonly code: string;
}

/** The code spans in the second column of every table of a Markdown text whose second head is "Tapegrad". */
export function equivalentsOf(markdown: string): Equivalent[] {
  let isOurs = false;
  return markdown.split("\n").flatMap((text, index) => {
    const [, cell] = cellsOf(text);
    if (cell === undefined || !isOurs) {
      isOurs = cell === "Tapegrad";
      return [];
    }
    return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => ({ line: index + 1, code }));
  });
}

/** The cells of a table's row, none for another line; a bar in a cell is written `\|`. */
function cellsOf(line: string): string[] {
  const cells = line.startsWith("|") ? line.split(/(?<!\\)\|/).slice(1, -1) : [];
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/**
 * A page's equivalents as statements, each in a function of its own, on the line on which it stands in the page. `surroundings`
 * imports and declares what the equivalents are about.
 */
export function equivalentsProgram({ file, text }: Page, surroundings: string): ProgramOfPage {
  const lines = [surroundings.replaceAll("\n", " ")];
  for (const [index, { line, code }] of equivalentsOf(text).entries())
    lines[line - 1] = `${lines[line - 1] ?? ""} export async function equivalent${index}() { ${code}; }`;
  const code = Array.from(lines, (line) => line ?? "").join("\n");
  return { file, line: 1, code, promises: [], runs: false };
}
