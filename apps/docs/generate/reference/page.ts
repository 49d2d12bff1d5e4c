/** The text around what TypeDoc writes of a symbol or a package: front matter, a title, and how it is imported. */
import { readFileSync } from "node:fs";
import { referencePackages } from "./packages.ts";
import type { SymbolEntry } from "./symbols.ts";

const title = /^# .*$/m;

/** A symbol's page. */
export function symbolPage(contents: string, { name, folder, kind, umbrella }: SymbolEntry): string {
  const source = umbrella ? "tapegrad" : packageName(folder);
  const isType = kind === "Interface" || kind === "TypeAlias";
  const line = `import ${isType ? "type " : ""}{ ${name} } from "${source}";`;
  const heading = `# ${kind === "Function" ? `${name}()` : name}`;
  const body = contents
    .replaceAll(/^```ts$/gm, "```ts signature")
    .replace(title, () => `${heading}\n\n\`\`\`ts signature\n${line}\n\`\`\``);
  return `${frontMatter(name)}${body}`;
}

/** A package's page. */
export function packagePage(contents: string, folder: string, root: string): string {
  const name = packageName(folder);
  const head = `# ${name}\n\n${descriptionOf(folder, root)}`;
  return `${frontMatter(name)}${contents.replace(title, () => head)}`;
}

/** The reference's first page: its packages. */
export function referencePage(root: string, symbols: readonly SymbolEntry[]): string {
  const rows = referencePackages.map(({ folder, name }) => {
    const count = symbols.filter((symbol) => symbol.folder === folder).length;
    return `| [${name}](${folder}/index.md) | ${descriptionOf(folder, root)} | ${count} |`;
  });
  return [
    frontMatter("Reference"),
    "# Reference",
    "Every export of every package has a page: a sentence, its types, what it throws, and an example. `tapegrad` exports nearly all of",
    "them, so one import is enough; the first line of a page says from where to import.\n",
    "Press <kbd>/</kbd> or <kbd>Ctrl</kbd> <kbd>K</kbd> to search for a name.\n",
    "| package | what it is | exports |\n| --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function frontMatter(name: string): string {
  return `---\ntitle: ${JSON.stringify(name)}\neditLink: false\n---\n\n`;
}

export function packageName(folder: string): string {
  const found = referencePackages.find((one) => one.folder === folder);
  if (found === undefined) throw new Error(`no package is in ${folder}`);
  return found.name;
}

function descriptionOf(folder: string, root: string): string {
  const manifest: { description: string } = JSON.parse(readFileSync(`${root}packages/${folder}/package.json`, "utf8"));
  return manifest.description;
}
