/** The text around what TypeDoc writes of a symbol or a package: front matter, a title, and how it is imported. */
import { readFileSync } from "node:fs";
import { referencePackages } from "./packages.ts";
import type { SymbolEntry } from "./symbols.ts";

const title = /^# .*$/m;

/** A symbol's page: how it is imported, its sentence, its example, and then the details. */
export function symbolPage(contents: string, { name, folder, kind, umbrella }: SymbolEntry): string {
  const source = umbrella ? "tapegrad" : packageName(folder);
  const isType = kind === "Interface" || kind === "TypeAlias";
  const line = `import ${isType ? "type " : ""}{ ${name} } from "${source}";`;
  const heading = `# ${kind === "Function" ? `${name}()` : name}`;
  const [examples = "", others = contents] = takenOut(contents, examplesSection);
  const rest = others.replaceAll(/^```ts$/gm, "```ts signature").replaceAll(bareTypeParameters, "");
  const body = rest.replace(title, () => `${heading}\n\n\`\`\`ts signature\n${line}\n\`\`\``);
  const details = body.search(/^## /m);
  const ordered =
    details < 0 ? `${body}\n\n${examples}` : `${body.slice(0, details)}${examples}\n${body.slice(details)}`;
  return `${frontMatter(name)}${ordered}`;
}

/** The examples of a page's own docstring, up to the next heading outside code. */
const examplesSection = /^## Examples?\n(?:```[\s\S]*?^```$|(?!^## )[\s\S])*?(?=^## |(?![\s\S]))/m;
/** A table that lists type parameters and says nothing about them. */
const bareTypeParameters = /^#+ Type Parameters\n\n\| Type Parameter \|\n(?:\|.*\n)*/gm;

/** What matches, and the text without it. */
function takenOut(text: string, pattern: RegExp): [string, string] | [] {
  const found = pattern.exec(text)?.[0];
  return found === undefined ? [] : [found, text.replace(found, () => "")];
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
    const names = count === 1 ? "1 export" : `${count} exports`;
    return `- [**${name}**](${folder}/index.md): ${descriptionOf(folder, root)} ${names}.`;
  });
  return [
    frontMatter("Reference"),
    "# Reference",
    "",
    "Every export of every package has a page: a sentence, its types, what it throws, and an example. `tapegrad` exports nearly all of",
    "them, so one import is enough. The first line of a page says from where to import.",
    "",
    "Press <kbd>Ctrl</kbd> <kbd>K</kbd> or <kbd>/</kbd> to search for a name.",
    "",
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
