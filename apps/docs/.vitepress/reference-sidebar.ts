/** The reference's navigation: in a package's pages, that package's exports by category, and below them the other packages. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { referencePackages } from "../generate/reference/packages.ts";
import type { SymbolEntry } from "../generate/reference/symbols.ts";

/** The exports with pages; none before the reference has been generated. */
export function symbolsIn(root: string): readonly SymbolEntry[] {
  const file = join(root, "reference/symbols.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

export function referenceSidebar(symbols: readonly SymbolEntry[]): DefaultTheme.SidebarMulti {
  const packages = referencePackages.map(({ folder, name }) => ({ text: name, link: `/reference/${folder}/` }));
  const overview = { text: "Reference", link: "/reference/", items: packages };
  const bars = referencePackages.map(({ folder, name, categories, rest }): [string, DefaultTheme.SidebarItem[]] => {
    const own = Map.groupBy(
      symbols.filter((symbol) => symbol.folder === folder),
      ({ category }) => category,
    );
    const order = new Map([...Object.keys(categories), rest].map((category, i) => [category, i]));
    const groups = Array.from(own, ([text, members]) => ({
      text,
      // A heading that folds has to be a link, or the theme nests a button in a button.
      link: `/reference/${folder}/#${anchorOf(text)}`,
      collapsed: members.length > 40,
      items: members.map((symbol) => ({ text: symbol.name, link: `/reference/${symbol.page}` })),
    })).toSorted((a, b) => (order.get(a.text) ?? order.size) - (order.get(b.text) ?? order.size));
    return [`/reference/${folder}/`, [{ text: name, link: `/reference/${folder}/`, items: groups }, overview]];
  });
  return { "/reference/": [overview], ...Object.fromEntries(bars) };
}

/** VitePress's anchor of a heading without punctuation. */
function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(" ", "-");
}
