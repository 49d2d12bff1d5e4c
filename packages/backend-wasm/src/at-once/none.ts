/** In a page nothing is there before it has been loaded, so that the page is small. */
import type { AtOnce } from "./at-once.ts";

export const atOnce: AtOnce = {};
