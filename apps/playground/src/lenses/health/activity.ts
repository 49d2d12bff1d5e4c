/** Saturated gates and dead units: statistics of each layer's values over a passage. */
import { noGrad, type Tensor } from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import { compiledAtRest } from "../../engine/compiled-at-rest.ts";
import { gatesOverTime, type StepValues, type ValueName } from "../../engine/gates.ts";
import type { Session, States } from "../../engine/session.ts";

/** A gate is open beyond this, and closed below 1 minus this; a value of tanh is at its end beyond it, on either side. */
export const saturation = 0.9;
/** A unit is silent if it never leaves ± this, and stuck if it never moves by more than this. */
export const stillness = 0.01;

export interface GateShare {
  readonly name: ValueName;
  /** σ is from 0 to 1, tanh from −1 to 1. */
  readonly kind: "σ" | "tanh";
  /** Shares of all units and time steps. */
  readonly low: number;
  readonly high: number;
}

export interface LayerActivity {
  /** Empty for cells without named gates. */
  readonly gates: readonly GateShare[];
  readonly units: number;
  readonly steps: number;
  readonly silent: readonly number[];
  readonly stuck: readonly number[];
}

/** The values that saturate, by the function that makes them. */
const squashed: Partial<Readonly<Record<ValueName, GateShare["kind"]>>> = {
  i: "σ",
  f: "σ",
  o: "σ",
  r: "σ",
  z: "σ",
  g: "tanh",
  n: "tanh",
};

export function activity(session: Session, position: number): LayerActivity[] {
  return noGrad(() => {
    const passage = session.task.passage(position);
    const layers = readerOf(session)(passage.inputs, session.statesBefore(passage));
    return layers.map((values) => activityOf(values, session.settings.hidden));
  });
}

type Reader = (inputs: Tensor, states: States) => StepValues<Tensor>[];

const readers = new WeakMap<Session, Reader>();

/** Every layer's values over a sequence, as one program that is kept with the session. */
function readerOf(session: Session): Reader {
  const kept = readers.get(session);
  if (kept !== undefined) return kept;
  const reader = compiledAtRest(session, (inputs: Tensor, states: States) => {
    let features = session.model.encode(inputs);
    return session.model.layers.map((layer, index) => {
      const state = states[index] ?? layer.cell.initialState(1);
      const values = gatesOverTime(layer.cell, features, state) ?? { h: layer.forward(features, { state }).output };
      features = values.h ?? features;
      return values;
    });
  });
  readers.set(session, reader);
  return reader;
}

function activityOf(values: StepValues<Tensor>, units: number): LayerActivity {
  const arrays = Object.entries(values).map(([name, value]) => [name as ValueName, numbersOf(value)] as const);
  const hidden = arrays.find(([name]) => name === "h")?.[1] ?? new Float32Array();
  // A plain RNN's state is a tanh itself.
  const isSquashed = values.a !== undefined;
  return {
    gates: arrays.flatMap(([name, data]) => shareOf(name, isSquashed && name === "h" ? "tanh" : squashed[name], data)),
    units,
    steps: hidden.length / units,
    ...stillUnits(hidden, units),
  };
}

function shareOf(name: ValueName, kind: GateShare["kind"] | undefined, data: Float32Array): GateShare[] {
  if (kind === undefined) return [];
  const bound = kind === "σ" ? 1 - saturation : -saturation;
  const share = (holds: (value: number) => boolean) => data.filter(holds).length / Math.max(1, data.length);
  return [{ name, kind, low: share((value) => value < bound), high: share((value) => value > saturation) }];
}

/** A unit that is silent is not called stuck as well. */
function stillUnits(hidden: Float32Array, units: number): { silent: number[]; stuck: number[] } {
  const [silent, stuck]: [number[], number[]] = [[], []];
  for (let unit = 0; unit < units; unit++) {
    const course = hidden.filter((_, at) => at % units === unit);
    const [low, high] = [Math.min(...course), Math.max(...course)];
    if (Math.max(-low, high) < stillness) silent.push(unit);
    else if (course.length > 1 && high - low < stillness) stuck.push(unit);
  }
  return { silent, stuck };
}
