/** Arrays too large for memory. The engine's RangeError names neither the op nor the shape, so it becomes an error that does. */

import { BackendError } from "../errors/errors.ts";
import { bytesPerElement } from "../tensor/dtype.ts";
import { formatShape, sizeOf } from "../tensor/shape.ts";
import type { TensorType } from "../tensor/variable.ts";

/** What `make` returns, which needs memory for a tensor of `type`. @throws BackendError, in the name of `op`, where there is none. */
export function withMemoryFor<T>(op: string, { shape, dtype }: TensorType, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isShortage(error)) throw error;
    const bytes = sizeOf(shape) * bytesPerElement(dtype);
    const problem = `there is no memory for ${dtype} ${formatShape(shape)}: ${bytes} bytes`;
    throw new BackendError(op, problem, "use smaller sizes", { cause: error });
  }
}

/** An engine's RangeError, and whatever was thrown because of one; but not that of an overflow of the stack. */
function isShortage(error: unknown): boolean {
  if (error instanceof BackendError) return isShortage(error.cause);
  return error instanceof RangeError && !/call stack|recursion/i.test(error.message);
}
