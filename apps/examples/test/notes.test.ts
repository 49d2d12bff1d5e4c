/** Every test, file and command that docs/notes.md names is there. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { catalogue } from "../src/catalogue.ts";
import { examplesCommand } from "../src/examples-command.ts";
import { learnCommand } from "../src/learning/learn-command.ts";

const docs = new URL("../../../docs/", import.meta.url);
const notes = readFileSync(new URL("notes.md", docs), "utf8");
const rows = notes.split(/^## (?=\d)/m).slice(1);

it("there are fourteen rows in order", () => {
  expect(rows.map((row) => Number.parseInt(row, 10))).toEqual(Array.from({ length: 14 }, (_, index) => index + 1));
});

describe.each(rows.map((row) => [row.split("\n")[0] ?? "", row] as const))("%s", (_, row) => {
  const tests = Array.from(row.matchAll(/\[([^\]]+\.test\.ts)\]\(([^)]+)\) “([^”]+)”/g), ([, ...parts]) => parts);
  const commands = Array.from(row.matchAll(/`pnpm ([^`]+)`/g), ([, command = ""]) => command);
  const items = row.split("\n").filter((line) => line.startsWith("- "));

  it("names at least one test, and nothing but tests and commands", () => {
    expect(tests.length).toBeGreaterThan(0);
    expect(items.filter((line) => !/“|`pnpm /.test(line))).toEqual([]);
    expect(tests.length).toBe(items.filter((line) => line.includes("“")).length);
  });

  it.each(tests)("%s", (name = "", link = "", title = "") => {
    expect(link).toBe(`../${name}`);
    const source = readFileSync(new URL(link, docs), "utf8");
    const quoted = [`"${title}"`, `'${title}'`, `\`${title}\``];
    expect(
      quoted.some((text) => source.includes(text)),
      `a test called ${title}`,
    ).toBe(true);
  });

  if (commands.length > 0) {
    it.each(commands)("pnpm %s", (command) => {
      const [script = "", part] = command.split(" ");
      const { scripts } = JSON.parse(readFileSync(new URL("../package.json", docs), "utf8"));
      expect(Object.keys(scripts)).toContain(script);
      const examples = [...Object.keys(catalogue), "memory"];
      if (script === "examples") expect(examples).toContain(part);
      if (script === "learn") expect(learnCommand().registeredArguments[0]?.argChoices).toContain(part);
    });
  }
});

it("the examples that the notes may name are those that can be typed", () => {
  const names = examplesCommand().commands.map((command) => command.name());
  expect(names).toEqual([...Object.keys(catalogue), "memory"]);
});

it("links lead to files", () => {
  const links = Array.from(notes.matchAll(/\]\(([^)]+)\)/g), ([, link = ""]) => link);
  expect(links.filter((link) => !existsSync(new URL(link, docs)))).toEqual([]);
});
