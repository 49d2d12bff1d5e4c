/** The part of the page's address after `#`: which lens is open, and everything else that is needed to see the same again. */
import { computed, signal } from "@preact/signals";
import { lenses } from "../lenses/index.ts";

const hash = signal(location.hash);

addEventListener("hashchange", () => {
  hash.value = location.hash;
});

/** `lens=train&cell=GRU…` */
export const place = computed(() => new URLSearchParams(hash.value.slice(1)));

export const currentLens = computed(() => lenses.find(({ id }) => id === place.value.get("lens")) ?? lenses[0]);

/** The address of a lens, with all else as it is. */
export function addressOf(lens: string): string {
  const parameters = new URLSearchParams(place.value);
  parameters.set("lens", lens);
  return `#${parameters}`;
}
