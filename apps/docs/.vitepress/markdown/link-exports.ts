/**
 * A code span that names an export links to its page of the reference: `LSTM`, `grad(f)`, `new Adam(…)`, `tape.gradient`, `Tape.gradient`.
 * Headings and links stay as they are, and a page does not link to itself.
 */
import type { MarkdownRenderer } from "vitepress";
import type { SymbolEntry } from "../../generate/reference/symbols.ts";

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

export function linkExports(markdown: MarkdownRenderer, symbols: readonly SymbolEntry[]): void {
  const pages = new Map(symbols.map((symbol) => [symbol.name, symbol.page]));
  markdown.core.ruler.push("link-exports", ({ tokens, env, Token }) => {
    const self = String(env.relativePath ?? "").replace(/\.md$/, "");
    tokens.forEach((token, i) => {
      if (token.type !== "inline" || tokens[i - 1]?.type === "heading_open") return;
      let depth = 0;
      token.children = (token.children ?? []).flatMap((child): Token[] => {
        if (child.type === "link_open") depth++;
        if (child.type === "link_close") depth--;
        const page = child.type === "code_inline" && depth === 0 ? pages.get(exportIn(child.content) ?? "") : undefined;
        if (page === undefined || self === `reference/${page}`) return [child];
        const open = new Token("link_open", "a", 1);
        open.attrSet("href", `/reference/${page}.md`);
        return [open, child, new Token("link_close", "a", -1)];
      });
    });
  });
}

/** The export that a code span speaks of: `LSTM` of `new LSTM(2, 3)`, `grad` of `grad(f)(x)`, `Module` of `Module.train()`. */
export function exportIn(code: string): string | undefined {
  return /^(?:new |await )?(@?[A-Za-z]\w*)(?:$|\(|\.\w+(?:\(.*\))?$|<.*>$)/.exec(code)?.[1];
}
