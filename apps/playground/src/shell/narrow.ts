/**
 * Tells whether the page is as narrow as a telephone, upright or on its side: settings are then in a sheet. The style sheet has
 * the same query.
 */
import { signal } from "@preact/signals";

const query = window.matchMedia("(max-width: 900px), (max-height: 520px)");

export const narrow = signal(query.matches);

query.addEventListener("change", (event) => {
  narrow.value = event.matches;
});
