/** A comparison that shows the use of gates: three cells with about as many parameters, each adding two marked numbers. */
import { hiddenFor, parametersOf, type SizedCell } from "./equal-size.ts";
import type { RunSettings } from "./settings.ts";
import { addingElements } from "./tasks/adding-elements.ts";

export const addingCells = ["RNN", "LSTM", "GRU"] as const satisfies readonly SizedCell[];

const sizes = { ...addingElements, layers: 1 };
const parameters = parametersOf("LSTM", 16, sizes);

/** The task, and with what it is learned in seconds. */
export const addingSettings = {
  task: { kind: "adding", length: 20 },
  learningRate: 0.02,
  clip: 1,
} as const satisfies Partial<RunSettings>;

/**
 * By these settings LSTM and GRU solve sequences of 20 steps within `addingSteps`, and RNN is as wrong as a guess of 1 then:
 * measured on seeds 1 to 5, where LSTM took 400 to 650 steps, GRU 100 to 150, and RNN was above 0.16 after 1,000.
 */
export function addingRun(cell: SizedCell, seed: number) {
  return {
    ...addingSettings,
    cell,
    layers: sizes.layers,
    hidden: hiddenFor(cell, parameters, sizes),
    window: 0,
    seed,
  } satisfies RunSettings;
}

export const addingSteps = 800;
