/** The target of this backend: what its generated code can do in one step. */
import type { Storage, Target } from "@tapegrad/compiler";
import { bytesPerElement, type Shape, sizeOf } from "@tapegrad/core";
import { isMathFunction } from "../math/kernels.ts";
import { sortScratchBytes } from "./generate-sort.ts";
import { isElementwise } from "./lane-ops.ts";

/** The most ops in one loop: more would need more registers than there are. The remaining ops start another loop. */
const capacity = 48;
/**
 * The most functions of the math library in one loop. The engine interleaves them, and with five or more, spills cost more than
 * another loop over data that is still in the cache (measured: 1.0 ns per element and function up to four, 1.8 beyond). Three
 * leave some room below that limit.
 */
const functionCapacity = 3;

/**
 * The most additions to an element in memory. A loop adds up each run in registers, float32 in double precision, and then adds
 * the sum to an element in memory, in float32. A sum of more such additions is a reduction of its own, which stays in registers,
 * in double precision, to its end.
 */
const mostAdditions = 64;
/** Threads divide long loops along axes that are not reduced: a loop over more than `longLoop` elements needs so many results. */
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

/** Bytes behind every storage that whole vectors may read and write. */
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
