/** Where elements of strided values lie, as WGSL. Negative strides wrap, as u32 does. */
import { mergedAxes } from "@tapegrad/compiler";
import { type Shape, stridesOf } from "@tapegrad/core";
import type { Sizes } from "./sizes.ts";

export interface Positions {
  /** How many positions there are. */
  readonly count: number;
  /** Statements that take the row-major `position` apart. */
  readonly statements: readonly string[];
  /** By operand, an expression of its offset. */
  readonly offsets: readonly string[];
}

export interface PositionOptions {
  readonly sizes: Sizes;
  /** Keeps the variables of several positions apart. */
  readonly name?: string;
}

/** Offsets of operands at a row-major `position` of `shape`; `strides` by operand and axis. */
export function positionsOf(
  position: string,
  shape: Shape,
  strides: readonly (readonly number[])[],
  { sizes, name = "at" }: PositionOptions,
): Positions {
  const merged = mergedAxes(shape, strides);
  const { lengths } = merged;
  const count = lengths.reduce((a, b) => a * b, 1);
  const statements: string[] = [];
  const places: string[] = [];
  let rest = position;
  for (let axis = lengths.length - 1; axis > 0; axis--) {
    const length = lengths[axis] ?? 1;
    statements.push(
      `let ${name}${axis} = ${sizes.remainder(rest, length)};`,
      `let ${name}Rest${axis} = ${sizes.quotient(rest, length)};`,
    );
    places[axis] = `${name}${axis}`;
    rest = `${name}Rest${axis}`;
  }
  places[0] = rest;
  const dense = stridesOf(lengths);
  const offsets = merged.strides.map((own) => {
    // What texts for all shapes may depend on: whether an operand has one element, or lies as the result does.
    if (!sizes.areKnown && own.every((stride) => stride === 0)) return "0u";
    if (!sizes.areKnown && own.every((stride, axis) => stride === dense[axis])) return position;
    return sumOf(own.map((stride, axis) => sizes.term(places[axis] ?? "0u", stride)));
  });
  return { count, statements, offsets };
}

export function sumOf(terms: readonly (string | undefined)[]): string {
  const present = terms.filter((text) => text !== undefined);
  return present.length === 0 ? "0u" : `(${present.join(" + ")})`;
}
