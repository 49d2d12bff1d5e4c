/** Links: what they say of a run, how pages open them, and what is kept without one. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Session } from "../src/engine/session.ts";
import { defaultSettings, type RunSettings } from "../src/engine/settings.ts";
import type { KeptRun } from "../src/keep/keep-run.ts";
import { compress, decompress } from "../src/link/compress.ts";
import { fitsLink, noRun, readRun, writeRun } from "../src/link/run-link.ts";
import { addressOf } from "./acceptance/long-run.ts";
import { type Site, serveApp, withoutBrowser } from "./browser.ts";
import { kept } from "./kept.ts";

const settings: RunSettings = {
  ...defaultSettings,
  task: { kind: "text", text: "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. 🥊\n".repeat(3) },
  cell: "GRU, reset before",
  hidden: 8,
  learningRate: 0.02,
  clip: 1,
  window: 20,
  seed: 7,
};

const linkOf = async (run: Parameters<typeof writeRun>[0]) => new URLSearchParams(await writeRun(run));

test("a run comes back from its link as it was, and trains alike", async () => {
  const rates = [
    { rate: 0.05, until: 30 },
    { rate: 0.01, until: 60 },
  ];
  const run = { settings, rates, step: 100, cursor: 12, unit: [0, 3] } as const;
  const link = new URLSearchParams((await linkOf(run)).toString());
  const read = await readRun(link);
  expect(read).toEqual({ run, namesRun: true, bad: [] });
  const lossAt100 = (made: RunSettings) => {
    const session = new Session(made);
    for (let step = 0; step < 99; step++) session.step();
    return session.step().loss;
  };
  expect(Math.abs(lossAt100(read.run.settings) - lossAt100(settings))).toBeLessThan(1e-3);
});

test("what a link does not name, or cannot say, is as usual, and it is said which names those are", async () => {
  const link = new URLSearchParams("cell=rnn&units=-4&rate=fast&seed=3&data=nothing&lens=train");
  const { run, bad, namesRun } = await readRun(link);
  expect(run).toEqual({ settings: { ...defaultSettings, seed: 3 }, step: 0, cursor: 0, unit: [0, 0] });
  expect(bad.toSorted()).toEqual(["cell", "data", "rate", "units"]);
  expect(namesRun).toBe(true);
  expect((await readRun(new URLSearchParams("lens=train&hide=run"))).namesRun).toBe(false);
  expect((await readRun(new URLSearchParams("rate=0.1@soon,0.2"))).bad).toEqual(["rate"]);
});

test.each([
  [{ kind: "text", text: "aaa" }, "nothing to predict"],
  [{ kind: "text", text: "" }, "nothing to predict"],
  [{ kind: "poem" }, 'no task is called "poem" here'],
  [{ kind: "toString" }, 'no task is called "toString" here'],
  [{ kind: "shape", shape: "round" }, 'no shape is called "round" here'],
  [{ kind: "adding", length: 1e6 }, "choose a whole number"],
])("the engine refuses %j of a link by a sentence", async (task, sentence) => {
  const link = new URLSearchParams({ data: await compress(JSON.stringify({ task })) });
  const { run } = await readRun(link);
  expect(() => new Session(run.settings)).toThrow(sentence);
});

test("data that are too long for a link are not put into one", async () => {
  const noise = Array.from({ length: 200_000 }, (_, at) => String.fromCharCode(33 + ((at * at * 7919) % 94))).join("");
  const run = { settings, step: 0, cursor: 0, unit: [0, 0] } as const;
  expect(fitsLink(await writeRun(run))).toBe(true);
  const random = {
    ...settings,
    task: { kind: "text", text: noise + crypto.getRandomValues(new Uint8Array(60_000)).join() },
  } as const;
  expect(fitsLink(await writeRun({ ...run, settings: random }))).toBe(false);
  expect(Object.keys(noRun).toSorted()).toEqual(Object.keys(await writeRun(run)).toSorted());
});

test("compressed text is short, needs no escapes, and nothing else is taken for it", async () => {
  const text = "To be, or not to be, that is the question. ".repeat(200);
  const packed = await compress(text);
  expect(packed).toMatch(/^[\w-]+$/);
  expect(packed.length).toBeLessThan(text.length / 20);
  expect(await decompress(packed)).toBe(text);
  expect(await decompress("!")).toBeUndefined();
  expect(await decompress(packed.slice(0, -9))).toBeUndefined();
  const bomb = await compress("a".repeat(5_000_000));
  expect(await decompress(bomb)).toBeUndefined();
});

describe.skipIf(withoutBrowser)("links in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  const controls = (page: Page) =>
    page
      .locator(".side :is(select, textarea, input)")
      .evaluateAll((fields) =>
        fields.map((field) =>
          field instanceof HTMLInputElement ||
          field instanceof HTMLSelectElement ||
          field instanceof HTMLTextAreaElement
            ? field.value
            : "",
        ),
      );
  const step = (page: Page) => page.locator("#step").textContent();
  /** The one cast: records are as `keep-run.ts` writes them. */
  const keptStep = async (page: Page) => ((await kept(page, "run")) as KeptRun | undefined)?.snapshot.step;

  test("a shared link gives the same controls and the same step in a fresh profile", async () => {
    const first = await site.open({ at: `#${await linkOf({ settings, step: 40, cursor: 12, unit: [0, 3] })}` });
    await expect.poll(() => step(first.page)).toBe("40");
    await first.page.getByRole("button", { name: "Share" }).click();
    await first.page.getByLabel("the run's settings").check();
    await expect.poll(() => first.page.getByLabel("Link", { exact: true }).inputValue()).toContain("hide=run");
    await first.page.getByLabel("the run's settings").uncheck();
    await expect.poll(() => first.page.getByLabel("Link", { exact: true }).inputValue()).not.toContain("hide");
    const link = await first.page.getByLabel("Link", { exact: true }).inputValue();
    expect(link).toContain("step=40");
    await first.page.screenshot({ path: "apps/playground/test/output/share.png" });
    const second = await site.open({ at: new URL(link).hash });
    await expect.poll(() => step(second.page)).toBe("40");
    expect(await controls(second.page)).toEqual(await controls(first.page));
    expect(await second.page.getByRole("slider", { name: "Cursor" }).getAttribute("aria-valuenow")).toBe("12");
    expect([...first.complaints, ...second.complaints]).toEqual([]);
    await first.page.context().close();
    await second.page.context().close();
  });

  test("the learning rates of a link are gone through again, each to its step", async () => {
    const { page, complaints } = await site.open({ at: "#rate=0.05@3,0.1@6,0.002&units=4&step=9" });
    await expect.poll(() => step(page)).toBe("9");
    expect(await page.getByRole("combobox", { name: "Learning rate" }).inputValue()).toBe("0.002");
    // The address stays as it was given until something changes.
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => new URLSearchParams(new URL(page.url()).hash.slice(1)).get("step")).toBe("10");
    expect(new URLSearchParams(new URL(page.url()).hash.slice(1)).get("rate")).toBe("0.05@3,0.1@6,0.002");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a pinned run that a link trains can be unpinned on the way", async () => {
    const pins = await compress(JSON.stringify(["units=4&step=2", "units=32&step=900000"]));
    const { page, complaints } = await site.open({ at: `#lens=compare&compare.pins=${pins}` });
    await expect
      .poll(() => page.locator(".standing").allTextContents())
      .toEqual([expect.stringContaining("step 2"), expect.stringMatching(/step [1-9]/)]);
    await page
      .getByRole("button", { name: /^Unpin/ })
      .nth(1)
      .click();
    await expect.poll(() => page.workers().length).toBe(2);
    const linked = async () => {
      const packed = new URLSearchParams(new URL(page.url()).hash.slice(1)).get("compare.pins") ?? "";
      return JSON.parse((await decompress(packed)) ?? "[]").map((link: string) =>
        new URLSearchParams(link).get("step"),
      );
    };
    await expect.poll(linked).toEqual(["2"]);
    expect(await page.locator(".failure").allTextContents()).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a link to a run of 256 units opens", async () => {
    const { page, complaints } = await site.open({ at: await addressOf(256) });
    await expect.poll(() => page.locator("#position").textContent()).toContain("101 of 9,148");
    expect(await page.locator(".link-notice").allTextContents()).toEqual([""]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("training to a link's step can be stopped", async () => {
    const { page } = await site.open({ at: "#units=32&step=900000" });
    await page.getByRole("button", { name: "Stop here" }).click();
    await expect.poll(() => page.getByRole("button", { name: "Train", exact: true }).count()).toBe(1);
    await expect.poll(() => page.locator(".link-notice").textContent()).toBe("");
    await page.context().close();
  });

  test("a link that cannot be read, and one that the engine refuses, get a sentence and the usual run", async () => {
    const { page, complaints } = await site.open({ at: "#lens=attention&cell=Transformer&data=%25&units=8" });
    await expect
      .poll(() => page.locator(".link-notice").textContent())
      .toContain("could not be read (data, cell, lens)");
    await page.getByRole("button", { name: "Dismiss" }).click();
    const data = await compress(JSON.stringify({ task: { kind: "text", text: "aaa" } }));
    await page.evaluate((hash) => {
      location.hash = hash;
    }, `data=${data}`);
    await expect.poll(() => page.locator(".link-notice").textContent()).toContain("nothing to predict");
    await expect.poll(() => page.getByRole("textbox", { name: "Text" }).inputValue()).toBe("hello");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("a lens is an entry of the history, changes within it are not, and a followed link is left by going back", async () => {
    const { page, complaints } = await site.open();
    const lens = () => page.locator(".lens-link[aria-current]").textContent();
    await page.getByRole("link", { name: "Gradients" }).click();
    await page.getByRole("slider", { name: "Input x" }).fill("0.5");
    await page.getByRole("slider", { name: "Input x" }).fill("0.75");
    await page.getByRole("link", { name: "Influence" }).click();
    await page.goBack();
    await expect.poll(lens).toBe("Gradients");
    expect(await page.getByRole("slider", { name: "Input x" }).inputValue()).toBe("0.75");
    await page.goBack();
    await expect.poll(lens).toBe("Train");
    await page.goForward();
    await expect.poll(lens).toBe("Gradients");
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => step(page)).toBe("1");
    await expect.poll(() => page.url()).toContain("step=1");
    await page.evaluate(() => {
      location.hash = "lens=train&cell=RNN&units=4";
    });
    await expect.poll(() => page.getByRole("combobox", { name: "Cell" }).inputValue()).toBe("RNN");
    await page.goBack();
    await expect.poll(() => page.getByRole("combobox", { name: "Cell" }).inputValue()).toBe("LSTM");
    await expect.poll(() => step(page)).toBe("1");
    expect(await lens()).toBe("Gradients");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("work survives a reload and another visit, and a link wins over it", async () => {
    const { page } = await site.open();
    await page.getByRole("combobox", { name: "Cell" }).selectOption("GRU");
    for (const steps of [0, 1, 2]) {
      await expect.poll(() => keptStep(page)).toBe(steps);
      if (steps < 2) await page.getByRole("button", { name: "One step" }).click();
    }
    await page.reload();
    await expect.poll(() => step(page)).toBe("2");
    const profile = page.context();
    const later = await site.open({ profile });
    await expect.poll(() => step(later.page)).toBe("2");
    expect(await later.page.getByRole("combobox", { name: "Cell" }).inputValue()).toBe("GRU");
    const linked = await site.open({ profile, at: "#cell=RNN" });
    await expect.poll(() => linked.page.getByRole("combobox", { name: "Cell" }).inputValue()).toBe("RNN");
    await expect.poll(() => step(linked.page)).toBe("0");
    expect(await keptStep(linked.page)).toBe(2);
    const lesson = await site.open({ profile, at: "#lesson=temperature.1" });
    await lesson.page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => step(lesson.page)).toBe("1");
    await lesson.page.getByRole("button", { name: "Close" }).click();
    expect(await lesson.page.evaluate(() => document.activeElement?.tagName)).toBe("MAIN");
    await lesson.page.reload();
    expect(await keptStep(lesson.page)).toBe(2);
    await later.page.getByRole("button", { name: "Rewind" }).click();
    await expect.poll(() => keptStep(later.page)).toBe(0);
    expect(await step(later.page)).toBe("0");
    await profile.close();
  });

  test("without IndexedDB all else works, and the Share popover says what that means", async () => {
    const { page, complaints } = await site.open({ before: "delete IDBFactory.prototype.open" });
    await page.getByRole("button", { name: "One step" }).click();
    await expect.poll(() => step(page)).toBe("1");
    await page.getByRole("button", { name: "Share" }).click();
    await expect.poll(() => page.locator(".share-panel").textContent()).toContain("keeps nothing");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("parts that a link hides are hidden, and a frame of 320×240 trains and announces its height", async () => {
    const { page, complaints } = await site.open({ at: "#hide=run,explanation,time" });
    await page.locator("main").waitFor();
    for (const part of [".side", ".explanation", ".strip"]) expect(await page.locator(part).isVisible()).toBe(false);
    await page.screenshot({ path: "apps/playground/test/output/hidden.png" });
    await page.evaluate(
      (source) => {
        document.body.innerHTML = "";
        addEventListener("message", ({ data }) => {
          if (data?.type === "tapegrad-playground-height") document.body.dataset.height = data.height;
        });
        const frame = document.createElement("iframe");
        Object.assign(frame, { src: source, width: 320, height: 240, title: "A run" });
        document.body.append(frame);
      },
      `${page.url().split("#")[0]}?embed=1&lens=train`,
    );
    const frame = page.frameLocator("iframe");
    await frame.getByRole("button", { name: "Train", exact: true }).click();
    await expect.poll(() => frame.locator("#step").textContent()).not.toBe("0");
    for (const part of [".top", ".side", ".explanation"]) expect(await frame.locator(part).isVisible()).toBe(false);
    const width = await frame.locator("html").evaluate((root) => root.scrollWidth);
    expect(width).toBeLessThanOrEqual(320);
    await expect.poll(() => page.evaluate(() => Number(document.body.dataset.height))).toBeGreaterThan(100);
    await page.screenshot({ path: "apps/playground/test/output/embedded.png" });
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
