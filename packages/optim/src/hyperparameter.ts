/** Checks of the hyperparameters and Parameters that optimisers take. */
import { DTypeError, formatShape, Parameter, ShapeError, TapegradError, type Tensor } from "@tapegrad/core";
import { checkInstance, checkRange, describeValue } from "@tapegrad/core/internal";
import type { TensorLike } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";

/** What to pass instead of Parameters, or of too many or too few gradients. */
export const gradientsRemedy = "pass tape.gradient(loss, parameters)";

/** `value` itself. @throws DTypeError, TapegradError unless 0 ≤ value < `below`; `what` is its name in words. */
export function checked(op: string, what: string, value: number, below = Infinity): number {
  const range = below === Infinity ? "a number from 0" : `0 ≤ x < ${below}`;
  return checkRange(op, what, value, (x) => x >= 0 && x < below, range);
}

/** A list of `parameters`. @throws DTypeError for anything but Parameters, such as the model that has them. */
export function parametersOf(op: string, parameters: Iterable<Parameter>): Parameter[] {
  if (typeof parameters !== "object" || parameters === null || !(Symbol.iterator in parameters)) {
    throw new DTypeError(
      op,
      `the parameters are not a list: ${describeValue(parameters)}`,
      "pass model.parameters(), or a list of Parameters",
    );
  }
  return Array.from(parameters, (parameter, index) =>
    checkInstance(op, `parameter ${index}`, parameter, Parameter, "pass model.parameters(), or a list of Parameters"),
  );
}

/** `parameters`. @throws TapegradError if there are none. */
export function someOf(op: string, parameters: readonly Parameter[]): readonly Parameter[] {
  if (parameters.length > 0) return parameters;
  throw new TapegradError(
    op,
    "there are no parameters",
    "pass model.parameters() of a model that has some; Parameters in #private fields are not found",
  );
}

/** `value`, which is called `what`, as a tensor. @throws DTypeError, ShapeError unless it is a scalar. */
export function scalarOf(op: string, what: string, value: TensorLike): Tensor {
  const scalar = tensorOf(op, what, value);
  if (scalar.rank === 0) return scalar;
  throw new ShapeError(op, `the ${what} is not a scalar: ${formatShape(scalar.shape)}`, "give one number");
}
