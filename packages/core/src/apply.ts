/** The single dispatch point: every op of every package goes through `apply`, and every recorder sees it here. */
import { UnsupportedError } from "./errors.ts";
import { offer } from "./frames.ts";
import type { Attributes, OpDefinition } from "./op.ts";
import { commonBackend, Tensor } from "./tensor.ts";

/**
 * Applies a primitive to operands that its public function has already normalised, and returns a fresh tensor.
 * @throws ShapeError, DTypeError from the op's type rule; BackendError for mixed backends; UnsupportedError when the
 * backend has neither a kernel nor a decomposition.
 */
export function apply<A extends Attributes>(op: OpDefinition<A>, inputs: readonly Tensor[], attributes: A): Tensor {
  const type = op.type(
    inputs.map((input) => input.variable),
    attributes,
  );
  const backend = commonBackend(op.name, inputs);
  const kernel = backend.kernels.get(op.name);
  if (kernel === undefined) {
    if (op.decompose !== undefined) return op.decompose(inputs, attributes);
    throw new UnsupportedError(op.name, `the ${backend.name} backend has no kernel for it`, "use another backend");
  }
  const buffer = kernel(
    inputs.map((input) => input.operand),
    attributes,
    type,
  );
  const output = new Tensor(type, buffer);
  offer({ op, attributes, inputs, output });
  return output;
}
