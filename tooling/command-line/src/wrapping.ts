/** Wraps lines to a terminal: between words, between figures, or where a shell continues a command. */
import wrapAnsi from "wrap-ansi";

/** `line` in lines of at most `columns`, broken between words; as it is where there are none. */
export function wrapWords(line: string, columns: number): string {
  return columns > 0 ? wrapAnsi(line, columns) : line;
}

/** `fields` with ` · ` between them, none of them broken. */
export function wrapFields(fields: readonly string[], columns: number): string {
  return joined(fields, columns, { between: " · ", atEnd: "" });
}

/** The words of a command so that it can be copied from the terminal: a backslash makes the shell read on. */
export function wrapCommand(words: readonly string[], columns: number): string {
  return joined(words, columns, { between: " ", atEnd: " \\" }).replaceAll("\n", "\n  ");
}

function joined(
  parts: readonly string[],
  columns: number,
  { between, atEnd }: { readonly between: string; readonly atEnd: string },
): string {
  const [lines, last] = parts.slice(1).reduce<[string[], string]>(
    ([lines, line], part) =>
      // Later lines of a command are indented by two.
      line.length + between.length + part.length + atEnd.length + 2 <= columns
        ? [lines, line + between + part]
        : [[...lines, line + atEnd], part],
    [[], parts[0] ?? ""],
  );
  return [...lines, last].join("\n");
}
