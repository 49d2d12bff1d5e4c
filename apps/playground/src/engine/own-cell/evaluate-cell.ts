/**
 * Evaluates a cell's source to a function that makes the cell. This evaluates text, so on the page only the worker of a sandbox
 * may load this file.
 */
import * as tapegrad from "tapegrad";
import { type Generator, type HiddenState, Module, TapegradError, type Tensor } from "tapegrad";
import type { AnyCell, MakeCell, OwnCells } from "../cells.ts";
import { evaluated } from "./error-lines.ts";
import { type Script, scriptOf } from "./script.ts";

/**
 * The maker of the cell that `source` exports by default, or of its last class: a class of `(input, hidden, generator)` with
 * `initialState` and `step`, a function that returns such an object, or the object itself. Everything of "tapegrad" and the three
 * names are in scope. The source is evaluated once for each layer.
 * @throws TapegradError for a source without a cell; whatever the source throws.
 */
export function makerOf(source: string): MakeCell {
  const script = scriptOf(source);
  return (input, hidden, generator) => checked(cellOf(script, { input, hidden, generator }), hidden);
}

export const ownCells: OwnCells = {
  makerOf,
  namesIn: (source) => {
    const words = new Set(source.match(/[\w$]+/g));
    return Object.keys(tapegrad).filter((name) => words.has(name));
  },
};

interface Given {
  readonly input: number;
  readonly hidden: number;
  readonly generator: Generator;
}

/** The one place with casts: what a text evaluates to has no type until `checked` has looked at it. */
function cellOf({ code, result }: Script, given: Given): unknown {
  const scope = { ...tapegrad, ...given, $tapegrad: tapegrad };
  const made: unknown = new Function(...Object.keys(scope), evaluated(code, result))(...Object.values(scope));
  if (typeof made !== "function") return made;
  const { input, hidden, generator } = given;
  return /^class\b/.test(Function.prototype.toString.call(made))
    ? new (made as new (...sizes: readonly unknown[]) => unknown)(input, hidden, generator)
    : (made as (...sizes: readonly unknown[]) => unknown)(input, hidden, generator);
}

/** An object's properties as a module, so that its Parameters are found by their names. */
class ObjectCell extends Module {
  declare readonly initialState: AnyCell["initialState"];
  declare readonly step: AnyCell["step"];

  forward(x: Tensor, state: HiddenState) {
    return this.step(x, state);
  }
}

/** @throws TapegradError unless it is a cell whose state and output fit the rest of the model. */
function checked(made: unknown, hidden: number): AnyCell {
  const form = "export default a class that extends Module, or an object, with initialState(batch) and step(x, state)";
  if (typeof made !== "object" || made === null || !("initialState" in made) || !("step" in made))
    throw new TapegradError("own cell", "there is no cell in this source", form);
  const isModule = made instanceof Module;
  if (!isModule && Object.getPrototypeOf(made) !== Object.prototype)
    throw new TapegradError("own cell", "its Parameters would not be found", "let the class extend Module");
  const cell = (isModule ? made : Object.assign(new ObjectCell(), made)) as AnyCell;
  const state: Readonly<Record<string, unknown>> = { h: undefined, ...Object(cell.initialState(1)) };
  for (const [name, value] of Object.entries(state)) {
    const shape = value instanceof tapegrad.Tensor ? value.shape : undefined;
    if (shape?.length === 2 && shape[0] === 1 && (name !== "h" || shape[1] === hidden)) continue;
    const found = shape === undefined ? "is no tensor" : `is [${shape.join(", ")}] for a batch of 1`;
    throw new TapegradError(
      "own cell",
      `${name} of the initial state ${found}`,
      "return tensors by name, such as { h: zeros([batch, hidden]) }, from initialState(batch)",
    );
  }
  return cell;
}
