/** Marks each name in the site's `ts` blocks with its type, which the theme shows when the reader points at it. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MarkdownOptions, MarkdownRenderer } from "vitepress";
import { type Hover, hoversOf, type Program } from "./hover-types.ts";
import { type Fence, fenceOf } from "./live-fences.ts";

type Transformer = NonNullable<MarkdownOptions["codeTransformers"]>[number];

/** The word of an info string that says which program a block is, in letters: VitePress takes digits for lines to be highlighted. */
const word = /\bprogram:([a-j]+)/;
const inLetters = (number: number): string =>
  String(number).replaceAll(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));
const fromLetters = (letters: string): number =>
  Number(letters.replaceAll(/./g, (letter) => String("abcdefghij".indexOf(letter))));

export class CodeHovers {
  readonly #numbers = new Map<string, number>();
  #hovers: Hover[][] = [];

  /** Gives each fence of a program its number. Comes after `liveFences`; VitePress makes more than one renderer. */
  install(markdown: MarkdownRenderer, root: string): void {
    if (this.#numbers.size === 0) this.#read(markdown, root);
    markdown.core.ruler.push("code-hovers", ({ tokens }) => {
      for (const token of tokens) {
        const fence = fenceOf(token);
        const number = fence === undefined ? undefined : this.#numbers.get(keyOf(fence));
        if (number !== undefined) token.info += ` program:${inLetters(number)}`;
      }
    });
  }

  /** Reads all pages below `root`. */
  #read(markdown: MarkdownRenderer, root: string): void {
    const programs = new Map<string, Program>();
    for (const page of globSync("{,!(node_modules)/**/}*.md", { cwd: root })) {
      const text = readFileSync(join(root, page), "utf8");
      if (!/^```ts(?! signature)/m.test(text)) continue;
      for (const token of markdown.parse(text, {})) {
        const fence = fenceOf(token);
        if (fence !== undefined) programs.set(keyOf(fence), programOf(fence));
      }
    }
    this.#hovers = hoversOf([...programs.values()], root);
    for (const key of programs.keys()) this.#numbers.set(key, this.#numbers.size);
  }

  get transformer(): Transformer {
    return {
      name: "code-hovers",
      preprocess: (code, options) => {
        const letters = word.exec(options.meta?.__raw ?? "")?.[1];
        const hovers = letters === undefined ? [] : (this.#hovers[fromLetters(letters)] ?? []);
        options.decorations = [
          ...(options.decorations ?? []),
          ...hovers.filter(({ end }) => end <= code.length).map(decoration),
        ];
      },
    };
  }
}

function decoration({ start, end, type, docs }: Hover) {
  const properties = { class: "hover-type", "data-type": type, ...(docs !== "" && { "data-docs": docs }) };
  return { start, end, properties, alwaysWrap: true };
}

function programOf({ before, code }: Fence): Program {
  return { before: before.map((block) => `${block.code}\n`).join(""), code };
}

function keyOf(fence: Fence): string {
  const { before, code } = programOf(fence);
  return JSON.stringify([before, code]);
}
