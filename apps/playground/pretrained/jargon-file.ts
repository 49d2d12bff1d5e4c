/**
 * The text that the model learns: the Jargon File 4.4.7 (29 Dec 2003), which is in the public domain, as Debian packs it:
 *
 *     apt-get download dict-jargon && dpkg-deb -x dict-jargon_*.deb jargon
 *     gzip -dc < jargon/usr/share/dictd/jargon.dict.dz > jargon.txt
 *
 * It has what units can be seen to follow: brackets of four kinds, quotes, indented lines of at most 80 characters.
 */
import { createHash } from "node:crypto";

const sha256 = "6c8118c277d0b00736d406d4941b77b69932d6ab125f7179ff88fe12939cc19e";
const firstEntry = "\n\n(TM)\n";
/** Paragraphs with other characters are tables, drawings or foreign names: some hundred of 30,000 lines. */
const usual = /^[\n\x20-\x7e“”‘’·—´]*$/u;
/** The page is for classes, too: paragraphs with these are left out. */
const coarse =
  /fuck|shit|cunt|nigg|bitch|whore|porn|sex|rape|penis|masturbat|orgas|bastard|damn|crap|piss|tits|nazi|faggot/i;

/** @throws Error when `bytes` is not that text. */
export function readJargonFile(bytes: Uint8Array): string {
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new Error(`the text is another one: SHA-256 ${found}, not ${sha256}`);
  const text = new TextDecoder().decode(bytes);
  return text
    .slice(text.indexOf(firstEntry) + 2)
    .replaceAll("\u00a0", " ")
    .replaceAll("\u00ad", "")
    .split("\n\n")
    .filter((paragraph) => usual.test(paragraph) && !coarse.test(paragraph))
    .join("\n\n");
}
