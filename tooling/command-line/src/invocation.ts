/** How a program was called, so that the commands that it suggests work for the reader. */
import { relative } from "node:path";

/** How to call this program, whose command is `name`, again; `script` is what the workspace calls it. */
export function invocation(name: string, script: string): string {
  const event = process.env.npm_lifecycle_event; // Of npx, it is npx.
  if (event === script) return `npx -y pnpm@12 ${script}`;
  if (event === "npx") return `npx ${name}`;
  return `node ${quoted(fromHere(process.argv[1] ?? ""))}`;
}

/** The word as a shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function fromHere(path: string): string {
  try {
    return relative(process.cwd(), path) || ".";
  } catch {
    return path; // The current folder has been removed.
  }
}
