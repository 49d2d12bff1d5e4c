/** Shape arithmetic: row-major strides, NumPy broadcasting, axis normalisation. Pure functions of number arrays. */
import { checkList, describeValue, remedyFor } from "../errors/arguments.ts";
import { ShapeError } from "../errors/errors.ts";

/** The lengths of a tensor's axes; [] for a scalar. */
export type Shape = readonly number[];

/** The number of elements of a shape: the product of its lengths. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** Whether two shapes have the same lengths. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, axis) => length === b[axis]);
}

/** `[2,3]`, the way that every message writes a shape. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(",")}]`;
}

/** Elements to skip per axis in row-major order. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}

/** Strides that read `shape` as if it were broadcast to `target`: 0 along every repeated axis. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const missing = target.length - shape.length;
  return target.map((_, axis) => (axis < missing || shape[axis - missing] === 1 ? 0 : (strides[axis - missing] ?? 0)));
}

/**
 * The NumPy broadcast of several shapes: aligned at the last axis, lengths equal or 1.
 * @throws ShapeError naming the axis that differs.
 */
export function broadcastShapes(op: string, shapes: readonly Shape[]): Shape {
  const [first, second] = shapes;
  if (first !== undefined && shapes.length === 1) return first;
  if (first !== undefined && second !== undefined && shapes.length === 2 && sameShape(first, second)) return first;
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    for (let axis = 0; axis < shape.length; axis++) {
      const at = rank - shape.length + axis;
      const length = shape[axis] ?? 1;
      if (length === 1 || length === result[at]) continue;
      if (result[at] !== 1) {
        const operands = shapes.map(formatShape).join(" and ");
        throw new ShapeError(
          op,
          `shapes do not broadcast: ${operands} (axis ${at - rank}: ${result[at]} ≠ ${length})`,
          "lengths along an axis must be equal or 1",
        );
      }
      result[at] = length;
    }
  }
  return result;
}

/** `axis` as a non-negative index into `shape`. @throws ShapeError when out of range. */
export function normalizeAxis(op: string, axis: number, shape: Shape): number {
  const rank = shape.length;
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    const range = rank === 0 ? "a scalar has no axes" : `use an integer from ${-rank} to ${rank - 1}`;
    const problem = `axis ${describeValue(axis)} is out of range: ${formatShape(shape)}`;
    throw new ShapeError(op, problem, remedyFor(axis, range));
  }
  return axis < 0 ? axis + rank : axis;
}

/** Non-negative, ascending, distinct axes; all of them when `axes` is undefined. @throws ShapeError on a repeat. */
export function normalizeAxes(op: string, axes: number | readonly number[] | undefined, shape: Shape): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : checkList(op, "axes", axes, "an integer or a list of them")).map(
    (axis) => normalizeAxis(op, axis, shape),
  );
  if (new Set(list).size !== list.length) {
    throw new ShapeError(op, `axes repeat: ${formatShape(list)} of ${formatShape(shape)}`, "name each axis once");
  }
  return list.sort((a, b) => a - b);
}

/**
 * `shape`, if it is one.
 * @throws ShapeError, in the name of `op`, for what is no list of lengths from 0.
 */
export function checkShape(op: string, shape: Shape): Shape {
  if (!Array.isArray(shape))
    throw new ShapeError(op, `not a shape: ${describeValue(shape)}`, "a shape is a list of lengths, as in [2, 3]");
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0)) {
    const remedy = remedyFor(shape, "lengths are non-negative integers");
    throw new ShapeError(op, `not a shape: ${describeValue(shape)}`, remedy);
  }
  return shape;
}
