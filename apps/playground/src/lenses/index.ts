/** The lenses, in the order of the menu; each one's code loads when it is first opened. */
import type { LensEntry } from "./lens.ts";
import { lensesOfOneRun } from "./of-one-run.ts";

export const lenses: readonly [LensEntry, ...LensEntry[]] = [
  ...lensesOfOneRun,
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
