/** A diverging colour scale for values from −1 to 1: zero is neutral, the sign is a hue, the size is its strength. */

type Color = readonly [red: number, green: number, blue: number];

/** At −1, −½, 0, ½, 1. The light one is ColorBrewer's RdBu, which colour-blind readers can tell apart. */
const scales: Record<"light" | "dark", readonly [Color, Color, Color, Color, Color]> = {
  light: [
    [33, 102, 172],
    [146, 197, 222],
    [247, 247, 247],
    [244, 165, 130],
    [178, 24, 43],
  ],
  dark: [
    [120, 190, 255],
    [52, 104, 160],
    [38, 42, 50],
    [168, 82, 48],
    [255, 160, 110],
  ],
};

/** The CSS colour of `value`, which is held to −1 … 1. */
export function divergingColor(value: number, dark: boolean): string {
  const scale = scales[dark ? "dark" : "light"];
  const position = (Math.min(1, Math.max(-1, value)) + 1) * 2;
  const from = Math.min(3, Math.floor(position));
  const share = position - from;
  const [low = scale[0], high = scale[4]] = [scale[from], scale[from + 1]];
  const mix = (channel: 0 | 1 | 2) => Math.round(low[channel] + (high[channel] - low[channel]) * share);
  return `rgb(${mix(0)} ${mix(1)} ${mix(2)})`;
}

/** The whole scale from left to right, as a CSS background. */
export function scaleGradient(dark: boolean): string {
  const stops = [-1, -0.5, 0, 0.5, 1].map((value) => divergingColor(value, dark));
  return `linear-gradient(to right, ${stops.join(", ")})`;
}
