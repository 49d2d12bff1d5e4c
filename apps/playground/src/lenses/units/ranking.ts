/** Which units tell which features of the text best. */
import type { Session } from "../../engine/session.ts";
import { type Feature, type FeatureId, featuresOf } from "./features.ts";
import { areaUnderCurve, correlation, levelsOf } from "./measures.ts";
import { type Recording, recordingAt } from "./recording.ts";
import type { Part } from "./sizes.ts";
import { statesOf } from "./states.ts";

export interface Ranked {
  readonly layer: number;
  readonly unit: number;
  /** From 0.5, which tells nothing, to 1 for AUC; from 0 to 1 for correlations. */
  readonly score: number;
  /** Whether its values are higher where the feature holds, or later in the line. */
  readonly isHigher: boolean;
}

export interface FeatureRanking {
  readonly id: FeatureId;
  readonly isYesOrNo: boolean;
  /** A position where it holds, the last of the first few in a row: what comes next ends it. */
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

/** Of each recording, as the lens and its explanation ask alike. */
const known = new WeakMap<Recording, Map<Part, Ranking>>();

export function unitRanking(session: Session, argument: { readonly position: number; readonly part: Part }): Ranking {
  const recording = recordingAt(session, argument.position);
  const rankings = known.get(recording) ?? new Map<Part, Ranking>();
  const ranking = rankings.get(argument.part) ?? rankUnits(session, recording, argument.part);
  known.set(recording, rankings.set(argument.part, ranking));
  return ranking;
}

function rankUnits(session: Session, recording: Recording, part: Part): Ranking {
  const { labels, start } = recording.stretch;
  // Numbers have no vowels, and what is many characters long is none.
  const features = session.task.input.kind === "tokens" ? featuresOf(labels) : [];
  const columns = columnsOf(recording, part);
  return { characters: labels.length, features: features.map((feature) => rank(feature, columns, start)) };
}

interface Column {
  readonly layer: number;
  readonly unit: number;
  readonly values: Float32Array;
  readonly levels: Uint16Array;
}

/** Each unit's values over time. */
function columnsOf(recording: Recording, part: Part): readonly Column[] {
  const { units } = recording;
  return statesOf(recording, part).flatMap((states, layer) =>
    Array.from({ length: units }, (_, unit) => {
      const values = new Float32Array(states.length / units);
      for (let at = 0; at < values.length; at++) values[at] = states[at * units + unit] ?? 0;
      return { layer, unit, values, levels: levelsOf(values) };
    }),
  );
}

function rank({ id, values, isYesOrNo }: Feature, columns: readonly Column[], start: number): FeatureRanking {
  const units = columns.map((column): Ranked => {
    const measured = isYesOrNo ? areaUnderCurve(column.levels, values) : correlation(column.values, values);
    const isHigher = measured >= (isYesOrNo ? 0.5 : 0);
    const score = isYesOrNo ? Math.max(measured, 1 - measured) : Math.abs(measured);
    return { layer: column.layer, unit: column.unit, score, isHigher };
  });
  const example = start + exampleOf(values);
  return { id, isYesOrNo, example, units: units.toSorted((a, b) => b.score - a.score).slice(0, best) };
}

function exampleOf(values: Float32Array): number {
  const isLast = (at: number) => (values[at] ?? 0) > 0 && (values[at + 1] ?? 0) === 0;
  const ends = Array.from(values.keys()).filter(isLast);
  return ends.find((at) => at > 2 && (values[at - 2] ?? 0) > 0) ?? ends[0] ?? 0;
}
