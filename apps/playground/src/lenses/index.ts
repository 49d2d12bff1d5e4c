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
    id: "inside",
    title: "Inside",
    question: "What happens at one step?",
    load: () => import("./inside/lens.tsx"),
  },
  {
    id: "gradients",
    title: "Gradients",
    question: "How far back does learning reach?",
    load: () => import("./gradients/lens.tsx"),
  },
  {
    id: "health",
    title: "Health",
    question: "Is training going well?",
    load: () => import("./health/lens.tsx"),
  },
];
