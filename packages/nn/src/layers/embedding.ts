/** A learned vector per token. */
import { DTypeError, type Parameter, type Tensor } from "@tapegrad/core";
import { checkCount, checkInt32, isTracedNumber, optionsOf } from "@tapegrad/core/internal";
import { type TensorLike, take } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import {
  type GeneratorOptions,
  generatorOptions,
  generatorOr,
  newParameter,
  sharedParameter,
  type WeightOptions,
  weightOptions,
} from "../initialization/initialization.ts";
import { Module } from "../module.ts";

/** Options of `new Embedding`. */
export interface EmbeddingOptions extends GeneratorOptions, WeightOptions {}

const embeddingOptions = { ...weightOptions, ...generatorOptions } as const;

/**
 * Row `i` of `weight` [count, size] for token i; initially standard normal (PyTorch's default). A given `weight` is shared.
 * @throws DTypeError for tokens that are not int32.
 * @pytorch torch.nn.Embedding
 * @example
 * import { Embedding, tensor } from "tapegrad";
 * const embedding = new Embedding(1000, 16);
 * const tokens = tensor([[3, 1, 4], [1, 5, 9]], { dtype: "int32" }); // [batch, time]
 * console.log(embedding.forward(tokens).shape); // → [ 2, 3, 16 ]
 */
export class Embedding extends Module {
  /** The vectors, [count, size]. */
  readonly weight: Parameter;

  constructor(count: number, size: number, options: EmbeddingOptions = {}) {
    super();
    const op = new.target.name;
    const { generator, weight } = optionsOf(op, options, embeddingOptions);
    const shape = [checkCount(op, "number of tokens", count, 1), checkCount(op, "size", size, 1)];
    this.weight =
      weight === undefined
        ? newParameter(op, "weight", shape, () => generatorOr(generator).normal(shape))
        : sharedParameter(op, weight, shape);
  }

  /** int32 [...] → [..., size]. A token out of range gives NaN. @throws DTypeError for tokens that are not int32. */
  forward(tokens: TensorLike): Tensor {
    const op = this.constructor.name;
    if (typeof tokens === "number") {
      checkInt32(op, tokens);
      return take(this.weight, tokens);
    }
    const indices = isTracedNumber(tokens) ? tokens.as("int32", op) : tensorOf(op, "tokens", tokens, "int32");
    if (indices.dtype !== "int32")
      throw new DTypeError(
        op,
        `the tokens are ${indices.dtype}, not int32`,
        'make them with { dtype: "int32" } or cast',
      );
    return take(this.weight, indices);
  }
}
