/**
 * A number argument of a compiled function, while the function is recorded. Ops treat it like a JavaScript number: it takes the
 * dtype of the tensors beside it. For each such dtype, it is one input of the recording.
 */

import { TraceError } from "../errors/errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { kind } from "../tensor/kind.ts";
import { Tensor } from "../tensor/tensor.ts";

/**
 * A number among the arguments of a compiled function while that is recorded: a scalar whose dtype depends on the tensors
 * beside it.
 */
export class TracedNumber extends Tensor {
  /** The position, among the compiled function's arguments, of the one that holds it. */
  readonly argument: number;
  /** The number as a scalar of `dtype`. `op` asks for it, and is named if the number is none of that dtype. */
  readonly as: (dtype: DType, op: string) => Tensor;

  constructor(dtype: DType, argument: number, as: (dtype: DType, op: string) => Tensor) {
    super({ shape: [], dtype }, "symbolic");
    this.argument = argument;
    this.as = as;
  }

  override get [kind](): "number" {
    return "number";
  }

  protected override misuse(): TraceError {
    return new TraceError(
      "compile",
      "a number among the arguments is a tensor while the function is recorded, but it was used as a number",
      `use where, cond or scan; if it chooses a shape or a branch, compile(fn, { static: [${this.argument}] }) keeps it one`,
    );
  }
}
