/** Layer normalisation (Ba, Kiros and Hinton, 2016). */
import { formatShape, type Parameter, type Shape, ShapeError, sameShape, type Tensor } from "@tapegrad/core";
import { checkBoolean, checkCount, checkList, checkRange, optionsOf } from "@tapegrad/core/internal";
import { add, mean, mul, ones, rsqrt, square, sub, type TensorLike, zeros } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { newParameter } from "../initialization/initialization.ts";
import { Module } from "../module.ts";

/** Options of `new LayerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance; 1e-5 by default. */
  readonly epsilon?: number | undefined;
  /** Whether there is a `weight`, and with `bias` a `bias`, per feature; true by default. */
  readonly affine?: boolean | undefined;
  readonly bias?: boolean | undefined;
}

const layerNormOptions = { epsilon: true, affine: checkBoolean, bias: checkBoolean } as const;

/**
 * y = (x − mean) / √(variance + ε) ⊙ weight + bias, with mean and variance (divided by the number of features) over the last
 * axes, those of `shape`. Weight initially 1, bias 0: PyTorch's definition and defaults.
 * @pytorch torch.nn.LayerNorm
 * @example
 * import { LayerNorm, tensor } from "tapegrad";
 * const norm = new LayerNorm(3);
 * console.log(norm.forward(tensor([[1, 2, 3], [10, 20, 30]])));
 * // → Tensor(float32 [2,3])
 * // → [[-1.22474,        0,  1.22474],
 * // →  [-1.22474,        0,  1.22474]]
 */
export class LayerNorm extends Module {
  /** The lengths of the last axes, over which it normalises. */
  readonly shape: Shape;
  /** Added to the variance. */
  readonly epsilon: number;
  /** What multiplies the normalised values, of `shape`; undefined without `affine`. */
  readonly weight: Parameter | undefined;
  /** What is added to them, of `shape`. */
  readonly bias: Parameter | undefined;

  constructor(shape: number | Shape, options: LayerNormOptions = {}) {
    super();
    const op = new.target.name;
    const { epsilon = 1e-5, affine = true, bias = true } = optionsOf(op, options, layerNormOptions);
    const lengths = typeof shape === "number" ? [shape] : checkList(op, "last axes", shape, "new LayerNorm(size)");
    if (lengths.length === 0)
      throw new ShapeError(op, "there are no axes to normalise over", "write new LayerNorm(size)");
    this.shape = lengths.map((length) => checkCount(op, "size", length, 1));
    this.epsilon = checkRange(op, "epsilon", epsilon, (x) => x >= 0 && x < Infinity, "a number from 0");
    this.weight = affine ? newParameter(op, "weight", this.shape, () => ones(this.shape)) : undefined;
    this.bias = affine && bias ? newParameter(op, "bias", this.shape, () => zeros(this.shape)) : undefined;
  }

  /** [..., ...shape] → the same. @throws ShapeError when the last axes are others. */
  forward(x: TensorLike): Tensor {
    const op = this.constructor.name;
    const value = tensorOf(op, "input", x);
    const trailing = value.shape.slice(Math.max(0, value.rank - this.shape.length));
    if (!sameShape(trailing, this.shape)) {
      const given = formatShape(value.shape);
      throw new ShapeError(op, `the last axes are not ${formatShape(this.shape)}: ${given}`);
    }
    const over = { axis: this.shape.map((_, axis) => axis - this.shape.length), keepDims: true };
    const centred = sub(value, mean(value, over));
    const normal = mul(centred, rsqrt(add(mean(square(centred), over), this.epsilon)));
    const scaled = this.weight === undefined ? normal : mul(normal, this.weight);
    return this.bias === undefined ? scaled : add(scaled, this.bias);
  }
}
