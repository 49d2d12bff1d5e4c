/** The states of units, read from a recording. */
import type { Recording } from "./recording.ts";
import type { Part } from "./sizes.ts";

/** Of each layer: [time, unit]. Cells without c have h only. */
export function statesOf({ h, c }: Recording, part: Part): readonly Float32Array[] {
  return part === "c" && c.length > 0 ? c : h;
}
