/** Draws every picture, or those that are named: `node --conditions=@tapegrad/source apps/docs/pictures/main.ts [name …]`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { synchronize } from "tapegrad";
import { pictures } from "./catalogue.ts";

const folder = fileURLToPath(new URL("../public/pictures/", import.meta.url));
const wanted = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
await synchronize(); // The backend is loaded: reports and synchronous reads work.
for (const { name, draw } of pictures) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const svg = await draw();
  // Ids are the page's, once a picture is part of one.
  writeFileSync(
    `${folder}${name}.svg`,
    svg.replaceAll(/\bid="|url\(#/g, (found) => `${found}${name}-`),
  );
}
