/** State that is named Parameters, out of and into dictionaries of tensors. */
import {
  DTypeError,
  formatShape,
  type Parameter,
  ShapeError,
  sameShape,
  TapegradError,
  type Tensor,
} from "@tapegrad/core";

export type NamedState = Iterable<readonly [name: string, parameter: Parameter]>;

/** The very tensors: they never change, later steps make new ones. */
export function stateOf(named: NamedState): Record<string, Tensor> {
  return Object.fromEntries(Array.from(named, ([name, parameter]) => [name, parameter.value]));
}

/**
 * Takes over all state, or none.
 * @throws TapegradError naming missing and unknown names, ShapeError or DTypeError for a tensor that does not fit.
 */
export function loadState(named: NamedState, state: Readonly<Record<string, Tensor>>): void {
  const own = new Map(named);
  const missing = [...own.keys()].filter((name) => !Object.hasOwn(state, name));
  const unknown = Object.keys(state).filter((name) => !own.has(name));
  if (missing.length > 0 || unknown.length > 0) {
    const list = (names: string[]) => names.join(", ") || "none";
    throw new TapegradError(
      "loadStateDict",
      `names differ: missing ${list(missing)}; unknown ${list(unknown)}`,
      "load a state of the same optimiser and model",
    );
  }
  for (const [name, { shape, dtype }] of own) {
    const value = state[name];
    if (value === undefined) continue;
    if (!sameShape(value.shape, shape)) {
      throw new ShapeError(
        "loadStateDict",
        `${name} has another shape: ${formatShape(value.shape)} into ${formatShape(shape)}`,
        "load a state of the same optimiser and model",
      );
    }
    if (value.dtype !== dtype) {
      throw new DTypeError(
        "loadStateDict",
        `${name} has another dtype: ${value.dtype} into ${dtype}`,
        "cast the values first",
      );
    }
  }
  for (const [name, parameter] of own) parameter.assign(state[name] ?? parameter.value);
}
