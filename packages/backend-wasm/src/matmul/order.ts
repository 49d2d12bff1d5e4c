/**
 * The order in which each sum of a product is added up. A part of a product gives the bits of the whole if it keeps the order
 * of the whole, whatever tiles suit the part.
 */

import type { FullSpec } from "./spec.ts";
import { chooseTiling, type Sets, type Tiling, tilesWith } from "./tiles.ts";
import { vectorOpsOf } from "./vector-ops.ts";

/** Rows of which each sum is made alike. */
export interface Band extends Sets {
  readonly rows: number;
}

export type Order =
  | { readonly form: "dots" }
  /** Panels of `width` vectors, of the `vectors` that the whole product has. */
  | { readonly form: "panels"; readonly width: number; readonly vectors: number; readonly bands: readonly Band[] };

/** Up to so many rows, transposing B costs more than dot products do. */
const fewRows = 16;

/** Whether every element is the dot product of two stored rows. */
export function isOfDots({ rows, transposeLeft, transposeRight, packedRight, order }: FullSpec): boolean {
  if (order !== undefined) return order.form === "dots";
  return transposeRight && !packedRight && !transposeLeft && rows <= fewRows;
}

/** Vectors that a row of C fills. */
export function vectorsOf({ columns, dtype }: FullSpec): number {
  return Math.ceil(columns / vectorOpsOf[dtype].count);
}

/** Tiles for a product of its own, or for a part that keeps to the order of the whole. */
export function tilingOf(spec: FullSpec): Tiling {
  const { order, rows, fma } = spec;
  if (order?.form !== "panels") return chooseTiling(rows, vectorsOf(spec), fma);
  const { width, vectors, bands } = order;
  return { width, heights: bands.flatMap((band) => tilesWith(band, band.rows, width, vectors, fma)) };
}
