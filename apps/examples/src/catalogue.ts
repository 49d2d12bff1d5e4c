/** The examples by name. Each is loaded only when it is needed, because its data take a moment to read. */
import type { Run } from "./example.ts";

export interface Example {
  /** Inputs to outputs. */
  readonly shape: string;
  readonly summary: string;
  /** Training steps unless told otherwise: a minute or two on two cores. */
  readonly steps: number;
  readonly load: () => Promise<Run>;
}

export const catalogue: Readonly<Record<string, Example>> = {
  digits: {
    shape: "one-to-one",
    summary: "the image of a digit to its class",
    steps: 3000,
    load: async () => (await import("./programs/digits.ts")).digits,
  },
  spell: {
    shape: "one-to-many",
    summary: "the image of a digit to its name, letter by letter",
    steps: 1500,
    load: async () => (await import("./programs/spell.ts")).spell,
  },
  names: {
    shape: "many-to-one",
    summary: "the letters of a first name to female or male",
    steps: 2000,
    load: async () => (await import("./programs/names.ts")).names,
  },
  pronounce: {
    shape: "many-to-many, sequence to sequence",
    summary: "the letters of a word to its phonemes, with attention",
    steps: 1500,
    load: async () => (await import("./programs/pronounce.ts")).pronounce,
  },
  hyphens: {
    shape: "many-to-many, aligned",
    summary: "each letter of a word to whether a hyphen may follow",
    steps: 2500,
    load: async () => (await import("./programs/hyphens.ts")).hyphens,
  },
};
