/** The colour scheme, for canvases, which cannot follow a style sheet. */
import { signal } from "@preact/signals";

const query = window.matchMedia("(prefers-color-scheme: dark)");

/** Reading it redraws when the visitor's system changes. */
export const darkScheme = signal(query.matches);

query.addEventListener("change", (event) => {
  darkScheme.value = event.matches;
});

/** The present value of a custom property such as `--ink`. */
export function themeColor(name: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
