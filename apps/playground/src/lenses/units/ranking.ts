/** Which units tell which features of the text best. */
import type { Session } from "../../engine/session.ts";
import { type Feature, type FeatureId, featuresOf } from "./features.ts";
import { areaUnderCurve, correlation, levelsOf } from "./measures.ts";
import { type Recording, recordingAt } from "./recording.ts";
import type { Part } from "./sizes.ts";

export interface Ranked {
  readonly layer: number;
  readonly unit: number;
  /** Which of its states tells it: c where that tells it clearly better than h, which others see. */
  readonly part: Part;
  /** From 0.5, which tells nothing, to 1 for AUC; from 0 to 1 for correlations. */
  readonly score: number;
  /** Whether its values are higher where the feature holds, or later in the line. */
  readonly isHigher: boolean;
}

export interface FeatureRanking {
  readonly id: FeatureId;
  readonly isYesOrNo: boolean;
  /** A position to see it at: the last of the first few in a row where it holds, or a line's end. */
  readonly example: number;
  /** The best first. */
  readonly units: readonly Ranked[];
}

export interface Ranking {
  /** Characters that the units were judged on. */
  readonly characters: number;
  readonly features: readonly FeatureRanking[];
}

const best = 3;
/** By how much c must tell better than h. */
const clearly = 0.02;

/** Of each recording, as the lens and its explanation ask alike. */
const known = new WeakMap<Recording, Ranking>();

export function unitRanking(session: Session, { position }: { readonly position: number }): Ranking {
  const recording = recordingAt(session, position);
  const ranking = known.get(recording) ?? rankUnits(session, recording);
  known.set(recording, ranking);
  return ranking;
}

function rankUnits(session: Session, recording: Recording): Ranking {
  const { labels, start } = recording.stretch;
  // Numbers have no vowels, and what is many characters long is none.
  const features = session.task.input.kind === "tokens" ? featuresOf(labels) : [];
  const columns = [...columnsOf(recording.h, recording.units, "h"), ...columnsOf(recording.c, recording.units, "c")];
  return { characters: labels.length, features: features.map((feature) => rank(feature, columns, start)) };
}

interface Column {
  readonly layer: number;
  readonly unit: number;
  readonly part: Part;
  readonly values: Float32Array;
  readonly levels: Uint16Array;
}

/** Each unit's values over time. */
function columnsOf(layers: readonly Float32Array[], units: number, part: Part): readonly Column[] {
  return layers.flatMap((states, layer) =>
    Array.from({ length: units }, (_, unit) => {
      const values = new Float32Array(states.length / units);
      for (let at = 0; at < values.length; at++) values[at] = states[at * units + unit] ?? 0;
      return { layer, unit, part, values, levels: levelsOf(values) };
    }),
  );
}

function rank({ id, values, isYesOrNo }: Feature, columns: readonly Column[], start: number): FeatureRanking {
  const all = columns.map((column): Ranked => {
    const measured = isYesOrNo ? areaUnderCurve(column.levels, values) : correlation(column.values, values);
    const isHigher = measured >= (isYesOrNo ? 0.5 : 0);
    const score = isYesOrNo ? Math.max(measured, 1 - measured) : Math.abs(measured);
    return { layer: column.layer, unit: column.unit, part: column.part, score, isHigher };
  });
  const preference = ({ score, part }: Ranked) => score + (part === "h" ? clearly : 0);
  const byUnit = Map.groupBy(all, ({ layer, unit }) => `${layer} ${unit}`);
  const units = Array.from(byUnit.values(), (states) =>
    states.reduce((chosen, other) => (preference(other) > preference(chosen) ? other : chosen)),
  );
  const example = start + (isYesOrNo ? lastOf(values) : furthest(values));
  return { id, isYesOrNo, example, units: units.toSorted((a, b) => b.score - a.score).slice(0, best) };
}

function lastOf(values: Float32Array): number {
  const isLast = (at: number) => (values[at] ?? 0) > 0 && (values[at + 1] ?? 0) === 0;
  const ends = Array.from(values.keys()).filter(isLast);
  return ends.find((at) => at > 2 && (values[at - 2] ?? 0) > 0) ?? ends[0] ?? 0;
}

function furthest(values: Float32Array): number {
  return values.indexOf(values.reduce((most, value) => Math.max(most, value), 0));
}
