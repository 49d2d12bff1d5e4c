/** Affine map of the last axis. */
import { formatShape, optionsOf, type Parameter, ShapeError, type Tensor } from "@tapegrad/core";
import { add, asTensor, matmul, type TensorLike } from "@tapegrad/ops";
import { type GeneratorOptions, generatorOptions, generatorOr, uniformParameter } from "./initialization.ts";
import { Module } from "./module.ts";

export interface LinearOptions extends GeneratorOptions {
  readonly bias?: boolean;
}

const linearOptions = { bias: true, ...generatorOptions } as const;

/** y = x·Wᵀ + b, with `weight` [out, in] and `bias` [out], both initially uniform on ±1/√in (PyTorch's default). */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | undefined;

  constructor(input: number, output: number, options: LinearOptions = {}) {
    super();
    const { bias = true, generator } = optionsOf(new.target.name, options, linearOptions);
    const random = generatorOr(generator);
    const bound = 1 / Math.sqrt(input);
    this.weight = uniformParameter("weight", [output, input], bound, random);
    this.bias = bias ? uniformParameter("bias", [output], bound, random) : undefined;
  }

  /** [..., in] → [..., out]. */
  forward(x: TensorLike): Tensor {
    return affine("Linear", x, this.weight, this.bias);
  }
}

/** x·Wᵀ + b. @throws ShapeError when the last axis of `x` is not what `weight` takes. */
export function affine(
  op: string,
  x: TensorLike,
  weight: Parameter | Tensor,
  bias: Parameter | Tensor | undefined,
): Tensor {
  const value = asTensor(x);
  const expected = weight.shape[1];
  if (value.shape.at(-1) !== expected) {
    throw new ShapeError(
      op,
      `input has another size: ${formatShape(value.shape)} (axis -1: ${value.shape.at(-1)} ≠ ${expected})`,
      `give it ${expected} features`,
    );
  }
  const product = matmul(value, weight, { transposeRight: true });
  return bias === undefined ? product : add(product, bias);
}
