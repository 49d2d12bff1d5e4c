/** One step of a layer as the engine's own tape records it: a line per op. */
import { type HiddenState, noGrad, type Recurrent, Tape, type TapeNode, type Tensor } from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import { gatesOf, type StepValues } from "../../engine/gates.ts";
import type { Session } from "../../engine/session.ts";
import { courseOf, stepOf } from "./answer-course.ts";

type Variable = TapeNode["outputs"][number];

export interface TapeLine {
  /** `%3`. */
  readonly result: string;
  /** The value's name in the cell's equations, where it has one. */
  readonly name: string | undefined;
  readonly op: string;
  /** Names of Parameters and states, or earlier results. */
  readonly inputs: readonly string[];
  /** The op's own settings, such as an axis, as text; empty where it has none. */
  readonly attributes: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export interface TapeOptions {
  readonly position: number;
  readonly layer: number;
}

export function tapeOfStep(session: Session, { position, layer }: TapeOptions): readonly TapeLine[] {
  const recurrent = session.model.layers[layer];
  if (recurrent === undefined) throw new Error(`internal: the model has no layer ${layer}`);
  const { x, state } = noGrad(() => {
    const passage = session.task.passage(position);
    const time = Math.min(position - passage.start, passage.inputLabels.length - 1);
    return stepOf(courseOf(session, passage, undefined), layer, time);
  });
  return linesOf(recurrent, x, state);
}

/** What the cell's step puts on a tape that keeps everything. */
export function linesOf(layer: Recurrent<HiddenState>, x: Tensor, state: HiddenState): readonly TapeLine[] {
  const tape = new Tape({ keep: "all" });
  tape.record(() => layer.cell.step(x, state));
  const known = new Map<number, string>();
  for (const [name, { value }] of layer.namedParameters()) known.set(value.variable.id, name.replace("cell.", ""));
  for (const [name, { variable }] of Object.entries<Tensor>({ x, ...state })) known.set(variable.id, name);
  const namesOf = equationNames(gatesOf(layer.cell, x, state) ?? {});
  let results = 0;
  const nameOf = ({ id }: Variable) => {
    const name = known.get(id) ?? `%${results++}`;
    known.set(id, name);
    return name;
  };
  return tape.nodes.flatMap(({ op, attributes, inputs, outputs, savedOutputs }) => {
    const read = inputs.map(nameOf);
    return savedOutputs.flatMap((output, index) => {
      const variable = outputs[index];
      if (output === undefined || variable === undefined) return [];
      const values = numbersOf(output);
      return {
        result: nameOf(variable),
        name: namesOf(values),
        op: op.name,
        inputs: read,
        attributes: textOf(attributes),
        dtype: output.dtype,
        shape: output.shape,
        values,
      };
    });
  });
}

/** The name of the first result with the numbers that a value of the equations has; each name is given once. */
function equationNames(values: StepValues<Float32Array>): (result: Float32Array) => string | undefined {
  const left = new Map(Object.entries(values));
  return (result) => {
    const [name] =
      [...left].find(([, value]) => value.length === result.length && value.every((v, i) => v === result[i])) ?? [];
    if (name !== undefined) left.delete(name);
    return name;
  };
}

/** The attributes that are data and say something: numbers, lists, flags that are set. */
function textOf(attributes: object): string {
  return Object.entries(attributes)
    .flatMap(([name, value]) => {
      const text = JSON.stringify(value);
      if (text === undefined || value === false) return [];
      return value === true ? name : `${name}: ${text}`;
    })
    .join(", ");
}
