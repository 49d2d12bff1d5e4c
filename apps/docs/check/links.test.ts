/** Every link of the built site leads to a page and a heading that exist; addresses of other sites are well formed. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { beforeAll, expect, it } from "vitest";
import { base, dist } from "./site.ts";

interface Page {
  /** Relative to the site's base. */
  readonly path: string;
  readonly html: string;
  readonly ids: ReadonlySet<string>;
}

const pages = new Map<string, Page>();
beforeAll(() => {
  // The playground is a program: what follows # in its links is its state.
  for (const path of globSync("**/*.html", { cwd: dist, exclude: ["playground/**"] })) {
    const html = readFileSync(`${dist}${path}`, "utf8");
    const ids = new Set(Array.from(html.matchAll(/\sid="([^"]*)"/g), ([, id = ""]) => unescaped(id)));
    pages.set(path, { path, html, ids });
  }
});

it("there are pages", () => expect(pages.size).toBeGreaterThan(50));

it("links, pictures and scripts lead to files of the site, and to headings that they have", () => {
  const dead = [...pages.values()].flatMap((page) =>
    addressesIn(page.html)
      .filter((address) => !/^\w+:/.test(address))
      .flatMap((address) => {
        const problem = problemOf(address, page);
        return problem === undefined ? [] : [`${page.path}: ${address} ${problem}`];
      }),
  );
  expect([...new Set(dead)]).toEqual([]);
});

it("addresses of other sites are well formed, and none is in clear text", () => {
  const foreign = new Set(
    [...pages.values()].flatMap(({ html }) => addressesIn(html).filter((address) => /^\w+:/.test(address))),
  );
  const wrong = [...foreign].filter(
    (address) => !/^(https:\/\/[\w-]+(\.[\w-]+)+([/?#]\S*)?|mailto:\S+@\S+|data:\S+)$/.test(address),
  );
  expect(wrong).toEqual([]);
});

function addressesIn(html: string): string[] {
  return Array.from(
    html.matchAll(/<(?:a|img|script|link|source)\b[^>]*?\s(?:href|src)="([^"]*)"/g),
    ([, address = ""]) => unescaped(address),
  );
}

function problemOf(address: string, page: Page): string | undefined {
  const [path = "", anchor = ""] = address.split("#");
  const target = path === "" ? page.path : siteFile(path, page.path);
  if (target === undefined) return "leaves the site's base";
  if (!existsSync(`${dist}${target}`)) return "is dead";
  const found = pages.get(target);
  const isHeading = anchor === "" || found === undefined || found.ids.has(decodeURIComponent(anchor));
  return isHeading ? undefined : "names no heading";
}

/** The file that an address means: from the base if it starts with a slash, otherwise from the page's folder. */
function siteFile(path: string, from: string): string | undefined {
  const absolute = path.startsWith("/") ? path : posix.join(base, posix.dirname(from), path);
  if (!`${absolute}/`.startsWith(base)) return undefined;
  const file = decodeURIComponent(absolute.slice(base.length));
  return file === "" || file.endsWith("/") ? `${file}index.html` : file;
}

function unescaped(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}
