/** Code blocks of Markdown files as programs: their comments promise what they print, and tests hold them to it. */

export interface Example {
  readonly code: string;
  /** What comments of the form `// → …` say will be printed, in order. */
  readonly promises: readonly string[];
}

/** The ```ts blocks of a Markdown text, in order. */
export function examplesOf(markdown: string): Example[] {
  return Array.from(markdown.matchAll(/^```ts\n(.*?)^```$/gms), ([, code = ""]) => ({
    code,
    promises: Array.from(code.matchAll(/\/\/ → (.+)$/gm), ([, text = ""]) => text.trim()),
  }));
}

/**
 * The first promise that `output` does not keep, if any: each has to appear, after the one before. Where a promise has an
 * ellipsis, anything may stand in the output's line.
 */
export function brokenPromise({ promises }: Example, output: string): string | undefined {
  let rest = output;
  return promises.find((promise) => {
    const parts = promise.split("…").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
    const found = new RegExp(parts.join(".*")).exec(rest);
    rest = found === null ? rest : rest.slice(found.index + found[0].length);
    return found === null;
  });
}
