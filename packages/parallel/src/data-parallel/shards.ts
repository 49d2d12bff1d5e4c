/**
 * A batch cut into virtual shards, whose number does not depend on the number of processes. Each process computes a contiguous run
 * of them; sums over shards are taken in the order of one binary tree over all shards, so that they have the same bits for any
 * number of processes.
 */
import { ShapeError, type Tensor, treeMap } from "@tapegrad/core";
import { add } from "@tapegrad/ops";

export interface ShardRange {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
}

/** The shards of rank `rank`. @throws ShapeError unless every process gets as many as every other. */
export function shardsOf(rank: number, size: number, shards: number): ShardRange {
  const each = shards / size;
  if (!Number.isInteger(each))
    throw new ShapeError(
      "dataParallel",
      `${shards} shards cannot be divided among ${size} processes (${shards} mod ${size} ≠ 0)`,
      `use a number of processes that divides { shards: ${shards} }, or other shards`,
    );
  return { from: rank * each, to: (rank + 1) * each };
}

/** A node of the tree: the sum of 2^level shards from `first`, a multiple of 2^level. */
export interface TreeSum<T> {
  readonly level: number;
  readonly first: number;
  readonly sum: T;
}

/** Adds the sums of neighbours as long as there are two of one level under one parent; `sums` are in the order of shards. */
export function addNeighbours<T>(sums: readonly TreeSum<T>[]): TreeSum<T>[] {
  const merged: TreeSum<T>[] = [];
  for (const next of sums) {
    let right = next;
    for (let left = merged.at(-1); left !== undefined && areSiblings(left, right); left = merged.at(-1)) {
      merged.pop();
      right = { level: left.level + 1, first: left.first, sum: plus(left.sum, right.sum) };
    }
    merged.push(right);
  }
  return merged;
}

function areSiblings<T>(left: TreeSum<T>, right: TreeSum<T>): boolean {
  const isLeft = left.first % 2 ** (left.level + 1) === 0;
  return left.level === right.level && isLeft && right.first === left.first + 2 ** left.level;
}

/** What `addNeighbours` leaves of the shards in `range`, as levels and first shards. */
export function nodesOf({ from, to }: ShardRange): readonly { readonly level: number; readonly first: number }[] {
  const nodes: { level: number; first: number }[] = [];
  for (let first = from; first < to; ) {
    let level = 0;
    while (first % 2 ** (level + 1) === 0 && first + 2 ** (level + 1) <= to) level++;
    nodes.push({ level, first });
    first += 2 ** level;
  }
  return nodes;
}

/** The sum of what is left at the end, from the left, where the number of shards is no power of two. */
export function total<T>(sums: readonly TreeSum<T>[]): T {
  return sums.map(({ sum }) => sum).reduce(plus);
}

function plus<T>(a: T, b: T): T {
  return treeMap<T>((x: Tensor, y: Tensor) => add(x, y), a, b);
}
