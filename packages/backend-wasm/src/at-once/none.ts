/** In a page, no backend code is available before it has been loaded, so that the page is small. */
import type { AtOnce } from "./at-once.ts";

/** The code that is here at once. */
export const atOnce: AtOnce = {};
