/** Every lens, in each state and each guise: it opens, nobody is shut out, nothing is complained about. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "../browser.ts";
import { violations, violationsOfColours } from "../violations.ts";
import { addressOf } from "./long-run.ts";
import { lensesOn, openLens, untilFirstView } from "./page.ts";
import { focusIsLost, type Guise, guises, media, smallTargets, states, train, trainButton } from "./walk.ts";

const widths = [320, 360, 390, 414, 480, 600, 768, 900, 1024, 1280, 1440, 1920];
/** A telephone and a tablet, there and back. */
const rotations = [
  [390, 844],
  [844, 390],
  [768, 1024],
  [1024, 768],
] as const;

/** What one page puts on, one after another: every lens in each state and each guise. */
const pairs: readonly (readonly [state: string, worn: readonly [Guise, ...Guise[]]])[] = [
  ["first", ["light", "dark", "forced colours"]],
  ["first", ["telephone"]],
  ["training", ["light", "dark", "forced colours"]],
  ["training", ["telephone"]],
  ["trained", ["light", "dark", "forced colours"]],
  ["trained", ["telephone"]],
  ["failed", ["light", "dark", "forced colours"]],
  ["failed", ["telephone"]],
];

describe.skipIf(withoutBrowser)("every lens in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test.each(pairs)("%s, %s: no violations, no small targets, no lost focus, no complaints", async (name, worn) => {
    const state = states.find((candidate) => candidate.name === name);
    const { page, complaints } = await site.open({ ...guises[worn[0]], at: (await state?.at?.()) ?? "" });
    await state?.reach(page);
    const found: string[] = [];
    const lenses = await lensesOn(page);
    for (const title of lenses) {
      await openLens(page, title);
      if (await focusIsLost(page)) found.push(`${title}: focus is lost`);
      for (const target of await smallTargets(page, worn.includes("telephone"))) found.push(`${title}: ${target}`);
      for (const guise of worn) {
        await page.emulateMedia(media(guise));
        // What the other guises change is colours.
        const asked = guise === worn[0] ? violations(page) : violationsOfColours(page);
        for (const violation of await asked) found.push(`${title}, ${guise}: ${violation}`);
      }
    }
    expect(found).toEqual([]);
    expect(lenses.length).toBeGreaterThan(8);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("what shuts somebody out is found", async () => {
    const { page } = await site.open();
    await untilFirstView(page);
    await page.locator("main").evaluate((main) => {
      main.insertAdjacentHTML("beforeend", '<img src="data:,"><p style="color: #ddd; background: #fff">pale</p>');
    });
    const rulesOf = (found: readonly string[]) => found.map((violation) => violation.split(":")[0]);
    expect(rulesOf(await violations(page)).toSorted()).toEqual(["color-contrast", "image-alt"]);
    expect(rulesOf(await violationsOfColours(page))).toEqual(["color-contrast"]);
    expect(rulesOf(await violations(page, ".time"))).toEqual([]);
    await page.context().close();
  });

  test("no failure is shown and nothing sticks out at 12 widths and through 4 rotations, idle and training", async () => {
    const { page, complaints } = await site.open({ at: await addressOf(16) });
    await untilFirstView(page);
    const found: string[] = [];
    for (const state of ["idle", "training"]) {
      if (state === "training") await train(page, "slow");
      for (const [width, height] of [...widths.map((width) => [width, 844] as const), ...rotations]) {
        await page.setViewportSize({ width, height });
        await page.evaluate(
          () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
        );
        const failures = await page.locator(".failure").allTextContents();
        const widest = await page.evaluate(() => document.documentElement.scrollWidth);
        if (failures.length > 0 || widest > width)
          found.push(`${state} at ${width}×${height}: ${widest} wide, ${failures}`);
      }
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test("focus stays where it was whatever is pressed below the text", async () => {
    const { page, complaints } = await site.open();
    const lost: string[] = [];
    for (const action of ["One step", "Rewind", "Train", "Pause", "One step", "Rewind"]) {
      const button = page.locator(".transport").getByRole("button", { name: action, exact: true });
      await button.focus();
      await page.keyboard.press("Enter");
      await trainButton(page).waitFor();
      if (await focusIsLost(page)) lost.push(action);
    }
    expect(lost).toEqual([]);
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
