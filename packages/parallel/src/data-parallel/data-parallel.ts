/**
 * Data parallelism: turns a training step on part of a batch into a step on the whole batch, which all processes compute
 * together.
 */
import { checkpoint } from "@tapegrad/autodiff";
import { type Parameter, ShapeError, TapegradError, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { checkBoolean, checkChoice, countFrom, isTracing, optionsOf } from "@tapegrad/core/internal";
import { concat, div, equal, type Generator, reshape, slice, where } from "@tapegrad/ops";
import { type Communicator, worldOf } from "../collectives/communicator.ts";
import { drift } from "./drift.ts";
import { ShardStreams } from "./shard-streams.ts";
import { addNeighbours, nodesOf, type ShardRange, shardsOf, type TreeSum, total } from "./shards.ts";

/** Options of `dataParallel`. */
export interface DataParallelOptions {
  /**
   * Into how many parts a batch is cut, whatever the number of processes, which has to divide it; 8 by default. Results depend on
   * this number, and not on the number of processes.
   */
  readonly shards?: number | undefined;
  /**
   * "fixed", the default: sums in the order of one tree over all shards. "fast": one shard per process, so that products keep
   * their rows; results of another number of processes then differ by rounding, and random numbers are others.
   */
  readonly order?: "fixed" | "fast" | undefined;
  /** Made equal to rank 0's at the start: a model's and an optimiser's Parameters, statistics that are not trained. */
  readonly parameters?: Iterable<Parameter> | undefined;
  /** Those that the step draws from, for dropout: each shard then draws numbers of its own, the same on any number of processes. */
  readonly generators?: readonly Generator[] | undefined;
  /** The keys of those results that have a row for every row of the batch, such as a state to carry on; all else is averaged. */
  readonly rows?: readonly string[] | undefined;
  /** Compares the `parameters` of all ranks before every step, and throws, naming the first that differs. Off by default. */
  readonly check?: boolean | undefined;
}

const dataParallelOptions = {
  shards: countFrom(1),
  order: true,
  parameters: true,
  generators: true,
  rows: true,
  check: checkBoolean,
} as const;

/** Whether a step is being computed shard by shard. */
let isSplit = false;

/** What a step returns: trees of tensors by name. */
export type StepResults = Readonly<Record<string, unknown>>;

/**
 * `step` on a batch, by all processes of `world` together. Every argument is a tree of tensors with a row for every row of the
 * batch, the same on all ranks; this rank's shards of them are given to `step` one after the other. What `step` returns, such as
 * `{ loss, gradients }`, is averaged over all shards: Σₛ xₛ / shards, for a loss that is a mean over rows. Results named in `rows`
 * stay where they are, with the rows of this rank's shards, and may be given to the next call.
 *
 * The same bits come out for any number of processes, because shards are computed one by one and added in one order,
 * unless `order` is "fast".
 * @throws ShapeError for a batch that the shards do not divide, or a number of processes that does not divide the shards;
 * BackendError, naming the rank, when another process fails.
 * @example
 * import { dataParallel, threads } from "@tapegrad/parallel";
 * import { Generator, Linear, mseLoss, ones, SGD, Tape, type Tensor } from "tapegrad";
 *
 * const world = await threads(1);
 * const model = new Linear(3, 1, { generator: new Generator(1) });
 * const optimizer = new SGD(model.parameters(), { learningRate: 0.1 });
 * const gradientStep = dataParallel(world, (x: Tensor, y: Tensor) => {
 *   const tape = new Tape();
 *   const loss = tape.record(() => mseLoss(model.forward(x), y));
 *   return { loss, gradients: tape.gradient(loss, model.parameters()) };
 * }, { parameters: model.parameters() });
 * const { gradients } = gradientStep(ones([16, 3]), ones([16, 1]));
 * optimizer.step(gradients);
 * console.log(gradients.length); // → 2
 * world.close();
 */
export function dataParallel<Arguments extends readonly unknown[], Results extends StepResults>(
  world: Communicator,
  step: (...batch: Arguments) => Results,
  options: DataParallelOptions = {},
): (...batch: Arguments) => Results {
  const given = optionsOf("dataParallel", options, dataParallelOptions);
  const { order = "fixed", generators = [], rows = [], check = false } = given;
  checkChoice("dataParallel", "order", order, ["fixed", "fast"]);
  const shards = order === "fast" ? world.size : (given.shards ?? 8);
  const parameters = [...(given.parameters ?? [])];
  const range = shardsOf(world.rank, world.size, shards);
  for (const parameter of [...parameters, ...generators.map(({ state }) => state)])
    parameter.assign(world.broadcast(parameter.value));

  return (...batch) => {
    if (isSplit) {
      const problem = "it was called in a step of another dataParallel, whose batch differs by rank";
      throw new TapegradError("dataParallel", problem, "split a batch once");
    }
    const unchanged = check ? equal(drift(worldOf(world), parameters), 0) : undefined;
    const size = batchSizeOf(batch, world.size, shards);
    // Recorded, shards stay apart: what a compiler shares between them would depend on how many are here.
    const compute = isTracing() ? checkpoint(step) : step;
    const streams = generators.map((generator) => new ShardStreams(generator, shards));
    const averaged: TreeSum<StepResults>[] = [];
    const kept: StepResults[] = [];
    for (let shard = range.from; shard < range.to; shard++) {
      for (const stream of streams) stream.enter(shard);
      const part = batch.map((tree) => shardOf(tree, { shard, range, batch: size, rows: size / shards })) as unknown;
      const results = splitting(() => compute(...(part as Arguments))); // The one cast: slices have the structure of what they are taken from.
      averaged.push({ level: 0, first: shard, sum: without(results, rows) });
      kept.push(only(results, rows));
    }
    for (const stream of streams) stream.leave();
    const mean = treeMap<StepResults>(
      // A Program computes the check because its results ask for it.
      (x: Tensor) => (unchanged === undefined ? div(x, shards) : where(unchanged, div(x, shards), x)),
      sumOverAll(world, addNeighbours(averaged), shards),
    );
    const own = treeMap<StepResults>((...parts: Tensor[]) => concat(parts), ...kept);
    return { ...mean, ...own } as Results;
  };
}

function splitting<R>(compute: () => R): R {
  isSplit = true;
  try {
    return compute();
  } finally {
    isSplit = false;
  }
}

/** Sums over the shards of all ranks: one exchange where each rank has one node of the tree, else all nodes go to all ranks. */
function sumOverAll(world: Communicator, sums: readonly TreeSum<StepResults>[], shards: number): StepResults {
  const [first] = sums;
  if (world.size === 1) return total(sums);
  const isPowerOfTwo = Number.isInteger(Math.log2(world.size));
  if (first !== undefined && sums.length === 1 && isPowerOfTwo) return world.allReduce(first.sum);
  const gathered = sums.map(({ sum }) =>
    treeMap<StepResults>((x: Tensor) => world.allGather(reshape(x, [1, ...x.shape])), sum),
  );
  const all = Array.from({ length: world.size }, (_, rank) =>
    nodesOf(shardsOf(rank, world.size, shards)).map((node, at) => ({
      ...node,
      sum: treeMap<StepResults>((x: Tensor) => reshape(slice(x, [rank], [rank + 1]), x.shape.slice(1)), gathered[at]),
    })),
  );
  return total(addNeighbours(all.flat()));
}

/** Rows of the whole batch. Arguments have all of them, or this rank's, as results named in `rows` do. */
function batchSizeOf(batch: readonly unknown[], processes: number, shards: number): number {
  const sizes = treeLeaves(batch).flatMap((leaf) => (leaf instanceof Tensor ? [leaf.shape[0] ?? 0] : []));
  if (sizes.length === 0)
    throw new ShapeError("dataParallel", "there is no batch", "give at least one tensor with rows");
  const size = Math.max(...sizes);
  if (sizes.some((other) => other !== size && other * processes !== size))
    throw new ShapeError("dataParallel", `batches have different rows: ${sizes.join(", ")}`, "give as many of each");
  if (size % shards !== 0)
    throw new ShapeError(
      "dataParallel",
      `a batch of ${size} cannot be cut into ${shards} shards (${size} mod ${shards} ≠ 0)`,
      "use a batch that is a multiple, or other { shards }",
    );
  return size;
}

interface ShardPlace {
  readonly shard: number;
  readonly range: ShardRange;
  /** Rows of the whole batch, and of a shard. */
  readonly batch: number;
  readonly rows: number;
}

/** Of every tensor, the rows of one shard. */
function shardOf(tree: unknown, { shard, range, batch, rows }: ShardPlace): unknown {
  return treeMap((x: Tensor) => {
    const at = (x.shape[0] === batch ? shard : shard - range.from) * rows;
    return slice(x, [at], [at + rows]);
  }, tree);
}

function without(results: StepResults, names: readonly string[]): StepResults {
  return Object.fromEntries(Object.entries(results).filter(([name]) => !names.includes(name)));
}

function only(results: StepResults, names: readonly string[]): StepResults {
  return Object.fromEntries(Object.entries(results).filter(([name]) => names.includes(name)));
}
