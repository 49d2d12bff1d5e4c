/** What a visitor's browser fetches, as it is sent: exact, and the same on every machine. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Site, serveApp, withoutBrowser } from "../browser.ts";
import { measureSizes } from "./sizes.ts";

describe.skipIf(withoutBrowser)("sizes (skipped where Chromium is not installed)", () => {
  let site: Site;
  beforeAll(async () => {
    site = await serveApp();
  });
  afterAll(async () => {
    await site?.[Symbol.asyncDispose]();
  });

  test("the first view and each lens are small", async () => {
    const parts = await measureSizes(site);
    const tooLarge = parts.filter(({ limit, sizes }) => sizes.gzip > limit);
    expect(tooLarge).toEqual([]);
  });
});
