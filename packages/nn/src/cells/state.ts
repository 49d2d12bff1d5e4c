/** Checks states of cells, wrappers and layers against the initial state: same tree, shapes and dtypes. */
import {
  type DType,
  DTypeError,
  formatShape,
  type Shape,
  ShapeError,
  sameShape,
  Tensor,
  trace,
  treeMap,
} from "@tapegrad/core";
import { describeValue, isParameter, isPlainObject, symbolicTensor } from "@tapegrad/core/internal";
import { asTensor } from "@tapegrad/ops";
import type { Cell } from "./cell.ts";

/** What the states of `cell` look like for inputs whose axes before the features are `lead`: a tree of tensors without data. */
export function stateLike<State>(cell: Pick<Cell<State>, "initialState">, lead: Shape): State {
  const [batch = 1] = lead;
  const like = initialTypes(cell, lead.length === 1 ? batch : 1);
  if (lead.length === 1) return like;
  // Cells of one row, or of rows in several axes: `initialState` knows batches only.
  return treeMap<State>(({ shape, dtype }: Tensor) => symbolic([...lead, ...shape.slice(1)], dtype), like);
}

/** `initialState` on types alone: nothing is computed, and nothing drawn. */
function initialTypes<State>(cell: Pick<Cell<State>, "initialState">, batch: number): State {
  return trace(() => {
    const state = cell.initialState(batch);
    const types = treeMap<State>((leaf: unknown) => typeOf(leaf) ?? leaf, state);
    return { types };
  }, []).result.types;
}

function symbolic(shape: Shape, dtype: DType): Tensor {
  return symbolicTensor({ shape, dtype });
}

/** A leaf as a tensor, if it stands for one. */
function typeOf(leaf: unknown): Tensor | undefined {
  return leaf instanceof Tensor || isParameter(leaf) || typeof leaf === "number" ? asTensor(leaf) : undefined;
}

/**
 * `state`, which has to have the structure of `like`, with tensors of the shapes and dtypes there. Nothing is broadcast.
 * @throws ShapeError, DTypeError that name the tensor, what it is and what fits.
 */
export function checkState<State>(op: string, state: State, like: State, remedy?: string): State {
  compare(op, state, like, [], remedy);
  return state;
}

function compare(op: string, state: unknown, like: unknown, path: readonly string[], remedy?: string): void {
  const place = path.length === 0 ? "it" : path.join(".");
  const [given, wanted] = [typeOf(state), typeOf(like)];
  if (wanted !== undefined) {
    if (given === undefined || !sameShape(given.shape, wanted.shape))
      throw new ShapeError(op, `the state does not fit: ${place} is ${form(state)}, not ${form(like)}`, remedy);
    if (given.dtype !== wanted.dtype) {
      const [found, fitting] = [given, wanted].map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`);
      throw new DTypeError(op, `the state does not fit: ${place} is ${found}, not ${fitting}`, "cast it");
    }
    return;
  }
  if (!Array.isArray(like) && !isPlainObject(like)) return; // No tree of tensors, which `scan` refuses.
  const parts = Object.keys(like);
  const isAlike = Array.isArray(like) ? Array.isArray(state) : isPlainObject(state);
  if (!isAlike || Object.keys(Object(state)).some((key) => !parts.includes(key)))
    throw new ShapeError(op, `the state does not fit: ${place} is ${form(state)}, not ${form(like)}`, remedy);
  const held = new Map<string, unknown>(Object.entries(Object(state)));
  for (const [key, part] of Object.entries<unknown>(like)) compare(op, held.get(key), part, [...path, key], remedy);
}

/** A tree in a message, with shapes for tensors: `{ h: [2,3] }`. */
function form(tree: unknown): string {
  const tensor = typeOf(tree);
  if (tensor !== undefined) return formatShape(tensor.shape);
  if (tree === undefined) return "nothing";
  if (Array.isArray(tree)) return `[${tree.map(form).join(", ")}]`;
  if (!isPlainObject(tree)) return describeValue(tree);
  return `{ ${Object.entries(tree)
    .map(([key, part]) => `${key}: ${form(part)}`)
    .join(", ")} }`;
}

/** The state before the first step of `sequence` [time, batch, …]: the one of `options`, if it fits, or the cell's own. */
export function initialStateOf<State>(
  op: string,
  cell: Pick<Cell<State>, "initialState">,
  sequence: Tensor,
  { state }: { readonly state?: State | undefined },
): State {
  const batch = sequence.shape.slice(1, 2);
  if (state === undefined) return cell.initialState(batch[0] ?? 0);
  return checkState(op, state, stateLike(cell, batch), "give a state such as initialState(batch)");
}
