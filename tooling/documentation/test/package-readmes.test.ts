/** The packages' READMEs, which are read on npm: one shape, absolute links, and an example that needs no more than is installed. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { examplesOf } from "../src/example.ts";
import { root } from "../src/workspace-copy.ts";

const files = globSync("packages/*/README.md", { cwd: root }).sort();

it("are there for every package", () => {
  expect(files.length).toBe(globSync("packages/*/package.json", { cwd: root }).length);
});

describe.each(files)("%s", (file) => {
  const text = readFileSync(join(root, file), "utf8");
  const { name }: { name: string } = JSON.parse(readFileSync(join(root, file, "../package.json"), "utf8"));
  const installed = Array.from(text.matchAll(/^npm install (.+?)(?: #.*)?$/gm), ([, names = ""]) =>
    names.split(" "),
  ).flat();

  it("says what the package is, how to install it, when to use it, and has an example", () => {
    const headings = ["# ", "```sh\nnpm install ", "**Use it", "## Example\n", "\nPart of [Tapegrad]"];
    const places = headings.map((heading) => text.indexOf(heading));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places.every((place) => place >= 0)).toBe(true);
    expect(text).toMatch(new RegExp(`^# ${name}\n\n[\\p{Lu}\`]`, "u"));
    expect(installed).toContain(name);
  });

  it("has an example whose imports are installed; those after it may take the rest from the umbrella", () => {
    const imports = examplesOf(text).map(({ code }) =>
      Array.from(code.matchAll(/ from "([^"]+)"/g), ([, path]) => path),
    );
    const [first = [], ...others] = imports;
    expect(first).toContain(name);
    expect(installed).toEqual(expect.arrayContaining(first));
    const foreign = others.flat().filter((path) => !path?.startsWith("node:"));
    expect([...installed, "tapegrad"]).toEqual(expect.arrayContaining(foreign));
  });

  it("has absolute links only", () => {
    const links = Array.from(text.matchAll(/\]\(([^)]+)\)/g), ([, link]) => link);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !link?.startsWith("https://"))).toEqual([]);
  });
});
