/** Random numbers of a step's shards: each shard has a stream of its own, whichever process computes it. */
import { tensor } from "@tapegrad/core";
import type { Generator } from "@tapegrad/ops";

export class ShardStreams {
  readonly #generator: Generator;
  readonly #after: Int32Array;
  /** Two words of key per shard. */
  readonly #keys: Int32Array;

  /** Takes one draw of `generator`, from which the keys of all shards come. */
  constructor(generator: Generator, shards: number) {
    this.#generator = generator;
    this.#keys = Int32Array.from(generator.bits([2 * shards], 31).dataSync());
    this.#after = Int32Array.from(generator.state.dataSync());
  }

  /** Lets the generator draw from the stream of `shard`. */
  enter(shard: number): void {
    this.#assign(Int32Array.of(this.#keys[2 * shard] ?? 0, this.#keys[2 * shard + 1] ?? 0, 0));
  }

  /** Gives the generator the state after its one draw, whichever shards were computed here. */
  leave(): void {
    this.#assign(this.#after);
  }

  #assign(state: Int32Array): void {
    this.#generator.state.assign(tensor(state));
  }
}
