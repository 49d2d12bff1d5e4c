/** Parts of the page that a link hides, for teachers: `hide=run,explanation`. */
import { computed, effect } from "@preact/signals";
import { place } from "./address.ts";
import { listOf, oneOf } from "./codec.ts";

export const hideable = ["lenses", "run", "explanation", "time", "actions"] as const;
export type Hideable = (typeof hideable)[number];

const parts = listOf(oneOf(hideable));

/** Reads a signal: who asks is drawn again when the link changes. */
export const hidden = computed<ReadonlySet<Hideable>>(() => {
  const names = (place.value.get("hide") ?? "").split(",");
  return new Set(names.flatMap((name) => parts.decode(name) ?? []));
});

/** Marks the page for `link.css`, which hides the parts. */
export function markHidden(): void {
  effect(() => {
    document.documentElement.dataset.hide = [...hidden.value].join(" ");
  });
}
