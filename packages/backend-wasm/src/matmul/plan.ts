/** Plans a matmul from its shape alone: which form, which tiles, which operands are packed, and how k is divided. */

import { isOfDots, tilingOf } from "./order.ts";
import { packedRightBytes } from "./pack.ts";
import type { FullSpec } from "./spec.ts";
import type { Tiling } from "./tiles.ts";
import { vectorOpsOf } from "./vector-ops.ts";

/** An extent in pieces: all but the last are of `size`. */
export interface Blocks {
  readonly size: number;
  readonly count: number;
  readonly last: number;
}

/** Sums of a block of k begin at zero and are added to C at its end: errors grow with the blocks' number and length, not with k. */
export type Plan =
  | { readonly form: "dots"; readonly inner: Blocks; readonly columns: Blocks }
  | {
      readonly form: "panels";
      readonly tiling: Tiling;
      /** Of k. */
      readonly inner: Blocks;
      /** Of columns, all but the last whole panels. */
      readonly columns: Blocks;
      readonly packLeft: boolean;
      readonly packRight: boolean;
    };

/** Such a block of k of a row tile and of a panel stay in the first-level cache together. */
const longestBlock = 512;
/** Bytes of a block of B that stay in the second-level cache while all row tiles pass over them. */
const cachedRight = 512 * 1024;
/** Bytes of B from which its rows are too far apart to be read panel by panel. */
const largeRight = 384 * 1024;

export function planOf(spec: FullSpec): Plan {
  const { rows } = spec;
  const lanes = vectorOpsOf[spec.dtype];
  const rightBytes = spec.inner * spec.columns * lanes.bytes;
  if (isOfDots(spec)) {
    // Every lane sums a part of the block.
    const inner = blocksOf(spec.inner, longestBlock * lanes.count, 2 * lanes.count);
    const longest = cachedRight / (Math.max(1, inner.size) * lanes.bytes);
    return { form: "dots", inner, columns: blocksOf(spec.columns, longest, 8) };
  }
  const tiling = tilingOf(spec);
  const inner = blocksOf(spec.inner, longestBlock, 4);
  const columnsCached = cachedRight / (Math.max(1, inner.size) * lanes.bytes);
  const packRight =
    !spec.packedRight &&
    (spec.transposeRight || (rightBytes > largeRight && rows > 10) || (rightBytes > largeRight / 4 && rows >= 128));
  return {
    form: "panels",
    tiling,
    inner,
    columns: blocksOf(spec.columns, columnsCached, tiling.width * lanes.count),
    packLeft: spec.transposeLeft && rows > 1,
    packRight,
  };
}

/** Blocks of about one size, none much longer than `longest`, and all but the last multiples of `unit`. */
function blocksOf(extent: number, longest: number, unit: number): Blocks {
  const pieces = Math.max(1, Math.ceil(extent / longest));
  const size = Math.min(extent, unit * Math.ceil(extent / pieces / unit));
  const count = Math.max(1, Math.ceil(extent / Math.max(1, size)));
  return { size, count, last: extent - (count - 1) * size };
}

/** Bytes of scratch that the kernel needs: one block of B, then the rows of one tile of A. */
export function scratchLayout(spec: FullSpec, plan: Plan): { readonly left: number; readonly bytes: number } {
  if (plan.form === "dots") return { left: 0, bytes: 0 };
  const inner = plan.inner.size;
  const right = plan.packRight ? packedRightBytes({ dtype: spec.dtype, inner, columns: plan.columns.size }) : 0;
  const highest = Math.max(0, ...plan.tiling.heights.map(({ height }) => height));
  const left = plan.packLeft ? 16 * Math.ceil((highest * inner * vectorOpsOf[spec.dtype].bytes) / 16) : 0;
  return { left: right, bytes: right + left };
}
