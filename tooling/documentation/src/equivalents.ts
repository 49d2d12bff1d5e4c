/** Tables of equivalents: what the column "Tapegrad" of a page's tables says, as a program that a type checker can hold it to. */

/** A code span of the column, and where it stands. */
export interface Equivalent {
  readonly line: number;
  readonly code: string;
}

/** The code spans in the second column of every table of a Markdown text whose second head is "Tapegrad". */
export function equivalentsOf(markdown: string): Equivalent[] {
  let isOurs = false;
  return markdown.split("\n").flatMap((text, index) => {
    const cells = cellsOf(text);
    if (cells === undefined) {
      isOurs = false;
      return [];
    }
    const [, cell = ""] = cells;
    if (!isOurs) {
      isOurs = cell === "Tapegrad";
      return [];
    }
    return Array.from(cell.matchAll(/`([^`]+)`/g), ([, code = ""]) => ({ line: index + 1, code }));
  });
}

/** The cells of a table's row; a bar in a cell is written `\|`. */
function cellsOf(line: string): string[] | undefined {
  if (!line.startsWith("|")) return undefined;
  const cells = line.split(/(?<!\\)\|/).slice(1, -1);
  return cells.map((cell) => cell.trim().replaceAll("\\|", "|"));
}

/** Lines before the first equivalent of a program, and where the names in the equivalents come from. */
export interface Surroundings {
  /** The names that each package exports. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  /** What the page says that its variables are. */
  readonly variables: string;
}

/** One statement per line, each in a function of its own: line n of the program's end is equivalent n. */
export function programOf(equivalents: readonly Equivalent[], { packages, variables }: Surroundings): string {
  const imported = new Set<string>();
  const imports = Object.entries(packages).map(([name, exports]) => {
    const fresh = exports.filter((symbol) => !imported.has(symbol));
    for (const symbol of fresh) imported.add(symbol);
    return `import { ${fresh.join(", ")} } from "${name}";`;
  });
  const checks = equivalents.map(({ code }, i) => `export async function equivalent${i}() { ${code}; }`);
  return [...imports, variables.replaceAll("\n", " "), ...checks].join("\n");
}
