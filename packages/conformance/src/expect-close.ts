/** Results compared with what they should be, leaf by leaf. */
import { type DType, type Shape, type TypedArray, treeLeaves } from "@tapegrad/core";

/** How far a leaf may be off, given the largest finite value that is expected; `dtype` is undefined for plain numbers. */
export type Allowance = (largest: number, dtype: DType | undefined) => number;

/** Options of `expectClose`. */
export interface ClosenessOptions {
  /** The largest value is that of each leaf by itself (the default), or that of all leaves of its dtype. */
  readonly relativeTo?: "leaf" | "all" | undefined;
}

/** A tensor's values, read. */
interface Held {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: TypedArray;
}

interface Leaf {
  readonly dtype?: DType;
  readonly shape?: Shape;
  readonly values: readonly number[];
}

/**
 * Throws unless two trees of tensors, Parameters and lists of numbers have equal types, and elements that differ by at most
 * `tolerance` × max(1, the largest value expected), or by what a function of that value allows. NaN and infinities must be in
 * the same places. A list of numbers fits a tensor of any type with as many elements.
 */
export function expectClose(
  actual: unknown,
  expected: unknown,
  tolerance: number | Allowance = 1e-12,
  { relativeTo = "leaf" }: ClosenessOptions = {},
): void {
  const [ours, theirs] = [leavesOf(actual), leavesOf(expected)];
  if (ours.length !== theirs.length) throw new Error(`${ours.length} leaves, not ${theirs.length}`);
  const allowed: Allowance = typeof tolerance === "number" ? (largest) => tolerance * Math.max(1, largest) : tolerance;
  for (const [i, wanted] of theirs.entries()) {
    const got = ours[i] ?? wanted;
    const differs = describe(got, wanted) !== describe(wanted, got) || got.values.length !== wanted.values.length;
    if (differs) throw new Error(`leaf ${i} is ${describe(got)}, not ${describe(wanted)}`);
    const alike = relativeTo === "leaf" ? [wanted] : theirs.filter(({ dtype }) => dtype === wanted.dtype);
    const within = allowed(largestOf(alike), wanted.dtype);
    const off = got.values.findIndex((value, k) => !isWithin(value, wanted.values[k] ?? Number.NaN, within));
    if (off < 0) continue;
    throw new Error(
      `leaf ${i} at ${off}: ${got.values[off]} instead of ${wanted.values[off]}, ${within} allowed: ${shown(got)} against ${shown(wanted)}`,
    );
  }
}

function isWithin(value: number, wanted: number, within: number): boolean {
  return Object.is(value, wanted) || value === wanted || Math.abs(value - wanted) <= within;
}

function largestOf(leaves: readonly Leaf[]): number {
  const values = leaves.flatMap((leaf) => leaf.values);
  return values.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
}

/** The type; the number of elements for, and beside, a list of numbers. */
function describe({ dtype, shape, values }: Leaf, beside?: Leaf): string {
  const isTyped = shape !== undefined && (beside === undefined || beside.shape !== undefined);
  return isTyped ? `${dtype} [${shape}]` : `${values.length} numbers`;
}

function shown({ values }: Leaf): string {
  return `[${values.slice(0, 40).join(", ")}]`;
}

/** Null and undefined stand for none. */
function leavesOf(tree: unknown): readonly Leaf[] {
  if (tree === null || tree === undefined) return [];
  if (isNumbers(tree)) return [{ values: tree }];
  if (Array.isArray(tree)) return tree.flatMap(leavesOf);
  if (isReadable(tree)) return [{ dtype: tree.dtype, shape: tree.shape, values: Array.from(tree.dataSync()) }];
  if (isHeld(tree)) return [{ dtype: tree.dtype, shape: tree.shape, values: Array.from(tree.data) }];
  return treeLeaves(tree).flatMap((leaf) => {
    if (leaf === tree) throw new Error(`not a tensor: ${typeof leaf}`);
    return leavesOf(leaf);
  });
}

function isNumbers(tree: unknown): tree is readonly number[] {
  return Array.isArray(tree) && tree.length > 0 && tree.every((value) => typeof value === "number");
}

/** A tensor or a Parameter. */
function isReadable(tree: unknown): tree is Omit<Held, "data"> & { dataSync(): TypedArray } {
  return typeof tree === "object" && tree !== null && "dataSync" in tree;
}

function isHeld(tree: unknown): tree is Held {
  return typeof tree === "object" && tree !== null && "data" in tree && ArrayBuffer.isView(tree.data);
}
