/** Sizes that the lens and its answers share. */

/** The two kinds of state that a unit has; where there is no c, h is meant. */
export const parts = ["h", "c"] as const;
export type Part = (typeof parts)[number];

/** What h of a unit that is switched off is held at. */
export const holds = ["zero", "mean"] as const;
export type Hold = (typeof holds)[number];

/** Characters of a text that units are judged on, and that are shown, at once. */
export const reach = 6144;
export const shown = 1024;
