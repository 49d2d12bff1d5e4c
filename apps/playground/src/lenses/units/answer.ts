/** The values of a chosen unit along the text, and the effect of switching it off on the predictions. */
import type { Session } from "../../engine/session.ts";
import { type Recording, recordingAt } from "./recording.ts";
import { type Hold, type Part, shown } from "./sizes.ts";
import { statesOf } from "./states.ts";

export interface UnitQuestion {
  readonly position: number;
  readonly layer: number;
  readonly unit: number;
  readonly part: Part;
}

export interface UnitValues {
  /** The unit that was asked about: another one may have been chosen since. */
  readonly unit: number;
  readonly start: number;
  readonly labels: readonly string[];
  /** Of the unit, after each element. */
  readonly values: Float32Array;
  /** Of all units of its layer, at the position. */
  readonly neighbours: Float32Array;
  /** Of each unit of the layer, what its colours are relative to: 1 for h, its largest absolute value here for c. */
  readonly scales: Float32Array;
  readonly layers: number;
  /** Whether the cells have a c beside h. */
  readonly hasCell: boolean;
}

export function unitValues(session: Session, { position, layer, unit, part }: UnitQuestion): UnitValues {
  const recording = recordingAt(session, position, { longest: shown });
  const { stretch, units } = recording;
  const states = statesOf(recording, part)[layer] ?? new Float32Array();
  const at = position - stretch.start;
  return {
    unit,
    start: stretch.start,
    labels: stretch.labels,
    values: Float32Array.from(stretch.labels, (_, time) => states[time * units + unit] ?? 0),
    neighbours: states.slice(at * units, (at + 1) * units),
    scales: part === "h" || recording.c.length === 0 ? new Float32Array(units).fill(1) : largestOf(states, units),
    layers: session.settings.layers,
    hasCell: recording.c.length > 0,
  };
}

function largestOf(states: Float32Array, units: number): Float32Array {
  const largest = new Float32Array(units).fill(Number.EPSILON);
  for (let at = 0; at < states.length; at++) {
    const value = Math.abs(states[at] ?? 0);
    if (value > (largest[at % units] ?? 0)) largest[at % units] = value;
  }
  return largest;
}

export interface SwitchQuestion {
  readonly position: number;
  readonly layer: number;
  readonly unit: number;
  readonly hold: Hold;
}

export interface Change {
  readonly label: string;
  readonly before: number;
  readonly after: number;
}

export interface Switched {
  /** The unit that was asked about: another one may have been chosen since. */
  readonly unit: number;
  /** What h was held at. */
  readonly value: number;
  readonly elements: number;
  /** The mean loss of the elements: bits per character, or squared. */
  readonly loss: Change;
  /** Of what may come next at the position: the probabilities, most likely ones first; or the numbers. */
  readonly predictions: readonly Change[];
  /** By the character that was to be predicted: where the loss grew most in all. `count` of them were there. */
  readonly worst: readonly (Change & { readonly count: number })[];
}

const mostPredictions = 6;
const mostWorst = 5;
/** Fewer occurrences tell of chance. */
const fewest = 3;

export function unitSwitchedOff(session: Session, { position, layer, unit, hold }: SwitchQuestion): Switched {
  const before = recordingAt(session, position);
  const value = hold === "zero" ? 0 : meanOf(before, layer, unit);
  const after = recordingAt(session, position, { held: { layer, unit, value } });
  const mean = ({ losses }: Recording) => losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  return {
    unit,
    value,
    elements: before.losses.length,
    loss: { label: "", before: mean(before), after: mean(after) },
    predictions: predictionsAt(session, position - before.stretch.start, before, after),
    worst: session.task.output.kind === "tokens" ? worstOf(before, after) : [],
  };
}

function meanOf({ h, units }: Recording, layer: number, unit: number): number {
  const states = h[layer] ?? new Float32Array();
  let sum = 0;
  for (let at = unit; at < states.length; at += units) sum += states[at] ?? 0;
  return sum / (states.length / units);
}

function predictionsAt({ task }: Session, at: number, before: Recording, after: Recording): readonly Change[] {
  const { output } = task;
  const names = output.kind === "tokens" ? output.vocabulary : output.names;
  const row = ({ outputs }: Recording) => {
    const numbers = outputs.slice(at * names.length, (at + 1) * names.length);
    return output.kind === "tokens" ? softmaxOf(numbers) : numbers;
  };
  const [first, second] = [row(before), row(after)];
  const changes = names.map((label, index) => ({ label, before: first[index] ?? 0, after: second[index] ?? 0 }));
  if (output.kind !== "tokens") return changes;
  const size = (change: Change) => Math.max(change.before, change.after);
  return changes.toSorted((a, b) => size(b) - size(a)).slice(0, mostPredictions);
}

function softmaxOf(scores: Float32Array): Float32Array {
  const most = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

function worstOf(before: Recording, after: Recording): Switched["worst"] {
  const totals = new Map<string, { count: number; before: number; after: number }>();
  for (const [at, label] of before.stretch.targetLabels.entries()) {
    if (label === "") continue;
    const total = totals.get(label) ?? { count: 0, before: 0, after: 0 };
    totals.set(label, {
      count: total.count + 1,
      before: total.before + (before.losses[at] ?? 0),
      after: total.after + (after.losses[at] ?? 0),
    });
  }
  return Array.from(totals, ([label, total]) => ({ label, ...total }))
    .filter(({ count, before: was, after: is }) => count >= fewest && is > was)
    .toSorted((a, b) => b.after - b.before - (a.after - a.before))
    .slice(0, mostWorst)
    .map(({ label, count, before: was, after: is }) => ({ label, count, before: was / count, after: is / count }));
}
