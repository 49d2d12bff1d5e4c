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
  {
    id: "compare",
    title: "Compare",
    question: "Which network learns what?",
    load: () => import("./compare/lens.tsx"),
  },
  {
    id: "own-cell",
    title: "Own cell",
    question: "What does a cell of yours do?",
    load: () => import("./own-cell/lens.tsx"),
  },
  {
    id: "open-model",
    title: "Open a model",
    question: "What does a model of yours do?",
    load: () => import("./open-model/lens.tsx"),
  },
  {
    id: "lessons",
    title: "Lessons",
    question: "Where do I begin?",
    load: () => import("./lessons/lens.tsx"),
  },
];
