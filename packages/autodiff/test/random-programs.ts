/**
 * Functions that nobody wrote: a dozen instructions, each an operation on values made so far. An instruction is four
 * naturals, read modulo whatever there is to choose from, so that every list of them is a function and shrinks to a smaller one.
 */
import { type Shape, type Tensor, tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import fc from "fast-check";
import { checkpoint, cond, scan } from "../src/index.ts";

export interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly k: number;
}

export const instructions: fc.Arbitrary<Instruction[]> = fc.array(
  fc.record({ op: fc.nat(999), a: fc.nat(99), b: fc.nat(99), k: fc.nat(99) }),
  { minLength: 1, maxLength: 12 },
);

export const inputShapes: readonly Shape[] = [[2, 3], [3], [3, 2], []];
/** Larger values are left out, so that a run stays short. */
const largest = 72;

interface Choice {
  readonly k: number;
  /** An axis of a tensor, −1 for a scalar. */
  axis(x: Tensor): number;
  /** A value that broadcasts with `x`, at worst `x` itself. */
  beside(x: Tensor): Tensor;
}

type Operation = (x: Tensor, choice: Choice) => Tensor | undefined;

const bounded = (x: Tensor) => ops.div(x, ops.add(1, ops.square(x)));
const ofRank =
  (rank: number, operation: Operation): Operation =>
  (x, choice) =>
    x.rank < rank ? undefined : operation(x, choice);
const indices = (count: number, length: number, k: number) =>
  tensor(
    Int32Array.from({ length: count }, (_, i) => (k + i * i) % length),
    { shape: [count] },
  );
const nonEmpty =
  (operation: Operation): Operation =>
  (x, choice) =>
    x.rank === 0 || x.size === 0 ? undefined : operation(x, choice);

export const operations: Readonly<Record<string, Operation>> = {
  tanh: (x) => ops.tanh(x),
  sine: (x) => ops.sin(x),
  sigmoid: (x) => ops.sigmoid(x),
  softplus: (x) => ops.softplus(x),
  bounded,
  negated: (x) => ops.neg(x),
  sum: (x, { beside }) => ops.add(x, beside(x)),
  difference: (x, { beside }) => ops.sub(x, beside(x)),
  product: (x, { beside }) => ops.mul(bounded(x), beside(x)),
  quotient: (x, { beside }) => ops.div(x, ops.add(2, ops.square(beside(x)))),
  maximum: (x, { beside }) => ops.maximum(x, ops.sin(beside(x))),
  selected: (x, { beside }) => ops.where(ops.greater(x, beside(x)), ops.mul(2, x), beside(x)),
  stopped: (x, { beside }) => ops.mul(x, ops.stopGradient(ops.tanh(beside(x)))),
  reducedSum: ofRank(1, (x, { axis, k }) => ops.sum(x, { axis: axis(x), keepDims: k % 3 === 0 })),
  reducedMean: nonEmpty((x, { axis, k }) => ops.mean(x, { axis: axis(x), keepDims: k % 3 === 0 })),
  reducedMax: nonEmpty((x, { axis, k }) => ops.max(x, { axis: axis(x), keepDims: k % 3 === 0 })),
  reducedLogSumExp: nonEmpty((x, { axis, k }) => ops.logSumExp(x, { axis: axis(x), keepDims: k % 3 === 0 })),
  softmax: nonEmpty((x, { axis }) => ops.softmax(x, { axis: axis(x) })),
  variance: nonEmpty((x, { axis }) => ops.variance(x, { axis: axis(x) })),
  cumulative: ofRank(1, (x, { axis, k }) => ops.cumsum(x, { axis: axis(x), reverse: k % 2 === 1 })),
  gram: ofRank(1, (x) => ops.matmul(bounded(x), x, { transposeRight: x.rank > 1 })),
  projected: ofRank(2, (x, { beside }) => {
    const y = beside(x);
    return y.rank > 1 && y.shape.at(-1) === x.shape.at(-1) ? ops.matmul(x, y, { transposeRight: true }) : undefined;
  }),
  flattened: (x) => ops.reshape(x, [-1]),
  folded: (x, { k }) =>
    x.size % 2 === 0 && x.size > 0 ? ops.reshape(x, k % 2 === 0 ? [2, -1] : [-1, 1, 2]) : undefined,
  reversedAxes: (x) => ops.transpose(x),
  rotatedAxes: ofRank(2, (x) =>
    ops.transpose(
      x,
      x.shape.map((_, i) => (i + 1) % x.rank),
    ),
  ),
  sliced: ofRank(1, (x, { axis, k }) => {
    const at = axis(x);
    const starts = x.shape.map((length, i) => (i === at ? k % (length + 1) : 0));
    return ops.slice(
      x,
      starts,
      [],
      x.shape.map((_, i) => (i === at ? 1 + (k % 2) : 1)),
    );
  }),
  spread: (x) => (x.size * 2 <= largest && x.rank < 4 ? ops.broadcastTo(x, [2, ...x.shape]) : undefined),
  // A slice of a transpose of a broadcast.
  viewed: ofRank(1, (x) =>
    ops.slice(ops.transpose(ops.broadcastTo(ops.expandDims(x, { axis: 0 }), [3, ...x.shape])), [0], [2]),
  ),
  flipped: ofRank(1, (x, { axis }) => ops.flip(x, { axis: axis(x) })),
  padded: ofRank(1, (x, { k }) =>
    ops.pad(
      x,
      x.shape.map((_, i) => [(k + i) % 2, k % 2] as const),
      { value: k % 3 },
    ),
  ),
  joined: ofRank(1, (x, { axis }) => ops.concat([x, ops.sin(x)], { axis: axis(x) })),
  stacked: (x, { k }) => ops.stack([x, bounded(x)], { axis: k % (x.rank + 1) }),
  parts: nonEmpty((x, { axis }) => {
    const [first, last] = ops.split(x, [1, (x.shape[axis(x)] ?? 0) - 1], { axis: axis(x) });
    return first === undefined || last === undefined ? undefined : ops.mul(first, last);
  }),
  taken: nonEmpty((x, { axis, k }) => ops.take(x, indices(1 + (k % 3), x.shape[axis(x)] ?? 1, k), { axis: axis(x) })),
  gathered: nonEmpty((x, { k }) => {
    const [length = 1, ...rest] = x.shape.toReversed();
    const at = ops.reshape(indices(2, length, k), [...rest.map(() => 1), 2]);
    return ops.gather(x, at);
  }),
  scattered: nonEmpty((x, { k }) => {
    const [length = 1, ...rest] = x.shape.toReversed();
    const at = ops.reshape(indices(3, length, k), [...rest.map(() => 1), 3]);
    return ops.scatterAdd(
      ops.tanh(x),
      at,
      ops.slice(
        ops.concat([x, x, x], { axis: -1 }),
        rest.map(() => 0),
        [...rest.map(() => undefined), 3],
      ),
      {
        axis: -1,
      },
    );
  }),
  // Indices that depend on the data, and differ by batch entry.
  sorted: nonEmpty((x, { axis }) => ops.sort(x, { axis: axis(x) })),
  ranked: nonEmpty((x, { axis }) => ops.gather(ops.sin(x), ops.argsort(x, { axis: axis(x) }), { axis: axis(x) })),
  rows: nonEmpty((x) => ops.take(x, ops.argmax(x, { axis: -1 }), { axis: -1 })),
  looped: nonEmpty((x, { k, beside }) => {
    const captured = ops.tanh(ops.sum(beside(x)));
    const init = ops.mean(x, { axis: 0 });
    const [carry, outputs] = scan(
      (c: Tensor, e: Tensor) => [ops.tanh(ops.add(ops.mul(c, captured), e)), ops.mul(c, bounded(e))],
      init,
      x,
      { reverse: k % 2 === 1, ...(k % 3 === 0 ? { checkpointEvery: 2 } : {}) },
    );
    return ops.add(outputs, carry);
  }),
  // A matrix product in the body, whose result the loop stores for the way back.
  contracted: nonEmpty((x, { k }) => {
    const width = x.shape.at(-1) ?? 1;
    const rows = ops.reshape(x, [-1, 1, width]);
    const matrix = ops.tanh(ops.matmul(rows, rows, { transposeLeft: true }));
    const start = ops.zeros([1, width], { like: x, dtype: x.dtype });
    const step = (c: Tensor, e: Tensor) =>
      [ops.tanh(ops.add(ops.matmul(c, ops.mean(matrix, { axis: 0 })), e)), c] as const;
    return scan(step, start, rows, { reverse: k % 2 === 0 })[1];
  }),
  branched: (x, { beside }) =>
    cond(
      ops.greater(ops.sum(x), 0),
      (y: Tensor) => ops.mul(y, ops.sum(ops.tanh(beside(x)))),
      (y: Tensor) => ops.sin(y),
      x,
    ),
  checkpointed: (x, { beside }) => checkpoint((y: Tensor) => ops.mul(ops.tanh(y), bounded(beside(y))))(x),
};

const table = Object.values(operations);

/** The function that a list of instructions stands for: every value that it makes. */
export function functionOf(list: readonly Instruction[]): (x: readonly Tensor[]) => Tensor[] {
  return (x) => {
    const values = [...x];
    for (const { op, a, b, k } of list) {
      const operand = pick(values, a);
      const result = pick(table, op)(operand, {
        k,
        axis: ({ rank }) => (rank === 0 ? -1 : k % rank),
        beside: (other) =>
          values.slice(b % values.length).find((value) => broadcasts(value.shape, other.shape)) ?? other,
      });
      if (result !== undefined && result.size <= largest && result.rank <= 5) values.push(result);
    }
    return values.slice(x.length);
  };
}

/** Whether the smaller shape broadcasts to the larger. */
function broadcasts(small: Shape, large: Shape): boolean {
  const missing = large.length - small.length;
  return missing >= 0 && small.every((length, i) => length === 1 || length === large[i + missing]);
}

function pick<T>(list: readonly T[], position: number): T {
  return defined(list[position % list.length], "choice");
}

/** The instructions by name, for messages. */
export function describe(list: readonly Instruction[]): string {
  const names = Object.keys(operations);
  return list.map(({ op, a, b, k }) => `${pick(names, op)}(${a}, ${b}, ${k})`).join("; ");
}
