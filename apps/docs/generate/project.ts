/**
 * Shows the repository's own pages in the site: `project/` gets a copy of each, with a front matter. A relative link leads to the copy
 * of its target, or else to the file in the repository; one whose target does not exist is an error.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const out = fileURLToPath(new URL("../project/", import.meta.url));

interface Shown {
  /** Relative to `project/`. */
  readonly page: string;
  readonly title: string;
  readonly order: number;
}

const pages = new Map<string, Shown>([
  ["ARCHITECTURE.md", { page: "architecture.md", title: "Architecture", order: 201 }],
  ["docs/benchmarks.md", { page: "benchmarks.md", title: "All benchmarks", order: 202 }],
  ["docs/learning.md", { page: "learning.md", title: "All learning results", order: 203 }],
  ["docs/notes.md", { page: "notes.md", title: "Study notes and their tests", order: 204 }],
  ["CONTRIBUTING.md", { page: "contributing.md", title: "Contributing", order: 205 }],
  ...readdirSync(join(root, "docs/decisions")).map((name, i): [string, Shown] => {
    const title = headingOf(read(`docs/decisions/${name}`), name);
    return [`docs/decisions/${name}`, { page: `decisions/${name}`, title, order: i + 1 }];
  }),
]);

rmSync(out, { recursive: true, force: true });
for (const [source, shown] of pages)
  if (existsSync(join(root, source))) write(shown, withLinks(read(source), source, shown));
const decisions = [...pages.values()].filter(({ page }) => page.startsWith("decisions/"));
write(
  { page: "decisions/index.md", title: "Decisions", order: 206 },
  [
    "# Decisions\n",
    "A decision that somebody may wonder about has a page: the question, what was measured or tried, and the answer.\n",
    ...decisions.map(({ page, title }) => `- [${title}](${page.replace("decisions/", "")})`),
  ].join("\n"),
);

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function headingOf(text: string, file: string): string {
  const heading = /^# (.*)$/m.exec(text)?.[1];
  if (heading === undefined) throw new Error(`${file} has no heading`);
  return heading;
}

function write({ page, title, order }: Shown, text: string): void {
  const file = join(out, page);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `---\ntitle: ${JSON.stringify(title)}\norder: ${order}\n---\n\n${text}`);
}

/** The text with its relative links led anew; code blocks have none. */
function withLinks(text: string, source: string, { page }: Shown): string {
  return text.replaceAll(/\]\((?!\w+:|#)([^)\s#]+)(#[^)]*)?\)/g, (_, path: string, anchor = "") => {
    const target = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/, "");
    if (!existsSync(join(root, target))) throw new Error(`${source}: a link leads to ${target}, which does not exist`);
    const inSite = pages.get(target)?.page ?? (target === "docs/decisions" ? "decisions/index.md" : undefined);
    if (inSite !== undefined) return `](${posix.relative(posix.dirname(page), inSite)}${anchor})`;
    const kind = statSync(join(root, target)).isDirectory() ? "tree" : "blob";
    return `](${repository()}/${kind}/main/${target}${anchor})`;
  });
}

function repository(): string {
  const manifest: { repository: { url: string } } = JSON.parse(read("packages/tapegrad/package.json"));
  return manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");
}
