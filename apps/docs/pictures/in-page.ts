/**
 * Pictures as parts of pages: a Markdown image from `/pictures/` becomes the drawing itself, so that it takes the page's colours and
 * type, in the light and the dark scheme. The image's text stands for the drawing where nobody sees it.
 */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { MarkdownRenderer } from "vitepress";

const folder = fileURLToPath(new URL("../public/pictures/", import.meta.url));
const source = /^\/pictures\/([\w-]+)\.svg$/;

/** @throws Error for a picture that was not drawn, or has no text. */
export function picturesInPage(markdown: MarkdownRenderer): void {
  const plainImage = markdown.renderer.rules.image;
  markdown.renderer.rules.image = (tokens, index, ...rest) => {
    const token = tokens[index];
    const name = source.exec(token?.attrGet("src") ?? "")?.[1];
    if (name === undefined) return plainImage?.(tokens, index, ...rest) ?? "";
    const file = `${folder}${name}.svg`;
    if (!existsSync(file))
      throw new Error(`there is no picture ${file}; draw it with \`pnpm --filter @tapegrad/docs run pictures\``);
    const text = token?.content ?? "";
    if (text === "") throw new Error(`the picture ${name} has no text`);
    // The picture has one name; its parts have none.
    const svg = readFileSync(file, "utf8").replaceAll(/ (?:role|aria-[a-z]+)="[^"]*"/g, "");
    const label = markdown.utils.escapeHtml(text);
    // A paragraph holds no figure, so this is a span, which can be scrolled by keys. Vue is not to look inside.
    return `<span class="picture" tabindex="0" v-pre>${svg.replace("<svg ", `<svg role="img" aria-label="${label}" `)}</span>`;
  };
}
