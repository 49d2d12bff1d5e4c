/**
 * A library in a process of its own: one request per line of JSON on standard input, one answer on standard output each, as
 * `session.mjs` gives them. First line out: `{ description }`.
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { session } from "./session.mjs";

/** Of a package that is installed beside this file. */
export function versionOf(name) {
  return JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url), "utf8")).version;
}

export async function serve({ description, ...work }) {
  const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  const answer = session(work);
  say({ description });
  for await (const line of createInterface({ input: process.stdin })) say(await answer(JSON.parse(line)));
}
