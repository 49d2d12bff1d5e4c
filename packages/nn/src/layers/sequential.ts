/** Applies layers one after the other. */
import type { Tensor } from "@tapegrad/core";
import { callableOf } from "../callable.ts";
import { Module } from "../module.ts";

/** A module of one tensor. */
export interface Layer extends Module {
  forward(x: Tensor): Tensor;
}

/**
 * Layers and plain functions of a tensor, each reading what the one before returned. Parameters are named by position, as in
 * PyTorch, and functions take up a position: `new Sequential(new Linear(2, 8), relu, new Linear(8, 1))` has `0.weight` and
 * `2.weight`.
 * @pytorch torch.nn.Sequential
 * @example
 * import { Linear, ones, relu, Sequential } from "tapegrad";
 * const model = new Sequential(new Linear(2, 8), relu, new Linear(8, 1));
 * console.log(model.forward(ones([4, 2])).shape, Object.keys(model.stateDict()));
 * // → [ 4, 1 ] [ '0.weight', '0.bias', '2.weight', '2.bias' ]
 */
export class Sequential extends Module {
  readonly #layers: readonly ((x: Tensor) => Tensor)[];
  /** The layers again, as the properties by which they are found and named. */
  readonly [position: number]: Layer;

  constructor(...layers: readonly (Layer | ((x: Tensor) => Tensor))[]) {
    super();
    this.#layers = layers.map((layer, position) =>
      callableOf<[Tensor], Tensor>(new.target.name, `layer ${position}`, layer),
    );
    for (const [position, layer] of layers.entries()) {
      if (layer instanceof Module) Object.defineProperty(this, position, { value: layer, enumerable: true });
    }
  }

  /** How many layers and functions there are. */
  get length(): number {
    return this.#layers.length;
  }

  /** `x` through all of them, one after the other. */
  forward(x: Tensor): Tensor {
    return this.#layers.reduce((value, layer) => layer(value), x);
  }
}
