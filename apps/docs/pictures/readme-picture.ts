/**
 * The picture of README.md, which stands alone: an image has no page around it, so it brings the colours of both schemes along.
 * `node --conditions=@tapegrad/source apps/docs/pictures/readme-picture.ts` draws it again.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { synchronize } from "tapegrad";
import { adding } from "./learn/adding.ts";

/** The declarations of a rule of `pictures.css`. */
function declarationsOf(selector: string): string {
  const css = readFileSync(new URL("pictures.css", import.meta.url), "utf8");
  const [, declarations] = css.split(`${selector} {`);
  return (declarations?.split("}")[0] ?? "").replaceAll(/\s+/g, " ").trim();
}

/** `svg` with a title and a style of its own; its parts say nothing beside that. */
function standingAlone(svg: string, title: string): string {
  const light = `svg { font-family: system-ui, sans-serif; color: #1f2328; ${declarationsOf(":root")} }`;
  const dark = `@media (prefers-color-scheme: dark) { svg { color: #e6edf3; ${declarationsOf(".dark")} } }`;
  const plain = svg.replaceAll(/ (?:role|aria-[a-z]+)="[^"]*"/g, "");
  const head = `<title>${title}</title><style>${light} ${dark}</style>`;
  return `${plain.replace(/<svg [^>]*>/, (opening) => `${opening.slice(0, -1)} role="img">${head}`)}\n`;
}

await synchronize(); // The backend is loaded.
writeFileSync(
  new URL("../../../docs/pictures/learning-to-add.svg", import.meta.url),
  standingAlone(
    await adding.draw(),
    "Errors of an RNN, an LSTM and a GRU that learn to add two marked numbers out of twenty",
  ),
);
