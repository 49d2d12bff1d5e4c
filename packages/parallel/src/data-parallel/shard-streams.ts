/** Random numbers of a step's shards: each shard has its own stream, whichever process computes it. */
import type { Tensor } from "@tapegrad/core";
import { concat, type Generator, reshape, slice, zerosLike } from "@tapegrad/ops";

export class ShardStreams {
  readonly #generator: Generator;
  readonly #after: Tensor;
  /** int32 [shards, 2] */
  readonly #keys: Tensor;

  /** Takes one draw of `generator`, from which the keys of all shards come. */
  constructor(generator: Generator, shards: number) {
    this.#generator = generator;
    this.#keys = generator.bits([shards, 2], 31);
    this.#after = generator.state.value;
  }

  /** Lets the generator draw from the stream of `shard`: its key, and no draws so far. */
  enter(shard: number): void {
    const key = reshape(slice(this.#keys, [shard], [shard + 1]), [2]);
    this.#generator.state.assign(concat([key, zerosLike(slice(key, [0], [1]))]));
  }

  /** Gives the generator the state after its one draw, whichever shards were computed here. */
  leave(): void {
    this.#generator.state.assign(this.#after);
  }
}
