/** The views of the playground, in the order in which they build on each other; those without a component are planned. */
import type { ComponentType } from "preact";
import { CharacterLab } from "./views/character-lab/character-lab.tsx";

export interface View {
  /** Also its address, after `#`. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly component: ComponentType | null;
}

export const views: readonly View[] = [
  {
    id: "unrolling",
    title: "Unrolling",
    description: "A recurrent network drawn out in time, with values and gradients at every step.",
    component: null,
  },
  {
    id: "character-lab",
    title: "Character lab",
    description: "Train a network to spell, on “hello” or a text of your own.",
    component: CharacterLab,
  },
  {
    id: "gradient-flow",
    title: "Gradient flow",
    description: "How gradients vanish or explode on their way back through time.",
    component: null,
  },
  {
    id: "gates",
    title: "Gates",
    description: "When an LSTM or GRU opens and closes its gates while it reads.",
    component: null,
  },
  {
    id: "memory-map",
    title: "Memory map",
    description: "What a tape saves for the way back, and what checkpointing forgets.",
    component: null,
  },
  {
    id: "cell-finder",
    title: "Cell finder",
    description: "Find the units that count, quote or indent.",
    component: null,
  },
  {
    id: "race",
    title: "Race",
    description: "RNN, LSTM and GRU side by side on the same task.",
    component: null,
  },
  {
    id: "trust",
    title: "Trust",
    description: "Every gradient checked against finite differences, before your eyes.",
    component: null,
  },
];

export const firstView = "character-lab";
