/** What a page tells its reader to do: the commands of its `sh` blocks, and the programs that it says to save. */

export type Instruction =
  | { readonly kind: "command"; readonly line: string }
  | { readonly kind: "file"; readonly name: string; readonly text: string };

/** In the order of the page. A `ts` block is saved where the text before it says "Save … as `name`". */
export function instructionsIn(markdown: string): Instruction[] {
  let name: string | undefined;
  const parts = markdown.matchAll(
    /^```(?<language>\w*)[^\n]*\n(?<block>.*?)^```$|\bSave [^`\n]* as `(?<name>[^`]+)`/gms,
  );
  return Array.from(parts).flatMap(({ groups = {} }): Instruction[] => {
    const { language, block = "" } = groups;
    if (groups.name !== undefined) name = groups.name;
    else if (language === "sh") return commandsIn(block);
    else if (language === "ts" && name !== undefined) {
      const file = { kind: "file", name, text: block } as const;
      name = undefined;
      return [file];
    }
    return [];
  });
}

/** The part of a page under a heading of the second level. */
export function sectionOf(markdown: string, heading: string): string {
  const start = markdown.indexOf(`\n## ${heading}\n`);
  if (start < 0) throw new Error(`the page has no section "${heading}"`);
  const end = markdown.indexOf("\n## ", start + 1);
  return markdown.slice(start, end < 0 ? undefined : end);
}

function commandsIn(block: string): Instruction[] {
  const lines = block.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => ({ kind: "command", line }));
}
