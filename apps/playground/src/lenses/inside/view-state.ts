/** Where the visitor is in the lens, and what is held: a part of the link. */
import { oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Held } from "./answer-course.ts";
import { heldCodec, valueNames } from "./held-codec.ts";

/** Each level is inside the one before; the presets stand beside them. */
export const levels = ["chain", "step", "gate", "tape"] as const;
export const presets = ["forgetting", "grus"] as const;
export type View = (typeof levels)[number] | (typeof presets)[number];

export function useView() {
  return useLinked<View>("inside.view", "chain", oneOf<View>([...levels, ...presets]));
}

export function useValue() {
  return useLinked("inside.value", "h", oneOf(valueNames));
}

export function useHeld() {
  return useLinked<Held | undefined>("inside.held", undefined, heldCodec);
}
