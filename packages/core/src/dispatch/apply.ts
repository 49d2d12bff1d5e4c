/** The single dispatch point: every op of every package goes through here, and every recorder sees it here. */

import { defined, UnsupportedError } from "../errors/errors.ts";
import type { DType } from "../tensor/dtype.ts";
import { bufferOf, commonBackend, fromBuffer, symbolicTensor, type Tensor } from "../tensor/tensor.ts";
import type { TensorType } from "../tensor/variable.ts";
import { type Backend, currentBackend, type Operand } from "./backend.ts";
import { type Application, innermostTrace, offer, offerToTapes, withFrame } from "./frames.ts";
import type { Attributes, OpDefinition, Operands, RegionDefinition } from "./op.ts";
import { withMemoryFor } from "./out-of-memory.ts";

/**
 * Applies a primitive to operands that its public function has already normalised, and returns a fresh tensor: symbolic
 * under a trace, else computed where the operands live (on `backend` when there are none).
 * `caller` is the public function, in whose name a lack of memory is reported.
 * @throws ShapeError, DTypeError from the op's type rule; BackendError for mixed backends and results that no memory can hold;
 * UnsupportedError when the backend has neither a kernel nor a decomposition.
 */
export function apply<A extends Attributes, Arity extends number>(
  op: OpDefinition<A, Arity>,
  inputs: Operands<Tensor, NoInfer<Arity>>,
  attributes: A,
  backend?: Backend,
  caller?: string,
): Tensor;
export function apply<A extends Attributes>(
  op: OpDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
  backend?: Backend,
  caller = op.name,
): Tensor {
  const type = op.type(
    inputs.map((input) => input.variable),
    attributes,
  );
  const recorder = innermostTrace();
  const [known] = recorder?.instead?.({ op, attributes, inputs }, [type]) ?? [];
  if (known !== undefined) return known;
  const output =
    recorder === undefined
      ? withMemoryFor(caller, type, () => compute(op, inputs, attributes, type, backend))
      : symbolicTensor(type);
  offer({ op, attributes, inputs, outputs: [output] });
  return output;
}

function compute<A extends Attributes>(
  op: OpDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
  type: TensorType,
  given?: Backend,
): Tensor {
  const backend = inputs.length === 0 ? (given ?? currentBackend()) : commonBackend(op.name, inputs);
  const rounded = backend.applyStored?.(op, inputs, attributes, type);
  if (rounded !== undefined) return rounded;
  // Recorders see the op and its own rule, not the parts.
  if (op.decompose !== undefined)
    return withFrame({ kind: "barrier" }, () => defined(op.decompose, "decomposition")(inputs, attributes));
  const kernel = op.host === undefined ? backend.kernels.get(op.name) : backend.hostKernel;
  if (kernel === undefined)
    throw new UnsupportedError(op.name, `the ${backend.name} backend has no kernel for it`, "use another backend");
  const operands = inputs.map(operandOf);
  return fromBuffer(type, kernel(operands, attributes, type, op));
}

/** Converts the element type. To an integer it truncates and saturates, NaN to 0; to bool, non-zero is true. */
export const castOp: OpDefinition<{ readonly dtype: DType }, 1> = {
  name: "cast",
  type: ([{ shape }], { dtype }) => ({ shape, dtype }),
  derivative: {
    kind: "linear",
    inputs: "all",
    saves: [],
    transpose: (g, { inputTypes }) => castTo(g, inputTypes[0].dtype),
  },
  batching: { kind: "trailing" },
  tolerance: 0.5,
};

/** `x` as `dtype`: itself if that is its dtype. */
export function castTo(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : apply(castOp, [x], { dtype });
}

function operandOf(tensor: Tensor): Operand {
  return { shape: tensor.shape, dtype: tensor.dtype, buffer: bufferOf(tensor) };
}

/** Applies an op with a body. Recorders see one application, however long the body runs. */
export function applyRegion<A extends Attributes>(
  op: RegionDefinition<A>,
  inputs: readonly Tensor[],
  attributes: A,
): readonly Tensor[] {
  const recorder = innermostTrace();
  if (recorder === undefined) {
    const outputs = withFrame({ kind: "barrier" }, () => op.run(inputs, attributes));
    offer({ op, attributes, inputs, outputs });
    return outputs;
  }
  const types = op.types(
    inputs.map((input) => input.variable),
    attributes,
  );
  const known = recorder.instead?.({ op, attributes, inputs }, types);
  if (known !== undefined) return known;
  const outputs = types.map((type) => symbolicTensor(type));
  offer({ op, attributes, inputs, outputs });
  return outputs;
}

/** Tells tapes that `result`, which is known, is what the op gives for `inputs`; nothing is computed, and no trace hears of it. */
export function claim(
  { op, attributes }: Pick<Application, "op" | "attributes">,
  inputs: readonly Tensor[],
  result: Tensor,
): readonly Tensor[] {
  offerToTapes({ op, attributes, inputs, outputs: [result] });
  return [result];
}
