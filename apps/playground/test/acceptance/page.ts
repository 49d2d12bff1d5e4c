/** What tests do on the page, in the words of its visitor. */
import type { Locator, Page } from "playwright-core";

/** The titles of the lenses, in the order of the menu. */
export function lensesOn(page: Page): Promise<string[]> {
  return page.locator(".lens-link").allTextContents();
}

/** Opens a lens from the menu and waits for its picture. */
export async function openLens(page: Page, title: string): Promise<void> {
  await page.locator(".lens-link", { hasText: new RegExp(`^${title}$`) }).click();
  await page.locator("h1", { hasText: title }).waitFor();
  await picture(page).waitFor();
}

/** The first view is there when the untrained network has written something. */
export async function untilFirstView(page: Page): Promise<void> {
  await page.locator(".drawn").getByText(/./).waitFor();
}

/** What a lens has below its heading. */
export function picture(page: Page): Locator {
  return page.locator("main > :not(h1, .notice)").first();
}
