/** What this backend's generated code can do in one step. */
import type { Storage, Target } from "@tapegrad/compiler";
import { bytesPerElement, type Shape, sizeOf } from "@tapegrad/core";
import { isMathFunction } from "../math/kernels.ts";
import { sortScratchBytes } from "./generate-sort.ts";
import { isElementwise } from "./lane-ops.ts";

/** More would need more registers than there are; what is left over starts another loop. */
const capacity = 48;
/**
 * So many functions of the math library at most: the engine interleaves them, and from the fifth on, spills cost more than
 * another loop over data that is still in the cache (measured: 1.0 ns per element and function up to four, 1.8 beyond).
 */
const functionCapacity = 3;

/**
 * A loop folds runs in registers, float32 in double precision, and then adds to what is in memory, in float32; longer sums than
 * so many additions there are made by a reduction, which keeps them in registers, in double precision, to their end.
 */
const mostAdditions = 64;
/** Threads divide long loops along axes that stay: a loop over more elements than these folds into at least so many results. */
const [longLoop, fewestResults] = [8192, 32];

/** How often a loop over `shape` adds to an element of `result`. */
function additionsTo(shape: Shape, result: Shape): number {
  const run = shape.findLastIndex((length) => length > 1);
  return sizeOf(shape.filter((_, axis) => axis !== run && result[axis] === 1));
}

export const target: Target = {
  name: "wasm",
  isElementwise,
  fitsOneLoop: (ops) => ops.length <= capacity && ops.filter(isMathFunction).length <= functionCapacity,
  foldsInLoop: (values, result) =>
    values.dtype !== "bool" &&
    values.dtype === result.dtype &&
    additionsTo(values.shape, result.shape) <= mostAdditions &&
    (sizeOf(values.shape) <= longLoop || sizeOf(result.shape) >= fewestResults),
  needsRuns: true,
  sortScratch: (shape, axis, dtype) => sortScratchBytes(shape[axis] ?? 1, dtype) / 4,
  addsToDoubles: true,
  hasHost: true,
};

/** So many bytes behind every storage may be read, and are written by whole vectors. */
export const slack = 16;

/** Cache lines of the machines that this runs on; kernels ask for 16. */
const alignment = 64;

/** Bytes of a storage, without what comes after it. */
export function bytesOf({ dtype, elements }: Storage): number {
  return elements * bytesPerElement(dtype);
}

/** Bytes from the beginning of a storage to that of the next. */
export function spacedBytesOf(storage: Storage): number {
  return Math.ceil((bytesOf(storage) + slack) / alignment) * alignment;
}
