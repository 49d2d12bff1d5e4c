/**
 * The colours of pictures. Pages define them for both schemes (`pictures.css`); what stands after the comma is for a picture that
 * is opened by itself. The hues are Okabe and Ito's, which colour-blind readers can tell apart.
 */
export const ink = {
  text: "currentColor",
  faint: "var(--picture-faint, #8a8a8a)",
  grid: "var(--picture-grid, #e0e0e0)",
  blue: "var(--picture-blue, #0072b2)",
  orange: "var(--picture-orange, #c65500)",
  green: "var(--picture-green, #007a59)",
  purple: "var(--picture-purple, #a8528a)",
  blueTint: "var(--picture-blue-tint, #d9e9f4)",
  orangeTint: "var(--picture-orange-tint, #f7e3d3)",
  greenTint: "var(--picture-green-tint, #d6ede5)",
  purpleTint: "var(--picture-purple-tint, #f1e1ec)",
} as const;

export type Ink = keyof typeof ink;

/** What the three kinds of cells are drawn in, everywhere. */
export const cellColours = { domain: ["RNN", "LSTM", "GRU"], range: [ink.orange, ink.blue, ink.green] };
