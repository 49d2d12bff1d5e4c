/** Reads and writes the state of modules and optimisers, named Parameters, as dictionaries of tensors. */
import { castTo } from "../dispatch/apply.ts";
import { checkBoolean, describeValue, optionsOf } from "../errors/arguments.ts";
import { DTypeError, ShapeError, TapegradError } from "../errors/errors.ts";
import { isPlainObject } from "../errors/plain-object.ts";
import { computedIn } from "../tensor/dtype.ts";
import { formatShape, sameShape } from "../tensor/shape.ts";
import { Tensor } from "../tensor/tensor.ts";
import type { Parameter } from "./parameter.ts";

/** Parameters by name, in order. */
export type NamedState = Iterable<readonly [name: string, parameter: Parameter]>;

/** Options of `loadStateDict`. */
export interface LoadOptions {
  /** Whether names that only one side has are an error; true by default. */
  readonly strict?: boolean | undefined;
}

/** What `loadStateDict` left alone; with `strict` nothing. */
export interface LoadReport {
  /** Names that the dictionary lacks; their Parameters are as before. */
  readonly missing: readonly string[];
  /** Names that only the dictionary has. */
  readonly unknown: readonly string[];
}

const loadOptions = { strict: checkBoolean } as const;

/** The very tensors: they never change, later steps make new ones. @throws TapegradError for a name that comes twice. */
export function stateOf(named: NamedState): Record<string, Tensor> {
  return Object.fromEntries(Array.from(byName("stateDict", named), ([name, parameter]) => [name, parameter.value]));
}

/**
 * Takes over all of `state`, a state of `what`, or nothing.
 * @throws TapegradError naming missing and unknown names, ShapeError or DTypeError for a value that does not fit.
 */
export function loadState(
  what: string,
  named: NamedState,
  state: Readonly<Record<string, Tensor>>,
  options: LoadOptions = {},
): LoadReport {
  const op = "loadStateDict";
  const { strict = true } = optionsOf(op, options, loadOptions);
  if (!isPlainObject(state))
    throw new DTypeError(op, `not a dictionary of tensors: ${describeValue(state)}`, `load a state of ${what}`);
  const own = byName(op, named);
  const missing = [...own.keys()].filter((name) => !Object.hasOwn(state, name));
  const unknown = Object.keys(state).filter((name) => !own.has(name));
  if (strict && (missing.length > 0 || unknown.length > 0)) {
    const list = (names: string[]) => names.join(", ") || "none";
    throw new TapegradError(
      op,
      `names differ: missing ${list(missing)}; unknown ${list(unknown)}`,
      `load a state of ${what}`,
    );
  }
  const values = [...own].flatMap(([name, parameter]) =>
    Object.hasOwn(state, name) ? [[parameter, fitting(name, parameter, state[name], what)] as const] : [],
  );
  for (const [parameter, value] of values) parameter.assign(value);
  return { missing, unknown };
}

function fitting(name: string, { shape, dtype }: Parameter, value: unknown, what: string): Tensor {
  const op = "loadStateDict";
  if (!(value instanceof Tensor))
    throw new DTypeError(op, `${name} is not a tensor: ${describeValue(value)}`, `load a state of ${what}`);
  if (!sameShape(value.shape, shape)) {
    throw new ShapeError(
      op,
      `${name} has another shape: ${formatShape(value.shape)} into ${formatShape(shape)}`,
      `load a state of ${what}`,
    );
  }
  // What is stored in fewer bits is in the Parameter's dtype, exactly.
  if (computedIn(value.dtype) === dtype) return castTo(value, dtype);
  if (value.dtype !== dtype)
    throw new DTypeError(op, `${name} has another dtype: ${value.dtype} into ${dtype}`, "cast the values first");
  return value;
}

function byName(op: string, named: NamedState): Map<string, Parameter> {
  const map = new Map<string, Parameter>();
  for (const [name, parameter] of named) {
    if (map.has(name)) throw new TapegradError(op, `two parameters are called ${name}`, "rename one of them");
    map.set(name, parameter);
  }
  return map;
}
