/**
 * `ts` fences with info words, as the documentation's test knows them: `ts live` becomes a component that runs the code in the page,
 * and `ts continues` goes on in the module that the page's previous `ts` block ended.
 */
import type { MarkdownRenderer } from "vitepress";

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

/** A block of a page's program: its code, and its number among the page's live blocks if it is one. */
interface Block {
  readonly code: string;
  readonly live?: number;
}

/** A `ts` fence and the blocks that it continues. */
export interface Fence extends Block {
  readonly before: readonly Block[];
}

/** What `liveFences` has found out about a token. */
export function fenceOf(token: Token): Fence | undefined {
  return token.meta?.fence;
}

export function liveFences(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("live-fences", ({ tokens }) => {
    let previous: Fence | undefined;
    let count = 0;
    for (const token of tokens) {
      const words = token.type === "fence" ? token.info.split(/\s+/) : [];
      // A signature in the reference is no program.
      if (words[0] !== "ts" || words.includes("signature")) continue;
      const goesOn = words.includes("continues") && previous !== undefined;
      const before = goesOn && previous !== undefined ? [...previous.before, previous] : [];
      previous = { code: token.content, before, ...(words.includes("live") && { live: count++ }) };
      token.meta = { ...token.meta, fence: previous };
    }
  });

  const plain = markdown.renderer.rules.fence;
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index];
    if (token === undefined || plain === undefined) throw new Error("internal: a fence without a rule");
    const html = plain(tokens, index, options, env, self);
    const fence = fenceOf(token);
    if (fence?.live === undefined) return html;
    const before = fence.before.map(({ code, live }) => ({ code, live }));
    const [code, earlier] = [fence.code, JSON.stringify(before)].map(encodeURIComponent);
    return `<LiveExample :number="${fence.live}" code="${code}" before="${earlier}">${html}</LiveExample>`;
  };
}
