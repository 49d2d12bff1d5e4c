/** Every lens, in each state and each guise: it opens, nobody is shut out, nothing is complained about. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "../browser.ts";
import { lensesOn, openLens } from "./page.ts";
import { focusIsLost, type Guise, guises, smallTargets, states, trainButton, violations } from "./walk.ts";

/** Of the sixteen pairs, those that between them have each state and each guise; `measure` goes through all. */
const covering = [
  ["first", "telephone"],
  ["training", "light"],
  ["trained", "dark"],
  ["failed", "forced colours"],
] as const satisfies readonly (readonly [string, Guise])[];

describe.skipIf(withoutBrowser)("every lens in Chromium (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test.each(covering)("%s, %s: no violations, no small targets, no lost focus, no complaints", async (name, guise) => {
    const state = states.find((candidate) => candidate.name === name);
    const { page, complaints } = await site.open({ ...guises[guise], at: (await state?.at?.()) ?? "" });
    await state?.reach(page);
    const found: Record<string, string[]> = {};
    for (const title of await lensesOn(page)) {
      await openLens(page, title);
      const lost = (await focusIsLost(page)) ? ["focus is lost"] : [];
      found[title] = [...(await violations(page)), ...(await smallTargets(page, guise === "telephone")), ...lost];
    }
    expect(found).toEqual(Object.fromEntries(Object.keys(found).map((title) => [title, []])));
    expect(Object.keys(found).length).toBeGreaterThan(8);
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
