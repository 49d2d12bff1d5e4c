/** Tells whether a lens is on the page beside the same lens of other runs. */
import { texts } from "../link/codec.ts";
import { useLinked } from "../link/use-linked.ts";

export function useIsCompared(): boolean {
  return useLinked("lens", "", texts).value === "compare";
}
