/** The chain through a passage, and one step of it from the inside, in plain arrays. */
import {
  type Cell,
  GRUCell,
  type HiddenState,
  LSTMCell,
  noGrad,
  type Parameter,
  RNNCell,
  softmax,
  type Tensor,
} from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import { mapValues, type StepValues, type ValueName, valueNames } from "../../engine/gates.ts";
import type { Session } from "../../engine/session.ts";
import type { Elements } from "../../engine/tasks/task.ts";
import { courseOf, type Held, stepIn, stepOf } from "./answer-course.ts";

export interface InsideOptions {
  readonly position: number;
  readonly layer: number;
  readonly unit: number;
  readonly held: Held | undefined;
}

/** The sum that a value of one unit is a function of: Σ input · x + biasInput + Σ hidden · h + biasHidden. */
export interface Affine {
  readonly input: Float32Array;
  readonly hidden: Float32Array;
  readonly biasInput: number;
  readonly biasHidden: number;
}

/** One step of the chosen layer. */
export interface InsideStep {
  /** What the layer reads, and its state before: c where the cell has one. */
  readonly x: Float32Array;
  readonly h: Float32Array;
  readonly c: Float32Array | undefined;
  /** [unit] each, with what is held; and without. */
  readonly values: StepValues<Float32Array>;
  readonly freeValues: StepValues<Float32Array>;
  /** Of the chosen unit: the sums of those values that are functions of one. */
  readonly sums: StepValues<Affine>;
}

export interface Inside {
  /** The position of the passage's first element, and the index of the step that is looked at. */
  readonly start: number;
  readonly time: number;
  /** What the first step is counted as: a sequence that begins anew begins at 1. */
  readonly firstStep: number;
  readonly inputLabels: readonly string[];
  readonly targetLabels: readonly string[];
  /** Whether the state is carried in from what comes before. */
  readonly carries: boolean;
  /** Of each step, whether the task asks for an output there. */
  readonly asked: readonly boolean[];
  readonly units: number;
  /** What an output is. */
  readonly output: Elements;
  /** Of each layer, h after each step: [time, unit]. */
  readonly hidden: readonly Float32Array[];
  /** [time, token] probabilities, or [time, number]; and without what is held, where something is. */
  readonly outputs: Float32Array;
  readonly freeOutputs: Float32Array | undefined;
  /** Whether something is held, here or at another step of the passage. */
  readonly isHeld: boolean;
  /** Of the chosen unit: each value over time, [time] each. */
  readonly course: StepValues<Float32Array>;
  readonly step: InsideStep;
}

export function inside(session: Session, { position, layer, unit, held }: InsideOptions): Inside {
  return noGrad(() => {
    const passage = session.task.passage(position);
    const { start, inputLabels, targetLabels } = passage;
    const { length } = inputLabels;
    const time = Math.min(position - start, length - 1);
    const isHeld =
      held !== undefined && canHold(session, held) && held.position >= start && held.position < start + length;
    const free = courseOf(session, passage, undefined);
    const course = isHeld ? courseOf(session, passage, held) : free;
    const { x, state } = stepOf(course, layer, time);
    const values: StepValues<Tensor> = course.layers[layer] ?? {};
    const freeValues: StepValues<Tensor> = free.layers[layer] ?? {};
    const probabilities = ({ outputs }: { readonly outputs: Tensor }) =>
      numbersOf(session.task.output.kind === "tokens" ? softmax(outputs) : outputs);
    const before: Readonly<Record<string, Tensor>> = { ...state };
    return {
      start,
      time,
      firstStep: passage.before === undefined ? 1 : start + 1,
      inputLabels,
      targetLabels,
      carries: passage.before !== undefined,
      asked: inputLabels.map((_, at) => (session.task.weights?.[at] ?? 1) > 0),
      units: session.settings.hidden,
      output: session.task.output,
      hidden: course.layers.map(({ h }) => numbersOf(h)),
      outputs: probabilities(course),
      isHeld,
      freeOutputs: isHeld ? probabilities(free) : undefined,
      course: mapValues(values, (sequence) => numbersOf(sequence.slice([0, 0, unit], [1, length, unit + 1]))),
      step: {
        x: numbersOf(x),
        h: numbersOf(state.h),
        c: before.c && numbersOf(before.c),
        values: mapValues(values, (sequence) => numbersOf(stepIn(sequence, time))),
        freeValues: mapValues(freeValues, (sequence) => numbersOf(stepIn(sequence, time))),
        sums: sumsOf(session.model.layers[layer]?.cell, unit),
      },
    };
  });
}

/** What is held may come from a link, or be left from another model. */
function canHold({ model, settings }: Session, { layer, name, unit }: Held): boolean {
  const { cell } = model.layers[layer] ?? {};
  return cell !== undefined && valueNames(cell).includes(name) && (unit === "all" || unit < settings.hidden);
}

/** The values that are functions of a projection's rows, in the rows' order. */
function rowsOf(cell: GRUCell | LSTMCell | RNNCell): readonly ValueName[] {
  if (cell instanceof LSTMCell) return ["i", "f", "g", "o"];
  return cell instanceof GRUCell ? ["r", "z", "n"] : ["a"];
}

function sumsOf(cell: Cell<HiddenState> | undefined, unit: number): StepValues<Affine> {
  if (!(cell instanceof LSTMCell || cell instanceof GRUCell || cell instanceof RNNCell)) return {};
  const { hidden, weight_ih, weight_hh, bias_ih, bias_hh } = cell;
  const row = ({ value }: Parameter, gate: number) =>
    numbersOf(value.slice([gate * hidden + unit], [gate * hidden + unit + 1]));
  const bias = (parameter: Parameter | undefined, gate: number) => (parameter && row(parameter, gate)[0]) ?? 0;
  return Object.fromEntries(
    rowsOf(cell).map((name, gate) => [
      name,
      {
        input: row(weight_ih, gate),
        hidden: row(weight_hh, gate),
        biasInput: bias(bias_ih, gate),
        biasHidden: bias(bias_hh, gate),
      },
    ]),
  );
}
