/** The lenses, in the order of the menu; each one's code loads when it is first opened. */
import type { LensEntry } from "./lens.ts";

export const lenses: readonly [LensEntry, ...LensEntry[]] = [
  {
    id: "train",
    title: "Train",
    question: "What has it learned so far?",
    load: () => import("./train/lens.tsx"),
  },
  {
    id: "own-cell",
    title: "Own cell",
    question: "What if I write the cell myself?",
    load: () => import("./own-cell/lens.tsx"),
  },
];
