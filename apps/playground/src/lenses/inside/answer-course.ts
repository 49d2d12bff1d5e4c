/** All values of all layers through a passage, as the model computes them, and as it would with one of them held. */
import { type Cell, type HiddenState, type Tensor, tensor } from "tapegrad";
import { compiledAtRest } from "../../engine/compiled-at-rest.ts";
import { gatesOverTime, type HeldOverTime, type StepValues, type ValueName, valueNames } from "../../engine/gates.ts";
import type { Session, States } from "../../engine/session.ts";
import type { Passage } from "../../engine/tasks/task.ts";

/** A value that somebody holds at one step of one layer, of one unit or of all. */
export interface Held {
  readonly position: number;
  readonly layer: number;
  readonly name: ValueName;
  readonly unit: number | "all";
  readonly value: number;
}

export interface Course {
  /** Of each layer, the state before the passage. */
  readonly before: States;
  /** Of each layer, what it reads: [1, time, feature]. */
  readonly features: readonly Tensor[];
  /** Of each layer, its values: [1, time, hidden] each, h alone where the cell has no names for others. */
  readonly layers: readonly LayerCourse[];
  /** [1, time, score or number]. */
  readonly outputs: Tensor;
}

type LayerCourse = StepValues<Tensor> & { readonly h: Tensor };

type Read = (inputs: Tensor, before: States, holds: readonly HeldOverTime[]) => Omit<Course, "before">;

/** One program per model and length, whatever is held. */
const readers = new WeakMap<Session, Read>();

export function courseOf(session: Session, passage: Passage, held: Held | undefined): Course {
  const { model, settings } = session;
  let read = readers.get(session);
  if (read === undefined) {
    read = compiledAtRest(session, (inputs: Tensor, before: States, holds: readonly HeldOverTime[]) =>
      readHeld(session, inputs, before, holds),
    );
    readers.set(session, read);
  }
  const holds = model.layers.map(({ cell }, layer) =>
    holdOf(cell, settings.hidden, passage, held?.layer === layer ? held : undefined),
  );
  const before = session.statesBefore(passage);
  return { before, ...read(passage.inputs, before, holds) };
}

/** What a layer reads at a step, [1, feature], and its state before. */
export function stepOf(course: Course, layer: number, time: number): { x: Tensor; state: HiddenState } {
  const [below, values, start] = [course.features[layer], course.layers[layer], course.before[layer]];
  if (below === undefined || values === undefined || start === undefined)
    throw new Error(`internal: the model has no layer ${layer}`);
  const x = stepIn(below, time);
  if (time === 0) return { x, state: start };
  const h = stepIn(values.h, time - 1);
  const { c } = values;
  return { x, state: { h, ...(c && { c: stepIn(c, time - 1) }) } };
}

/** [1, time, feature] → [1, feature]. */
export function stepIn(sequence: Tensor, time: number): Tensor {
  return sequence.slice([0, time], [1, time + 1]).squeeze({ axis: 1 });
}

function readHeld({ model }: Session, inputs: Tensor, before: States, holds: readonly HeldOverTime[]) {
  const features: Tensor[] = [];
  const layers: LayerCourse[] = [];
  let below = model.encode(inputs);
  for (const [index, layer] of model.layers.entries()) {
    const state = before[index];
    if (state === undefined) throw new Error("internal: a layer has no state");
    features.push(below);
    const values = gatesOverTime(layer.cell, below, state, holds[index]) ?? {};
    below = values.h ?? layer.forward(below, { state }).output;
    layers.push({ ...values, h: below });
  }
  return { features, layers, outputs: model.head.forward(below) };
}

/** What is held of a layer, which may be nothing. */
function holdOf(cell: Cell<HiddenState>, hidden: number, passage: Passage, held: Held | undefined): HeldOverTime {
  const { length } = passage.inputLabels;
  const steps = new Float32Array(length);
  if (held !== undefined) steps[held.position - passage.start] = 1;
  const mask: Partial<Record<ValueName, Tensor>> = {};
  const at: Partial<Record<ValueName, Tensor>> = {};
  for (const name of valueNames(cell)) {
    const isHeld = (unit: number) => held?.name === name && (held.unit === "all" || held.unit === unit);
    const units = Float32Array.from({ length: hidden }, (_, unit) => (isHeld(unit) ? 1 : 0));
    mask[name] = tensor(units);
    at[name] = tensor(units.map((share) => share * (held?.value ?? 0)));
  }
  return { steps: tensor(steps, { shape: [1, length, 1] }), mask, at };
}
