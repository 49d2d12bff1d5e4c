/** Affine map of the last axis. */
import { formatShape, type Parameter, ShapeError, type Tensor } from "@tapegrad/core";
import { checkBoolean, checkCount, optionsOf } from "@tapegrad/core/internal";
import { add, matmul, type TensorLike } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import {
  type GeneratorOptions,
  generatorOptions,
  generatorOr,
  sharedParameter,
  uniformParameter,
  type WeightOptions,
  weightOptions,
} from "../initialization/initialization.ts";
import { Module } from "../module.ts";

/** Options of `new Linear`. */
export interface LinearOptions extends GeneratorOptions, WeightOptions {
  readonly bias?: boolean | undefined;
}

const linearOptions = { bias: checkBoolean, ...weightOptions, ...generatorOptions } as const;

/**
 * y = x·Wᵀ + b, with `weight` [out, in] and `bias` [out], both initially uniform on ±1/√in (PyTorch's default). A `weight` that
 * is given is shared: `new Linear(size, count, { weight: embedding.weight })` ties a readout to an embedding.
 * @throws ShapeError when the last axis of the input is not `input`.
 * @pytorch torch.nn.Linear
 * @example
 * import { Generator, Linear, ones } from "tapegrad";
 * const layer = new Linear(3, 2, { generator: new Generator(1) });
 * console.log(layer.forward(ones([5, 4, 3])).shape); // → [ 5, 4, 2 ]
 * console.log([...layer.namedParameters()].map(([name, { shape }]) => `${name} [${shape}]`));
 * // → [ 'weight [2,3]', 'bias [2]' ]
 */
export class Linear extends Module {
  /** W, [out, in]. */
  readonly weight: Parameter;
  /** b, [out], unless the layer has none. */
  readonly bias: Parameter | undefined;

  constructor(input: number, output: number, options: LinearOptions = {}) {
    super();
    const op = new.target.name;
    const { bias = true, generator, weight } = optionsOf(op, options, linearOptions);
    const shape = [checkCount(op, "output size", output, 1), checkCount(op, "input size", input, 1)];
    const random = generatorOr(generator);
    const bound = 1 / Math.sqrt(input);
    this.weight =
      weight === undefined ? uniformParameter(op, "weight", shape, bound, random) : sharedParameter(op, weight, shape);
    this.bias = bias ? uniformParameter(op, "bias", [output], bound, random) : undefined;
  }

  /** [..., in] → [..., out]. */
  forward(x: TensorLike): Tensor {
    return affine(this.constructor.name, x, this.weight, this.bias);
  }
}

/** x·Wᵀ + b. @throws ShapeError when the last axis of `x` is not what `weight` takes. */
export function affine(
  op: string,
  x: TensorLike,
  weight: Parameter | Tensor,
  bias: Parameter | Tensor | undefined,
): Tensor {
  const value = tensorOf(op, "input", x);
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
