/** Commands to suggest, spelled so that they work where and how this program was called. */
import { relative } from "node:path";

/** How to call this program again. */
function invocation(): string {
  if (process.env.npm_lifecycle_event === "start") return "npx -y pnpm@12 start";
  return `node ${quoted(relative(process.cwd(), process.argv[1] ?? "") || ".")}`;
}

export function commandLine(...words: readonly string[]): string {
  return [invocation(), ...words.map(quoted)].join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Words for an option, or none when it has no value. */
export function optional(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [name, value];
}
