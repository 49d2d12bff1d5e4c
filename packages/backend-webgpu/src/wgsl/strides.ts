/**
 * Where the elements of strided operands lie: axes that all operands walk contiguously become one, and WGSL takes a position
 * apart into axes. Lengths and strides are any WGSL texts, parameters or literals. Strides may be negative: u32 wraps.
 */
import { mergedAxes } from "@tapegrad/compiler";
import { broadcastStrides, type Shape, sizeOf } from "@tapegrad/core";

export interface MergedAxes {
  readonly lengths: readonly number[];
  /** By operand, then axis. */
  readonly strides: readonly (readonly number[])[];
}

/** `mergedAxes`, except that of a single element no axis remains. */
export function mergeAxes(shape: Shape, operandStrides: readonly (readonly number[])[]): MergedAxes {
  const merged = mergedAxes(shape, operandStrides);
  const isOne = merged.lengths.every((length) => length === 1);
  return isOne ? { lengths: [], strides: operandStrides.map(() => []) } : merged;
}

/** How an elementwise loop reads an operand: at its own position, at 0, or at a place that strides give. */
export type Access = "same" | "first" | "strided";

export function accessOf(shape: Shape, target: Shape): Access {
  const size = sizeOf(shape);
  return size === sizeOf(target) ? "same" : size === 1 ? "first" : "strided";
}

/** The axes of `target` as the strided ones among the operands walk them. */
export function broadcastAxes(shapes: readonly Shape[], target: Shape): MergedAxes {
  return mergeAxes(
    target,
    shapes.map((shape) => broadcastStrides(shape, target)),
  );
}

/**
 * Declares `let <operand>` for each operand: its offset at row-major `position`. Reads what `offsetNames` lists, except the
 * outermost length; `name` keeps several groups of axes apart.
 */
export function offsets(position: string, rank: number, operands: readonly string[], name = "axis"): string[] {
  if (rank === 0) return operands.map((operand) => `let ${operand} = 0u;`);
  const at = (axis: number) => (rank === 1 ? position : `${name}At${axis}`);
  const text: string[] = [];
  let rest = position;
  for (let axis = rank - 1; axis > 0; axis--) {
    const outer = axis === 1 ? at(0) : `${name}Rest${axis}`;
    text.push(`let ${at(axis)} = ${rest} % ${name}Length${axis};`, `let ${outer} = ${rest} / ${name}Length${axis};`);
    rest = outer;
  }
  for (const operand of operands) {
    const terms = Array.from({ length: rank }, (_, axis) => `${at(axis)} * ${operand}Stride${axis}`);
    text.push(`let ${operand} = ${terms.join(" + ")};`);
  }
  return text;
}

/** The parameters that `offsets` reads, in the order of `offsetValues`. */
export function offsetNames(rank: number, operands: readonly string[], name = "axis"): string[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  return [
    ...axes.map((axis) => `${name}Length${axis}`),
    ...operands.flatMap((operand) => axes.map((axis) => `${operand}Stride${axis}`)),
  ];
}

export function offsetValues({ lengths, strides }: MergedAxes): number[] {
  return [...lengths, ...strides.flat()];
}
