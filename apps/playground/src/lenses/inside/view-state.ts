/** Where the visitor is in the lens, and what is held: a part of the link. */
import { type Codec, counts, numbers, oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Held } from "./answer-course.ts";

/** Each level is inside the one before; the presets stand beside them. */
export const levels = ["chain", "step", "gate", "tape"] as const;
export const presets = ["forgetting", "grus"] as const;
export type View = (typeof levels)[number] | (typeof presets)[number];

export const valueNames = ["a", "i", "f", "g", "o", "r", "z", "n", "c", "h"] as const;

/** `position.layer.name.unit.value`, as in `12.0.f.all.0.25`. */
export const heldCodec: Codec<Held | undefined> = {
  encode: (held) => (held ? [held.position, held.layer, held.name, held.unit, held.value].join(".") : ""),
  decode: (text) => {
    const [position, layer, name, unit, ...value] = text.split(".");
    const held = {
      position: counts.decode(position ?? ""),
      layer: counts.decode(layer ?? ""),
      name: oneOf(valueNames).decode(name ?? ""),
      unit: unit === "all" ? ("all" as const) : counts.decode(unit ?? ""),
      value: numbers.decode(value.join(".")),
    };
    return isHeld(held) ? held : undefined;
  },
};

function isHeld(held: { readonly [Part in keyof Held]: Held[Part] | undefined }): held is Held {
  return Object.values(held).every((part) => part !== undefined);
}

export function useView() {
  return useLinked<View>("inside.view", "chain", oneOf<View>([...levels, ...presets]));
}

export function useValue() {
  return useLinked("inside.value", "h", oneOf(valueNames));
}

export function useHeld() {
  return useLinked<Held | undefined>("inside.held", undefined, heldCodec);
}
