/** Finds the batch axis of each tensor of a state. */
import { DTypeError, formatShape, normalizeAxis, ShapeError, Tensor, treeMap } from "@tapegrad/core";
import { describeValue, isPlainObject } from "@tapegrad/core/internal";
import { take } from "@tapegrad/ops";

/** An axis for all tensors of a tree, or the same tree with axes; a number stands for all that is below it. */
export type BatchAxes = number | readonly BatchAxes[] | { readonly [name: string]: BatchAxes };

/**
 * `given` with an axis for each tensor of `state`.
 * @throws DTypeError, ShapeError when the trees do not match, or a tensor has no `batch` entries along its axis.
 */
export function batchAxes(op: string, state: unknown, given: BatchAxes, batch: number): unknown {
  return expand(op, state, given, batch, []);
}

function expand(op: string, state: unknown, axes: unknown, batch: number, path: readonly string[]): unknown {
  if (state instanceof Tensor) return axisOf(op, state, axes, batch, path);
  const parts = Object.entries(Object(state));
  if (typeof axes !== "number" && !isSameKind(state, axes)) throw mismatch(op, axes, path);
  const given = new Map<string, unknown>(typeof axes === "number" ? [] : Object.entries(Object(axes)));
  const unknown = [...given.keys()].find((key) => !parts.some(([name]) => name === key));
  if (unknown !== undefined) throw mismatch(op, axes, [...path, unknown]);
  const expanded = parts.map(([key, part]) => {
    const below = typeof axes === "number" ? axes : given.get(key);
    return [key, expand(op, part, below, batch, [...path, key])] as const;
  });
  return Array.isArray(state) ? expanded.map(([, axis]) => axis) : Object.fromEntries(expanded);
}

function isSameKind(state: unknown, axes: unknown): boolean {
  return Array.isArray(state) ? Array.isArray(axes) : isPlainObject(axes);
}

function axisOf(op: string, leaf: Tensor, axis: unknown, batch: number, path: readonly string[]): number {
  if (typeof axis !== "number") throw mismatch(op, axis, path);
  const at = normalizeAxis(op, axis, leaf.shape);
  if (leaf.shape[at] === batch) return at;
  throw new ShapeError(
    op,
    `the state is of another batch: ${formatShape(leaf.shape)} (axis ${axis}: ${leaf.shape[at]} ≠ ${batch})`,
    "give tensors of the start's batch, or { batchAxis }",
  );
}

function mismatch(op: string, axes: unknown, path: readonly string[]): DTypeError {
  const place = path.length === 0 ? "" : ` at ${path.join(".")}`;
  const problem = `batchAxis does not match the state${place}: ${axes === undefined ? "nothing" : describeValue(axes)}`;
  return new DTypeError(op, problem, "give one axis, or a tree of axes like the state");
}

/** Rows of every tensor of a state, by index along its axis in `axes`, which `batchAxes` made. */
export function rowsAlong<State>(state: State, rows: Tensor, axes: unknown): State {
  return treeMap<State>((leaf: Tensor, axis: number) => take(leaf, rows, { axis }), state, axes);
}
