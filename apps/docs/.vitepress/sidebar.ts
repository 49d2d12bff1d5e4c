/** Navigation made from the folders: each page's front matter has `title` and `order`, and a folder's `index.md` names the folder. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import matter from "gray-matter";
import type { DefaultTheme } from "vitepress";

type Item = DefaultTheme.SidebarItem;
interface Ordered {
  readonly order: number;
  readonly item: Item;
}

/** The sections of the site, in the order of the navigation. */
export const sections: Readonly<Record<string, string>> = {
  start: "Start",
  learn: "Learn",
  guides: "Guides",
  "coming-from": "Coming from",
  "how-it-works": "How it works",
};

/** Folders whose pages are shown at the end of another section. */
const shownWith: Readonly<Record<string, string>> = { project: "how-it-works" };

/** Sections that have pages, as links of the navigation bar. */
export function navigation(root: string): DefaultTheme.NavItem[] {
  return present(root).flatMap(([folder, text]) => {
    const first = firstLink(itemsOf(root, folder));
    return first === undefined ? [] : [{ text, link: first, activeMatch: `^/${folder}/` }];
  });
}

/** A sidebar per section. */
export function sidebar(root: string): DefaultTheme.SidebarMulti {
  const bars = present(root).map(([folder, text]): [string, Item] => [folder, { text, items: itemsOf(root, folder) }]);
  const guests = Object.entries(shownWith).filter(([folder]) => existsSync(join(root, folder)));
  const bar = (folder: string): Item[] => [
    ...bars.filter(([name]) => name === folder).map(([, item]) => item),
    ...guests
      .filter(([, host]) => host === folder)
      .map(([guest]) => ({ text: "From the repository", items: itemsOf(root, guest) })),
  ];
  return Object.fromEntries([
    ...bars.map(([folder]) => [`/${folder}/`, bar(folder)]),
    ...guests.map(([guest, host]) => [`/${guest}/`, bar(host)]),
  ]);
}

function present(root: string): [string, string][] {
  return Object.entries(sections).filter(([folder]) => existsSync(join(root, folder)));
}

function itemsOf(root: string, folder: string): Item[] {
  return readdirSync(join(root, folder))
    .flatMap((name): Ordered[] => {
      const path = `${folder}/${name}`;
      if (statSync(join(root, path)).isDirectory()) return [folderItem(root, path)];
      if (!name.endsWith(".md") || name === "README.md") return [];
      const { title, order } = frontMatter(join(root, path));
      return [{ order, item: { text: title, link: `/${path.replace(/(index)?\.md$/, "")}` } }];
    })
    .toSorted((a, b) => a.order - b.order || String(a.item.text).localeCompare(String(b.item.text)))
    .map(({ item }) => item);
}

/** A folder in a section: its `index.md` is the heading's page, the others are listed under it, folded away. */
function folderItem(root: string, path: string): Ordered {
  const index = join(root, path, "index.md");
  const { title, order } = existsSync(index) ? frontMatter(index) : { title: path, order: 100 };
  const own = `/${path}/`;
  const items = itemsOf(root, path).filter(({ link }) => link !== own);
  return { order, item: { text: title, collapsed: true, items, ...(existsSync(index) && { link: own }) } };
}

function firstLink(items: readonly Item[]): string | undefined {
  for (const { link, items: inner = [] } of items) {
    const found = link ?? firstLink(inner);
    if (found !== undefined) return found;
  }
  return undefined;
}

function frontMatter(file: string): { title: string; order: number } {
  const { title, order = 100 } = matter(readFileSync(file, "utf8")).data;
  if (typeof title !== "string" || typeof order !== "number")
    throw new Error(`${file}: the front matter needs a title, and order, if it is there, is a number`);
  return { title, order };
}
