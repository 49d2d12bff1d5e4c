/** Live examples as a reader uses them: they run, go on from each other, are changed, fail with the library's words, and are stopped. */
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSite, type Site } from "./site.ts";

let site: Site;
beforeAll(async () => {
  site = await openSite();
});
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

async function openExamples(
  path: string,
): Promise<{ page: Page; example: (n: number) => Locator; complaints: string[] }> {
  const { page, complaints } = await site.open(path);
  return { page, example: (n) => page.locator(".live-example").nth(n), complaints };
}

const press = (example: Locator, name: string) => example.getByRole("button", { name, exact: true }).click();

const output = (example: Locator) => example.locator(".live-output").textContent();

/** Runs to the end and returns what was printed. */
async function run(example: Locator): Promise<string> {
  await press(example, "Run");
  await expect.poll(() => example.getByRole("status").textContent()).toMatch(/^Ran in|^Ended/);
  return (await example.locator(".live-output").count()) === 0 ? "" : ((await output(example)) ?? "");
}

async function write(page: Page, example: Locator, code: string): Promise<void> {
  await press(example, "Edit");
  await example.locator(".cm-content").waitFor();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(code);
}

describe("a live example", () => {
  it("runs the library in the page, which loads nothing from elsewhere", async () => {
    const { page, example, complaints } = await openExamples("start/hello.html");
    expect(await run(example(0))).toBe("[ 2, 3 ]\nfloat32\n");
    expect(complaints).toEqual([]);
    await page.close();
  });

  it("goes on from earlier ones, as the reader has changed them", async () => {
    const { page, example } = await openExamples("start/hello.html");
    expect(await run(example(1))).toContain("[[10, 20, 30],");
    await write(
      page,
      example(0),
      'import { tensor } from "tapegrad";\nconst x = tensor([[7]]);\nconsole.log("unheard");',
    );
    expect(await run(example(1))).toMatch(/^Tensor\(float32 \[1,1\]\) \[\[70\]\]/);
    await press(example(0), "Reset code");
    expect(await run(example(1))).toContain("[[10, 20, 30],");
    await page.close();
  });

  it("shows the library's errors, and their lines", async () => {
    const { page, example } = await openExamples("start/hello.html");
    await write(page, example(0), 'import { ones } from "tapegrad";\n\nones([2, 3]).matmul(ones([2, 3]));');
    expect(await run(example(0))).toMatch(/^ShapeError: matmul: inner dimensions differ: .* \(line 3\)\n$/);
    await page.close();
  });

  it.each([
    ["const x = ;", /^SyntaxError/],
    ['import { nothing } from "tapegrad";', /SyntaxError: .*nothing/],
    ['import fs from "node:fs";', /import of "node:fs": examples in this page import only tapegrad/],
  ])("says what is wrong with %s", async (code, message) => {
    const { page, example } = await openExamples("start/hello.html");
    await write(page, example(0), code);
    expect(await run(example(0))).toMatch(message);
    await page.close();
  });

  it("is stopped in an endless loop, and runs again", async () => {
    const { page, example } = await openExamples("start/hello.html");
    await write(page, example(0), 'console.log("begun"); for (;;) {}');
    await press(example(0), "Run");
    await expect.poll(() => output(example(0))).toBe("begun\n");
    await press(example(0), "Stop");
    expect(await example(0).getByRole("status").textContent()).toBe("Stopped");
    await press(example(0), "Reset code");
    expect(await run(example(0))).toContain("float32");
    await page.close();
  });

  it("is used with the keyboard alone", async () => {
    const { page, example } = await openExamples("start/hello.html");
    await example(0).getByRole("button", { name: "Edit" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.classList.contains("cm-content"))).toBe(true);
    await page.keyboard.press("ControlOrMeta+Enter");
    await expect.poll(() => example(0).getByRole("status").textContent()).toMatch(/^Ran in/);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Run");
    await page.close();
  });

  it("in the page about “hello”, the last one spells it", async () => {
    const { page, example } = await openExamples("start/hello.html");
    const last = (await page.locator(".live-example").count()) - 1;
    expect(await run(example(last))).toBe("hello\n");
    await page.close();
  });
});

describe("a name in code", () => {
  it("shows its type, and leads to its page where it stands in the text", async () => {
    const { page } = await site.open("start/hello.html");
    const name = page.locator(".hover-type", { hasText: "grad" }).first();
    // The page may not listen yet when the pointer first comes.
    const cards = async () => {
      await page.mouse.move(0, 0);
      await name.hover();
      return page.locator(".hover-card").allTextContents();
    };
    await expect.poll(cards).toContainEqual(expect.stringContaining("grad"));
    await page.getByRole("link", { name: "crossEntropy", exact: true }).first().click();
    await expect.poll(() => page.locator("h1").textContent()).toContain("crossEntropy()");
    await page.close();
  });
});
