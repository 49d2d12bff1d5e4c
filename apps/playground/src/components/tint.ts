/** Colours for text that shows a value: a hue for the sign, and ink that can be read on it. */
import { divergingColor } from "./color-scale.ts";

export type Tint = Readonly<Record<"background" | "color", string>>;

/** `value` from −1 to 1. */
export function tintOf(value: number, dark: boolean): Tint {
  const background = divergingColor(value, dark);
  return { background, color: luminance(background) > 0.179 ? "#000" : "#fff" };
}

/** Relative luminance (WCAG 2) of `rgb(r g b)`; above 0.179 black has more contrast than white. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/\d+/g) ?? []).map((channel) => {
    const share = Number(channel) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
