/** The collective operations of a run's processes, on tensors and trees of tensors. */
import { apply, type Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { checkCount } from "@tapegrad/core/internal";
import { div, reshape, slice } from "@tapegrad/ops";
import { tellOfTheEnd } from "../transport/failure.ts";
import { Metered, type Traffic } from "../transport/traffic.ts";
import type { Transport } from "../transport/transport.ts";
import { agree } from "./agreement.ts";
import { barrier } from "./collectives.ts";
import { allGatherOp, allReduceOp, broadcastOp, nameWorld, type WorldAttributes } from "./ops.ts";

/** What names a communicator in Programs. */
export let worldOf: (communicator: Communicator) => WorldAttributes;

/**
 * A group of processes that run the same program, each with a rank from 0 to `size` − 1. All methods are collective: every rank
 * calls them in the same order with the same shapes. They are ops, so derivatives, `vmap` and `compile` go through them. Sums are
 * taken in the order of a binary tree over the ranks, and give the same bits on every rank and every transport.
 *
 * Where another rank fails, the methods throw a BackendError that names it.
 */
export class Communicator {
  static {
    worldOf = (communicator) => communicator.#world;
  }

  /** Which process this is, from 0. */
  readonly rank: number;
  /** The number of processes. */
  readonly size: number;
  readonly #transport: Metered;
  readonly #world: WorldAttributes;
  readonly #stopTelling: () => void;

  constructor(transport: Transport) {
    this.#transport = new Metered(transport);
    this.rank = transport.rank;
    this.size = transport.size;
    this.#world = nameWorld(this.#transport);
    this.#stopTelling = tellOfTheEnd(this.#transport);
  }

  /** What this process has sent since it came here, and how long it exchanged and waited. */
  get traffic(): Traffic {
    return this.#transport.traffic;
  }

  /** What carries the data: "mpi" or "threads". */
  get name(): string {
    return this.#transport.name;
  }

  /** Of each tensor of `tree`: Σᵣ xᵣ over all ranks r. The tensors of one dtype travel as one message. */
  allReduce<T>(tree: T): T {
    const leaves = tensorsOf(tree);
    const sums = new Map<Tensor, Tensor>();
    for (const dtype of new Set(leaves.map((leaf) => leaf.dtype)))
      for (const [leaf, sum] of this.#sumsOf(leaves.filter((leaf) => leaf.dtype === dtype))) sums.set(leaf, sum);
    return this.#each(tree, (x) => sums.get(x) ?? x);
  }

  /** Of each tensor of `tree`: the mean over all ranks, Σᵣ xᵣ / size, as one message for each dtype. */
  mean<T>(tree: T): T {
    return this.#each(this.allReduce(tree), (x) => div(x, this.size));
  }

  /** Of each tensor of `tree`: the sum over all ranks, of which this rank gets its part of the first axis: [n, …] → [n / size, …]. */
  reduceScatter<T>(tree: T): T {
    return this.#each(tree, (x) => {
      const rows = (x.shape[0] ?? 0) / this.size;
      checkCount("reduceScatter", `rows of each of ${this.size} ranks`, rows);
      return slice(apply(allReduceOp, [x], this.#world), [this.rank * rows], [(this.rank + 1) * rows]);
    });
  }

  /** Of each tensor of `tree`: those of all ranks, one after the other along the first axis: [n, …] → [size · n, …]. */
  allGather<T>(tree: T): T {
    return this.#each(tree, (x) => {
      const gathered = apply(allGatherOp, [x], { ...this.#world, size: this.size });
      return x.rank === 0 ? gathered : reshape(gathered, [-1, ...x.shape.slice(1)]);
    });
  }

  /** Of each tensor of `tree`: that of rank `root`. */
  broadcast<T>(tree: T, root = 0): T {
    checkCount("broadcast", "root", root);
    return this.#each(tree, (x) => apply(broadcastOp, [x], { ...this.#world, root }));
  }

  /** Returns when all ranks have come here. */
  barrier(): void {
    agree(this.#transport, "barrier", "a barrier");
    barrier(this.#transport);
  }

  /** Leaves the group, at the end of the program. Ranks that end without it are taken to have failed. */
  close(): void {
    this.#stopTelling();
    this.#transport.close();
  }

  /** The sums of tensors of one dtype, taken from one message. */
  #sumsOf(group: readonly Tensor[]): (readonly [Tensor, Tensor])[] {
    if (group.length === 1) return group.map((x) => [x, apply(allReduceOp, [x], this.#world)]);
    const total = apply(
      allReduceOp,
      group.map((x) => reshape(x, [-1])),
      this.#world,
    );
    let end = 0;
    return group.map((x) => {
      const begin = end;
      end += x.size;
      return [x, reshape(slice(total, [begin], [end]), x.shape)];
    });
  }

  #each<T>(tree: T, fn: (x: Tensor) => Tensor): T {
    return treeMap<T>(fn, tree);
  }
}

function tensorsOf(tree: unknown): readonly Tensor[] {
  return treeLeaves(tree) as Tensor[]; // A tree of anything else is refused by the ops.
}
