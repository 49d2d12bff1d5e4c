/** Where elements of strided values lie, as WGSL with constant lengths and strides. Negative strides wrap, as u32 does. */
import { mergedAxes } from "@tapegrad/compiler";
import type { Shape } from "@tapegrad/core";

/** A constant as a u32 literal. */
export function literal(value: number): string {
  return `${value >>> 0}u`;
}

/** `text % length` and `text / length`, for powers of two without dividing, which not every compiler sees by itself. */
export function remainder(text: string, length: number): string {
  return isPowerOfTwo(length) ? `(${text} & ${literal(length - 1)})` : `${text} % ${literal(length)}`;
}

export function quotient(text: string, length: number): string {
  return isPowerOfTwo(length) ? `(${text} >> ${Math.log2(length)}u)` : `${text} / ${literal(length)}`;
}

function isPowerOfTwo(length: number): boolean {
  return length > 0 && Number.isInteger(Math.log2(length));
}

export interface Positions {
  /** How many positions there are. */
  readonly count: number;
  /** Statements that take the row-major `position` apart. */
  readonly statements: readonly string[];
  /** By operand, an expression of its offset. */
  readonly offsets: readonly string[];
}

/** Offsets of operands at a row-major `position` of `shape`; `strides` by operand and axis. `name` keeps variables apart. */
export function positionsOf(
  position: string,
  shape: Shape,
  strides: readonly (readonly number[])[],
  name = "at",
): Positions {
  const merged = mergedAxes(shape, strides);
  const { lengths } = merged;
  const statements: string[] = [];
  const places: string[] = [];
  let rest = position;
  for (let axis = lengths.length - 1; axis > 0; axis--) {
    const length = lengths[axis] ?? 1;
    statements.push(
      `let ${name}${axis} = ${remainder(rest, length)};`,
      `let ${name}Rest${axis} = ${quotient(rest, length)};`,
    );
    places[axis] = `${name}${axis}`;
    rest = `${name}Rest${axis}`;
  }
  places[0] = rest;
  const offsets = merged.strides.map((own) => sumOf(own.map((stride, axis) => term(places[axis] ?? "0u", stride))));
  return { count: lengths.reduce((a, b) => a * b, 1), statements, offsets };
}

/** `place · stride`, as short as it can be said; undefined if it is 0. */
export function term(place: string, stride: number): string | undefined {
  if (stride === 0) return undefined;
  return stride === 1 ? place : `${place} * ${literal(stride)}`;
}

export function sumOf(terms: readonly (string | undefined)[]): string {
  const present = terms.filter((text) => text !== undefined);
  return present.length === 0 ? "0u" : `(${present.join(" + ")})`;
}
