/**
 * The location of a value of a Program: memory, seen through strides so that movement costs nothing, or a constant, which has
 * none.
 */
import { type DType, type Shape, sameShape, sizeOf, stridesOf, type TensorType } from "@tapegrad/core";

/** A piece of the arena, placed by the memory plan. Its elements are of one dtype; the backend knows how wide that is. */
export interface Storage {
  readonly dtype: DType;
  readonly elements: number;
}

/** The counter of a loop, which is known only while the loop runs. */
export interface LoopCounter {
  readonly name: string;
}

/** An element of a storage: `offset` elements from its beginning, plus a stride for each loop around. */
export interface Address {
  readonly storage: Storage;
  readonly offset: number;
  readonly terms: readonly { readonly counter: LoopCounter; readonly elements: number }[];
}

/** A value that lies in memory: a storage, an offset and strides. */
export interface MemoryValue extends TensorType {
  readonly kind: "memory";
  readonly address: Address;
  /** Elements to skip per axis; 0 repeats, negative goes backwards. */
  readonly strides: readonly number[];
}

/** The same number everywhere. */
export interface ConstantValue extends TensorType {
  readonly kind: "constant";
  readonly value: number;
}

/** What steps read: memory, or a constant. */
export type Value = MemoryValue | ConstantValue;

/** A storage of its own for a value of this type. */
export function newStorage({ shape, dtype }: TensorType): Storage {
  return { dtype, elements: sizeOf(shape) };
}

/** A dense, row-major value at `address`, by default a new storage of its own. */
export function dense(
  type: TensorType,
  address: Address = { storage: newStorage(type), offset: 0, terms: [] },
): MemoryValue {
  return { kind: "memory", shape: type.shape, dtype: type.dtype, address, strides: stridesOf(type.shape) };
}

/** Whether the elements follow each other in row-major order. */
export function isDense({ shape, strides }: MemoryValue): boolean {
  const expected = stridesOf(shape);
  return shape.every((length, axis) => length === 1 || strides[axis] === expected[axis]) || sizeOf(shape) === 0;
}

/** The same memory seen otherwise, beginning `elements` further on. */
export function view(value: MemoryValue, shape: Shape, strides: readonly number[], elements = 0): MemoryValue {
  const { address } = value;
  const offset = address.offset + elements;
  return { ...value, shape, strides, address: { ...address, offset } };
}

/** `value` as an operand of `shape`: repeated axes have stride 0. */
export function broadcastView(value: MemoryValue, shape: Shape): MemoryValue {
  const missing = shape.length - value.shape.length;
  const strides = shape.map((_, axis) =>
    axis < missing || value.shape[axis - missing] === 1 ? 0 : (value.strides[axis - missing] ?? 0),
  );
  return view(value, shape, strides);
}

/** Element `counter` of the first axis. */
export function elementOf(value: Value, counter: LoopCounter): Value {
  const shape = value.shape.slice(1);
  if (value.kind === "constant") return { ...value, shape };
  const elements = value.strides[0] ?? 0;
  const { address } = value;
  return {
    ...value,
    shape,
    strides: value.strides.slice(1),
    address: { ...address, terms: [...address.terms, { counter, elements }] },
  };
}

/** Whether both are the same elements in the same order. */
export function isSamePlace(a: Value, b: MemoryValue): boolean {
  return (
    a.kind === "memory" &&
    a.address.storage === b.address.storage &&
    a.address.offset === b.address.offset &&
    movesAlike(a.address, b.address) &&
    (sameShape(a.strides, b.strides) || (isDense(a) && isDense(b)))
  );
}

/** Whether the two addresses keep their distance in all rounds of the loops around. */
export function movesAlike(a: Address, b: Address): boolean {
  return (
    a.terms.length === b.terms.length &&
    a.terms.every(({ counter, elements }, i) => counter === b.terms[i]?.counter && elements === b.terms[i]?.elements)
  );
}

/** Whether two views of one storage surely share no element: only views of one shape and layout are looked at. */
export function areApart(a: MemoryValue, b: MemoryValue): boolean {
  if (!movesAlike(a.address, b.address) || !sameShape(a.shape, b.shape) || !sameShape(a.strides, b.strides))
    return false;
  const axes = a.strides
    .map((stride, axis) => ({ stride: Math.abs(stride), length: a.shape[axis] ?? 1 }))
    .filter(({ stride, length }) => stride > 0 && length > 1)
    .sort((x, y) => y.stride - x.stride);
  return !reaches(a.address.offset - b.address.offset, axes);
}

/** Whether `distance` is a sum of multiples of the strides, each by less than its axis is long. */
function reaches(distance: number, [first, ...rest]: readonly { stride: number; length: number }[]): boolean {
  if (first === undefined) return distance === 0;
  const further = rest.reduce((sum, { stride, length }) => sum + stride * (length - 1), 0);
  const most = Math.min(first.length - 1, Math.floor((distance + further) / first.stride));
  for (let times = Math.max(1 - first.length, Math.ceil((distance - further) / first.stride)); times <= most; times++)
    if (reaches(distance - times * first.stride, rest)) return true;
  return false;
}

/** How many elements there are in memory: what broadcasting repeats counts once. */
export function distinctElements(value: Value): number {
  return value.kind === "constant" ? 0 : sizeOf(value.shape.filter((_, axis) => value.strides[axis] !== 0));
}

/** The slot of element `counter` in a dense stack of values of `type`. */
export function slotOf(stack: MemoryValue, counter: LoopCounter): Address {
  const element = elementOf(stack, counter);
  if (element.kind === "constant") throw new Error("internal: a stack is no constant");
  return element.address;
}

/** Whether neighbours along the innermost axis are neighbours in memory, or one element. */
export function isRun({ shape, strides }: MemoryValue): boolean {
  return [0, 1].includes(mergedAxes(shape, [strides]).strides[0]?.at(-1) ?? 0);
}

/**
 * Axes of length 1 dropped and neighbours merged wherever every operand walks them as one, so that inner loops are long.
 * At least one axis remains.
 */
export function mergedAxes(
  shape: Shape,
  operands: readonly (readonly number[])[],
): { lengths: number[]; strides: number[][] } {
  const lengths: number[] = [];
  const strides = operands.map((): number[] => []);
  for (const [axis, length] of shape.entries()) {
    if (length === 1) continue;
    const last = lengths.length - 1;
    const merges = last >= 0 && operands.every((operand, k) => strides[k]?.[last] === (operand[axis] ?? 0) * length);
    if (merges) lengths[last] = (lengths[last] ?? 1) * length;
    else lengths.push(length);
    for (const [k, operand] of operands.entries()) {
      const list = strides[k];
      if (list === undefined) continue;
      if (merges) list[last] = operand[axis] ?? 0;
      else list.push(operand[axis] ?? 0);
    }
  }
  if (lengths.length === 0) {
    lengths.push(1);
    for (const list of strides) list.push(0);
  }
  return { lengths, strides };
}
