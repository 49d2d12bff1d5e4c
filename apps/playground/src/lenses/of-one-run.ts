/** The lenses that look at one run, in the order of the menu: any of them can stand beside itself in a comparison. */
import type { LensEntry } from "./lens.ts";

export const lensesOfOneRun: readonly [LensEntry, ...LensEntry[]] = [
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
    id: "influence",
    title: "Influence",
    question: "Which earlier characters moved this prediction?",
    load: () => import("./influence/lens.tsx"),
  },
  {
    id: "units",
    title: "Units",
    question: "What does a single unit know?",
    load: () => import("./units/lens.tsx"),
  },
  {
    id: "health",
    title: "Health",
    question: "Is training going well?",
    load: () => import("./health/lens.tsx"),
  },
];
