/** Pictures of the site: each is on a page and has a text, and takes its colours from the page. */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { pictures } from "../pictures/catalogue.ts";
import { ink } from "../pictures/ink.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

interface Shown {
  readonly name: string;
  readonly text: string;
}

const shown = globSync("{learn,how-it-works}/*.md", { cwd: root }).flatMap((file): Shown[] =>
  Array.from(
    readFileSync(`${root}${file}`, "utf8").matchAll(/!\[([^\]]*)\]\(\/pictures\/([\w-]+)\.svg\)/g),
    ([, text = "", name = ""]) => ({ name, text }),
  ),
);

describe("pictures", () => {
  it("are on one page each, and no page has one that is not drawn", () => {
    expect(shown.map(({ name }) => name).toSorted()).toEqual(pictures.map(({ name }) => name).toSorted());
  });

  it.each(shown)("$name has a text that can stand for it", ({ text }) => {
    expect(text.split(" ").length).toBeGreaterThan(12);
  });

  // Both ways of drawing: graphs of descriptions and of recordings, and charts.
  it.each(["shapes", "tape", "lstm-cell", "impulse", "cell-state"])("%s has the colours of its page", async (name) => {
    const svg = (await pictures.find((picture) => picture.name === name)?.draw()) ?? "";
    const colours = new Set(Array.from(svg.matchAll(/ (?:fill|stroke)="([^"]+)"/g), ([, colour = ""]) => colour));
    const allowed = new Set<string>(["none", "transparent", ...Object.values(ink)]);
    expect([...colours].filter((colour) => !allowed.has(colour))).toEqual([]);
    expect(colours.size).toBeGreaterThan(2);
    expect(svg, "nothing is read out beside the picture's text").not.toMatch(/ (?:role|aria-\w+)=|<title/);
  });

  it("have every colour in both schemes", () => {
    const css = readFileSync(`${root}pictures/pictures.css`, "utf8");
    const names = Object.values(ink).flatMap((colour) => /--[\w-]+/.exec(colour)?.[0] ?? []);
    for (const name of names) expect(css.split(`${name}:`).length - 1, name).toBe(2);
  });
});
