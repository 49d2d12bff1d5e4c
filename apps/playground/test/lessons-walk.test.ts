/** All nine lessons as a visitor goes through them: start, answer, do the task, next lesson. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LessonId, lessonIds } from "../src/lenses/lessons/lesson.ts";
import { type LessonText, lessonTexts } from "../src/texts/lessons.ts";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";
import { violations } from "./violations.ts";

const train = (page: Page) => page.locator(".transport").getByRole("button", { name: "Train", exact: true }).click();

async function trainFast(page: Page): Promise<void> {
  await page.getByRole("combobox", { name: "Speed" }).selectOption("full");
  await train(page);
}

/** What each lesson asks for, done as it says. */
const doing: Readonly<Record<LessonId, (page: Page) => Promise<void>>> = {
  "one-function": (page) => page.getByRole("textbox", { name: "Text" }).fill("hellohellohellohello"),
  hello: trainFast,
  temperature: async (page) => {
    await trainFast(page);
    await page.getByRole("slider", { name: "Temperature" }).fill("1.6");
  },
  window: async (page) => {
    const wall = page.getByRole("slider", { name: "window" });
    for (let press = 0; press < 6; press++) await wall.press("ArrowLeft");
    await trainFast(page);
  },
  vanishing: async (page) => {
    await page.getByRole("slider", { name: "Steps T" }).fill("10");
    await page.getByRole("slider", { name: "Input x" }).fill("-0.5");
  },
  gates: async (page) => {
    await page.getByLabel("hold all units alike").check();
    await page.getByRole("slider", { name: "the output gate" }).press("Home");
  },
  "long-memory": (page) => page.getByRole("button", { name: "Train all three" }).click(),
  unit: (page) =>
    page
      .getByRole("button", { name: /^inside \{ \} \(/ })
      .first()
      .click(),
  "own-cell": async (page) => {
    const editor = page.locator(".cm-content");
    await editor.click();
    await page.keyboard.press("Control+a");
    await page.keyboard.insertText(linear);
    await page.getByRole("button", { name: "Use this cell in the run" }).click();
    await page.locator(".own-cell").getByRole("button", { name: "Train" }).waitFor();
    await trainFast(page);
  },
};

const linear = `const random = (...shape) => new Parameter(generator.uniform(shape, { low: -0.25, high: 0.25 }));
export default {
  W: random(input, hidden),
  U: random(hidden, hidden),
  initialState: (batch) => ({ h: zeros([batch, hidden]) }),
  step(x, { h }) {
    const next = matmul(x, this.W).add(matmul(h, this.U));
    return { output: next, state: { h: next } };
  },
};`;

describe.skipIf(withoutBrowser)("the lessons in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("each lesson asks before it shows, and its task is red at the start and green when done", async () => {
    const { page, complaints } = await site.open({ width: 1440, height: 900, at: "#lens=lessons" });
    await page.getByRole("link", { name: `Start: ${lessonTexts.lessons["one-function"].title}` }).click();
    for (const lesson of lessonIds) {
      const { title, steps }: LessonText = lessonTexts.lessons[lesson];
      const panel = page.locator(".lesson");
      for (const [at, { question, choices, right, because }] of steps.entries()) {
        await panel
          .locator("summary")
          .getByText(`: ${title} Step ${at + 1} of ${steps.length}`)
          .waitFor();
        await panel.getByText(question).waitFor();
        expect(await panel.textContent()).not.toContain(because);
        await panel.getByRole("button", { name: choices[right] ?? "", exact: true }).click();
        await panel.getByText(because).waitFor();
        if (at < steps.length - 1) await panel.getByRole("link", { name: lessonTexts.next }).click();
      }
      expect(await violations(page, ".explanation"), lesson).toEqual([]);
      // The run that the step begins with is there, and at its step.
      await page.locator("main[aria-busy=false]").waitFor();
      await expect.poll(() => page.locator(".link-notice").textContent()).toBe("");
      const task = panel.locator(".lesson-task");
      expect(await task.getAttribute("class"), lesson).not.toContain("done");
      await doing[lesson](page);
      await expect.poll(() => task.getAttribute("class"), { message: lesson }).toContain("done");
      if (lesson !== "own-cell") await panel.getByRole("link", { name: lessonTexts.nextLesson }).click();
      // A followed link moves it when the browser has followed it.
      await expect
        .poll(() => page.evaluate(() => document.activeElement?.tagName), { message: lesson })
        .not.toBe("BODY");
    }
    await page.getByRole("button", { name: lessonTexts.all }).click();
    await page.getByText(lessonTexts.progress(9)).waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
