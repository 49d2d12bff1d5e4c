/**
 * The picture of README.md, which stands alone: an image has no page around it, so it brings the colours of both schemes along.
 * `node --conditions=@tapegrad/source apps/docs/pictures/readme-picture.ts` draws it again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { adding } from "./learn/adding.ts";

/** The declarations of a rule of `pictures.css`. */
function declarationsOf(selector: string): string {
  const css = readFileSync(new URL("pictures.css", import.meta.url), "utf8");
  const [, declarations] = css.split(`${selector} {`);
  return (declarations?.split("}")[0] ?? "").replaceAll(/\s+/g, " ").trim();
}

/** `svg` with its own style. */
function standingAlone(svg: string): string {
  const light = `svg { font-family: system-ui, sans-serif; color: #1f2328; ${declarationsOf(":root")} }`;
  const dark = `@media (prefers-color-scheme: dark) { svg { color: #e6edf3; ${declarationsOf(".dark")} } }`;
  return `${svg.replace(/<svg [^>]*>/, (opening) => `${opening}<style>${light} ${dark}</style>`)}\n`;
}

writeFileSync(
  new URL("../../../docs/pictures/learning-to-add.svg", import.meta.url),
  standingAlone(await adding.draw()),
);
