/** Learn covers the study notes: the same topics in the same order, each a page with a program, a picture and exercises. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");
const folder = fileURLToPath(new URL("../learn/", import.meta.url));

const topics = Array.from(read("apps/docs/learn/index.md").matchAll(/^(\d+)\. \[([^\]]+)\]\(\.\/([\w-]+\.md)/gm));

it("the topics are those of the study notes", () => {
  const rows = Array.from(read("docs/notes.md").matchAll(/^## (\d+)\. (.+)$/gm), ([, number, title]) => [
    number,
    title,
  ]);
  expect(topics.map(([, number, title]) => [number, title])).toEqual(rows);
});

it("every page belongs to a topic", () => {
  const pages = new Set(topics.map(([, , , page]) => page));
  expect(readdirSync(folder).filter((name) => name !== "index.md" && !pages.has(name))).toEqual([]);
});

describe.each([...new Set(topics.map(([, , , page = ""]) => page))])("%s", (page) => {
  const text = read(`apps/docs/learn/${page}`);

  it("has a program that runs in the page, a picture, and exercises with hidden answers", () => {
    expect(text).toMatch(/^```ts live$/m);
    expect(text).toMatch(/^!\[.+\]\(\/pictures\//m);
    expect(text.match(/^::: details Answer$/gm)?.length).toBeGreaterThanOrEqual(2);
  });
});
