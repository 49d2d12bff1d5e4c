/** An element of the data in a sentence. */
import { visible } from "../components/visible.ts";

/** “a”; some tasks have steps at which nothing is read. */
export function elementName(label: string): string {
  return label === "" ? "nothing" : `“${visible(label)}”`;
}
