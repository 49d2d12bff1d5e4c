/** Turns numbers into a diagnosis: their meaning and the remedy. The thresholds are here, and stated in the texts. */
import type { Health } from "./answer.ts";

export const findingNames = ["numbers", "gates", "units", "updates", "clipping", "memory"] as const;
export type FindingName = (typeof findingNames)[number];

/** "note" is neither good nor bad. */
export type State = "good" | "watch" | "bad" | "note";

export interface Finding {
  readonly name: FindingName;
  readonly state: State;
  /** Whether a lower learning rate is the remedy. */
  readonly lowerRate: boolean;
}

/** Shares of a gate's values that are at an end. */
export const saturatedShares = { note: 0.5, watch: 0.9 } as const;
/** Shares of a layer's units that are silent or stuck. */
export const stillShares = { watch: 0, bad: 0.5 } as const;
/** ‖Δθ‖ ÷ ‖θ‖: about a thousandth is usual. */
export const usualRatio = 1e-3;
export const ratios = { slow: 1e-5, watch: 1e-1, bad: 1 } as const;
/** Share of the latest steps that are clipped. */
export const clippedShare = 0.5;

export function findings(health: Health): Finding[] {
  const { state: updates, slow } = updateState(health);
  // Where numbers are none, little can be said of the rest.
  if (!isSound(health)) return [{ name: "numbers", state: "bad", lowerRate: false }];
  return [
    { name: "numbers", state: "good", lowerRate: false },
    { name: "gates", state: gateState(health), lowerRate: false },
    { name: "units", state: graded(stillShare(health), stillShares), lowerRate: false },
    { name: "updates", state: updates, lowerRate: (updates === "watch" || updates === "bad") && !slow },
    { name: "clipping", state: clippingState(health), lowerRate: clippingState(health) === "watch" },
    { name: "memory", state: "note", lowerRate: false },
  ];
}

/** Whether everything that the next step computes is a number. */
export function isSound({ matrices }: Health): boolean {
  return matrices.every(({ weight, gradient, update }) => Number.isFinite(weight + gradient + update));
}

/** A gate that has learned something may well be at its ends, so that is a note before it is a warning. */
function gateState(health: Health): State {
  const share = worstSaturation(health)?.share ?? 0;
  if (share > saturatedShares.watch) return "watch";
  return share > saturatedShares.note ? "note" : "good";
}

/** The gate with most of its values at an end. */
export function worstSaturation({ layers }: Health) {
  const gates = layers.flatMap(({ gates: own }, layer) =>
    own.map((gate) => ({ ...gate, layer, share: gate.low + gate.high })),
  );
  return gates.reduce<(typeof gates)[number] | undefined>(
    (worst, gate) => (worst === undefined || gate.share > worst.share ? gate : worst),
    undefined,
  );
}

/** Of the layer with the largest share of units that say nothing. */
export function stillShare({ layers }: Health): number {
  return Math.max(0, ...layers.map(({ silent, stuck, units }) => (silent.length + stuck.length) / units));
}

/** The matrix that the next step changes most, and least, for its size. Biases start near zero and are left out. */
export function extremeUpdates({ matrices }: Health) {
  const moved = matrices
    .filter(({ shape, weight, update }) => shape.length > 1 && weight > 0 && Number.isFinite(update))
    .map(({ name, update, weight }) => ({ name, ratio: update / weight }))
    .toSorted((a, b) => a.ratio - b.ratio);
  return { least: moved[0], most: moved.at(-1) };
}

function updateState(health: Health): { state: State; slow: boolean } {
  const { least, most } = extremeUpdates(health);
  if (least === undefined || most === undefined) return { state: "note", slow: false };
  const fast = graded(most.ratio, ratios);
  if (fast !== "good") return { state: fast, slow: false };
  return most.ratio < ratios.slow ? { state: "watch", slow: true } : { state: "good", slow: false };
}

function clippingState({ clip: { limit, steps, clipped } }: Health): State {
  if (limit === 0 || steps === 0) return "note";
  return clipped / steps > clippedShare ? "watch" : "good";
}

function graded(value: number, { watch, bad }: { readonly watch: number; readonly bad: number }): State {
  if (value > bad) return "bad";
  return value > watch ? "watch" : "good";
}
