/** A cell of a table's head that is empty is no heading, so it is an ordinary cell: a screen reader would announce a heading without name. */
import type { MarkdownRenderer } from "vitepress";

export function emptyHeaders(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("empty-headers", ({ tokens }) => {
    tokens.forEach((token, i) => {
      const [text, close] = [tokens[i + 1], tokens[i + 2]];
      if (token.type !== "th_open" || text?.content !== "" || close === undefined) return;
      token.tag = "td";
      close.tag = "td";
    });
  });
}
