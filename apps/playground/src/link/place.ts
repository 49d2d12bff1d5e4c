/** The lens that the address names, and the addresses of the others. */
import { computed } from "@preact/signals";
import { lenses } from "../lenses/index.ts";
import { hashOf, place, visit } from "./address.ts";

export const currentLens = computed(() => lenses.find(({ id }) => id === place.value.get("lens")) ?? lenses[0]);

/** The address of a lens, with all else as it is. Not the fragment alone: scrolled out of sight, that would count as a skip link. */
export function addressOf(lens: string): string {
  const parameters = new URLSearchParams(place.value);
  parameters.set("lens", lens);
  return `${location.pathname}${location.search}${hashOf(parameters)}`;
}

/** Opens a lens in this page, as a new entry of the history: for a click on a link to `addressOf(lens)`. */
export function followLens(event: MouseEvent, lens: string): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  visit({ lens });
}
