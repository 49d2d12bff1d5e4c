/**
 * Whether two Programs do the same, found by walking both: equal ops, attributes, types and wiring, whatever the variables are
 * called. Functions among the attributes, which are rules of derivatives, make no difference to what running does.
 */
import type { Operation } from "../dispatch/op.ts";
import { isRegion } from "../dispatch/op.ts";
import { sameShape } from "../tensor/shape.ts";
import type { TensorType, Variable } from "../tensor/variable.ts";
import { Program, type ProgramNode } from "./program.ts";

/** Which variable of the second Program is in the place of one of the first; never one for two. */
class Places {
  readonly #second = new Map<number, number>();
  readonly #taken = new Set<number>();

  /** Puts `b` in the place of `a`. False if types differ, or one of them has a place already. */
  readonly declare = (a: Variable, b: Variable): boolean => {
    if (this.#second.has(a.id) || this.#taken.has(b.id)) return this.holds(a, b);
    this.#second.set(a.id, b.id);
    this.#taken.add(b.id);
    return sameType(a, b);
  };

  readonly holds = (a: Variable, b: Variable): boolean => this.#second.get(a.id) === b.id;
}

/** Whether `a` and `b` do the same. */
export function sameProgram(a: Program, b: Program): boolean {
  if (a === b) return true;
  const places = new Places();
  return (
    sameList(a.inputs, b.inputs, places.declare) &&
    sameList(a.nodes, b.nodes, (x, y) => sameNode(places, x, y)) &&
    sameList(a.outputs, b.outputs, places.holds)
  );
}

function sameNode(places: Places, a: ProgramNode, b: ProgramNode): boolean {
  return (
    a.stop === b.stop &&
    sameOperation(a.op, b.op) &&
    sameList(a.inputs, b.inputs, places.holds) &&
    sameAttributes(a.attributes, b.attributes) &&
    sameList(a.outputs, b.outputs, places.declare)
  );
}

/** Regions of a name do the same; primitives may be done each in its own way. */
function sameOperation(a: Operation, b: Operation): boolean {
  return a === b || (isRegion(a) && isRegion(b) && a.name === b.name);
}

/** Whether the dtypes and shapes are equal. */
export function sameType(a: TensorType, b: TensorType): boolean {
  return a.dtype === b.dtype && sameShape(a.shape, b.shape);
}

/** Whether the attributes are equal as data; functions and what is undefined do not count. */
export function sameAttributes(a: object, b: object): boolean {
  if (a === b) return true;
  const isData = ([, value]: readonly [string, unknown]) => typeof value !== "function" && value !== undefined;
  const [left, right] = [Object.entries(a).filter(isData), Object.entries(b).filter(isData)];
  return sameList(left, right, ([name, x], [other, y]) => name === other && sameValue(x, y));
}

function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof Program) return b instanceof Program && sameProgram(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && sameList(a, b, sameValue);
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return false;
  return Object.getPrototypeOf(a) === Object.getPrototypeOf(b) && sameAttributes(a, b);
}

/** Whether two lists have the same length, and elements that are the same in pairs. */
export function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]];
    if (x === undefined || y === undefined ? x !== y : !same(x, y)) return false;
  }
  return true;
}
