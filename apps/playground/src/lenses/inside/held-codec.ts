/** Writes a held value into a link, and reads it back. */
import { type Codec, counts, numbers, oneOf } from "../../link/codec.ts";
import type { Held } from "./answer-course.ts";

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
