/** A learned vector per token. */
import { optionsOf, Parameter, type Tensor } from "@tapegrad/core";
import { type TensorLike, take } from "@tapegrad/ops";
import { type GeneratorOptions, generatorOptions, generatorOr } from "./initialization.ts";
import { Module } from "./module.ts";

/** Row `i` of `weight` [count, size] for token i; initially standard normal (PyTorch's default). */
export class Embedding extends Module {
  readonly weight: Parameter;

  constructor(count: number, size: number, options: GeneratorOptions = {}) {
    super();
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    this.weight = new Parameter(generatorOr(generator).normal([count, size]), { name: "weight" });
  }

  /** int32 [...] → [..., size]. A token out of range gives NaN. */
  forward(tokens: TensorLike): Tensor {
    return take(this.weight, tokens);
  }
}
