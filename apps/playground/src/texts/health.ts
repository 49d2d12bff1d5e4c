/** The texts of the Health lens. Thresholds are stated in words beside the figures that they judge. */
import { shortNumber } from "../components/short-number.ts";
import type { Anomaly } from "../lenses/health/anomaly.ts";
import type { Health } from "../lenses/health/answer.ts";
import {
  extremeUpdates,
  type Finding,
  type FindingName,
  type State,
  worstSaturation,
} from "../lenses/health/findings.ts";

export const healthTexts = {
  waiting: "Looking at the network …",
  diagnosis: "Diagnosis",
  states: { good: "good", watch: "watch", bad: "bad", note: "note" } satisfies Readonly<Record<State, string>>,
  names: {
    numbers: "Numbers",
    gates: "Gates",
    units: "Units",
    updates: "Step size",
    clipping: "Clipping",
    memory: "Memory",
  } satisfies Readonly<Record<FindingName, string>>,
  lowerRate: (rate: number) => `Lower the learning rate to ${rate}`,
  gates: "Saturated gates",
  gatesExplained:
    "Shares of each gate's values on the passage around the cursor. At an end (σ below 0.1 or above 0.9, tanh beyond ±0.9) a gate hardly passes gradient on.",
  gateColumns: { gate: "Gate", low: "at its low end", high: "at its high end" },
  noGates: "This cell has no gates with names.",
  still: "Units that say nothing",
  silent: "Silent",
  stuck: "Stuck",
  stillExplained:
    "Silent: |h| stays below 0.01 on the whole passage. Stuck: h moves by less than 0.01. Choose one to see it in the other lenses.",
  matrices: "What the next step does to each matrix",
  matricesExplained:
    "● update ÷ weight, on a logarithmic scale; about 0.001 (the line) is usual. ○ length of the gradient, before clipping.",
  matrixColumns: { name: "Matrix", picture: "1e-6 … 1", ratio: "update ÷ weight", gradient: "gradient" },
  tape: "What the tape of one step keeps",
  tapeColumns: { op: "Op", nodes: "applications", bytes: "bytes kept" },
  numbers: "The first NaN",
  numbersExplained:
    "detectAnomaly takes the next step op by op and looks at every result, forward and back. Nothing changes in the run.",
  look: "Run one step under detectAnomaly",
  provoke: "Provoke a NaN",
  provoked: (rate: number) =>
    `Sets the learning rate to ${rate.toExponential(0)} and trains. To come back: rewind, and choose another rate.`,
  stopped: "Training stopped:",
} as const;

const percent = (share: number) => `${Math.round(share * 100)} %`;

export function shortBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A finding in words: what is so, the threshold, and what to do where there is something to do. */
export function said({ name, state }: Finding, health: Health): string {
  return sentences[name](health, state);
}

const sentences: Readonly<Record<FindingName, (health: Health, state: State) => string>> = {
  numbers: (_, state) =>
    state === "good"
      ? "Weights and gradients are all numbers."
      : "The next step computes a NaN or an infinity: look below for the op that makes it. Then rewind, with a lower learning rate.",
  gates: (health, state) => {
    const worst = worstSaturation(health);
    if (worst === undefined) return healthTexts.noGates;
    const where = health.layers.length > 1 ? ` of layer ${worst.layer + 1}` : "";
    const fact = `${percent(worst.share)} of the values of ${worst.name}${where} are at an end.`;
    if (state === "good") return `${fact} Below 50 % gradients pass well.`;
    if (state === "note")
      return `${fact} So is a gate that has decided; it is harmful only where the loss no longer falls.`;
    return `${fact} Above 90 % hardly any gradient passes: lower the learning rate, or try another seed.`;
  },
  units: ({ layers }, state) => {
    const silent = layers.reduce((sum, layer) => sum + layer.silent.length, 0);
    const stuck = layers.reduce((sum, layer) => sum + layer.stuck.length, 0);
    const units = layers.reduce((sum, layer) => sum + layer.units, 0);
    if (state === "good") return `All ${units} units move by more than 0.01 on this passage.`;
    return `${silent} of ${units} units stay below 0.01, and ${stuck} more do not move by 0.01: they tell the network nothing here. Look at another passage; if they are still there, fewer units would do.`;
  },
  updates: (health, state) => {
    const { least, most } = extremeUpdates(health);
    if (least === undefined || most === undefined) return "There are no weights yet.";
    const fact = `The next step moves ${most.name} most: by ${shortNumber(most.ratio)} of its length.`;
    if (state === "good") return `${fact} About 0.001 is usual, and below 0.1 is fine.`;
    if (most.ratio < 0.001) return `${fact} Below 0.00001 hardly anything is learned: raise the learning rate.`;
    return `${fact} Above 0.1 a step forgets what the steps before learned: lower the learning rate.`;
  },
  clipping: ({ clip: { limit, norm, steps, clipped } }, state) => {
    if (limit === 0) return "Nothing is clipped: no limit is set.";
    if (steps === 0)
      return `No step was taken yet. The next gradient is ${shortNumber(norm)} long; above ${limit} it is clipped.`;
    const fact = `${clipped} of the last ${steps} gradients were longer than ${limit}, and clipped.`;
    if (state === "good") return `${fact} Fewer than half is fine: clipping catches the exceptions.`;
    return `${fact} When more than half are, the limit sets the pace: lower the learning rate, or raise the limit.`;
  },
  memory: ({ tape }) => {
    const compiled =
      tape.compiled === undefined
        ? ""
        : ` Compiled, the whole step needs ${shortBytes(tape.compiled)} beside the weights.`;
    return `For the way back through ${tape.steps} time steps of ${tape.batch} ${tape.batch === 1 ? "sequence" : "sequences"}, the tape keeps ${shortBytes(tape.bytes)}.${compiled} A shorter window keeps less.`;
  },
};

export function saidOfAnomaly(anomaly: Anomaly): string {
  switch (anomaly.kind) {
    case "none":
      return "No op of the next step makes a NaN or an infinity, forward or back.";
    case "weights":
      return `An earlier step has made these weights no numbers: ${anomaly.names.join(", ")}. Rewind, lower the learning rate, and look again before it happens.`;
    case "op":
      return `${anomaly.op} is the first op that goes wrong: it made ${anomaly.made} from finite numbers. Its operands:`;
  }
}

export function saidOfOperand({ shape, matrices }: Extract<Anomaly, { kind: "op" }>["operands"][number]): string {
  if (matrices.length === 0) return `${shape}, values that were computed in this step`;
  const named = matrices.map(({ name, largest }) => `${name} (largest magnitude ${largest.toExponential(1)})`);
  return `${shape}, the shape of ${named.join(", ")}`;
}

export function saidInShort(health: Health, step: number): string {
  const { most } = extremeUpdates(health);
  const worst = worstSaturation(health);
  if (most === undefined) return `After ${step} steps the weights or their gradients are no longer numbers.`;
  const moved = `the next one moves ${most.name} by ${shortNumber(most.ratio)} of its length`;
  const gates = worst === undefined ? "" : `, and ${percent(worst.share)} of ${worst.name} is saturated`;
  return `After ${step} steps ${moved}${gates}. A step should change each matrix by about a thousandth: much more forgets what was learned, much less learns nothing.`;
}
