/** All states of a session's model along a stretch of its data, also with a unit held still. */
import {
  add,
  compile,
  crossEntropy,
  type HiddenState,
  mean,
  mul,
  noGrad,
  scan,
  square,
  sub,
  Tensor,
  tensor,
  transpose,
} from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import type { Session, States } from "../../engine/session.ts";
import { reach } from "./sizes.ts";
import { type Stretch, stretchAt } from "./stretch.ts";

/** A unit whose h is `value` after every step, whatever its cell computes. */
export interface Held {
  readonly layer: number;
  readonly unit: number;
  readonly value: number;
}

export interface Recording {
  readonly stretch: Stretch;
  readonly units: number;
  /** Of each layer, after every element: [time, unit]. `c` has no layers where cells have no c. */
  readonly h: readonly Float32Array[];
  readonly c: readonly Float32Array[];
  /** [time, score or number]. */
  readonly outputs: Float32Array;
  /** Of each element, in bits or squared. */
  readonly losses: Float32Array;
}

interface Kept {
  /** What it is of: the step, the stretch and the unit. */
  readonly key: string;
  readonly recording: Recording;
}

/** The last recordings of each session, by how much they cover and whether a unit is held: answers share them. */
const kept = new WeakMap<Session, Map<string, Kept>>();

export interface RecordingOptions {
  /** At most as many elements as this. */
  readonly longest?: number;
  readonly held?: Held;
}

/** Of the elements around `position`, by the model as it is. */
export function recordingAt(session: Session, position: number, options: RecordingOptions = {}): Recording {
  const { longest = reach, held } = options;
  const all = kept.get(session) ?? new Map<string, Kept>();
  const place = `${longest} ${held === undefined ? "free" : "held"}`;
  const stretch = stretchAt(session, position, longest);
  const key = JSON.stringify([session.steps, stretch.start, held]);
  const last = all.get(place);
  if (last?.key === key) return last.recording;
  const recording = record(session, stretch, held);
  kept.set(session, all.set(place, { key, recording }));
  return recording;
}

function record(session: Session, stretch: Stretch, held?: Held): Recording {
  const { hidden, layers } = session.settings;
  const [rows = 0] = stretch.inputs.shape;
  const masks = Array.from({ length: layers }, (_, layer) => maskOf(hidden, held?.layer === layer ? held : undefined));
  return noGrad(() => {
    const initial = session.model.initialStates(rows);
    const states = stretch.before === undefined ? initial : session.predict(stretch.before, initial).states;
    const read = readerOf(session)(stretch.inputs, stretch.targets, states, masks);
    const flat = (values: Tensor, width: number) => picked(numbersOf(values), stretch, width);
    const outputWidth = read.outputs.shape[2] ?? 0;
    const toBits = session.task.output.kind === "tokens" ? 1 / Math.LN2 : 1;
    return {
      stretch,
      units: hidden,
      h: read.h.map((values) => flat(values, hidden)),
      c: read.c.map((values) => flat(values, hidden)),
      outputs: flat(read.outputs, outputWidth),
      losses: flat(read.losses, 1).map((loss, time) => loss * toBits * weightAt(session, time)),
    };
  });
}

/** What the loss of an element counts, where 1 is the mean. */
function weightAt({ task: { weights } }: Session, time: number): number {
  if (weights === undefined) return 1;
  return ((weights[time] ?? 0) * weights.length) / weights.reduce((sum, weight) => sum + weight, 0);
}

/** h′ = keep ⊙ h + fill */
interface Mask {
  readonly keep: Tensor;
  readonly fill: Tensor;
}

function maskOf(hidden: number, held: Held | undefined): Mask {
  const [keep, fill] = [new Float32Array(hidden).fill(1), new Float32Array(hidden)];
  if (held !== undefined) {
    keep[held.unit] = 0;
    fill[held.unit] = held.value;
  }
  return { keep: tensor(keep), fill: tensor(fill) };
}

interface ReadStates {
  readonly outputs: Tensor;
  readonly losses: Tensor;
  readonly h: readonly Tensor[];
  readonly c: readonly Tensor[];
}

type Reader = (inputs: Tensor, targets: Tensor, states: States, masks: readonly Mask[]) => ReadStates;

const readers = new WeakMap<Session, Reader>();

function readerOf(session: Session): Reader {
  const known = readers.get(session);
  if (known !== undefined) return known;
  const reader = compile((inputs: Tensor, targets: Tensor, states: States, masks: readonly Mask[]) =>
    read(session, inputs, targets, states, masks),
  );
  readers.set(session, reader);
  return reader;
}

/** As `model.forward`, with the state after every step, and with the masks between the steps. */
function read(
  { model, task }: Session,
  inputs: Tensor,
  targets: Tensor,
  states: States,
  masks: readonly Mask[],
): ReadStates {
  let features = swapTimeAndBatch(model.encode(inputs));
  const h: Tensor[] = [];
  const c: Tensor[] = [];
  for (const [index, { cell }] of model.layers.entries()) {
    const { keep, fill } = masks[index] ?? {};
    const step = (before: HiddenState, x: Tensor): [HiddenState, HiddenState] => {
      const { state } = cell.step(x, before);
      const after = keep === undefined || fill === undefined ? state.h : add(mul(keep, state.h), fill);
      const next = { ...state, h: after };
      return [next, next];
    };
    const [, after] = scan(step, states[index] ?? cell.initialState(inputs.shape[0] ?? 1), features);
    features = after.h;
    h.push(swapTimeAndBatch(after.h));
    if ("c" in after && after.c instanceof Tensor) c.push(swapTimeAndBatch(after.c));
  }
  const outputs = model.head.forward(swapTimeAndBatch(features));
  const losses =
    task.output.kind === "tokens"
      ? crossEntropy(outputs, targets, { reduction: "none" })
      : mean(square(sub(outputs, targets)), { axis: -1 });
  return { outputs, losses, h, c };
}

/** [batch, time, feature] ↔ [time, batch, feature] */
function swapTimeAndBatch(x: Tensor): Tensor {
  return transpose(x, [1, 0, 2]);
}

/** What the rows tell of their own elements, one after the other. */
function picked(values: Float32Array, { rows, labels }: Stretch, width: number): Float32Array {
  const time = values.length / width / rows.length;
  const result = new Float32Array(labels.length * width);
  for (const [row, { from, to, skip }] of rows.entries()) {
    const begin = (row * time + skip) * width;
    result.set(values.subarray(begin, begin + (to - from) * width), from * width);
  }
  return result;
}
