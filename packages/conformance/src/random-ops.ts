/**
 * What the instructions of random Programs do, by name. Values stay of the order of 1, and whatever compares does so with odd
 * constants, so that sums in another order never change which branch an element takes.
 */
import { checkpoint } from "@tapegrad/autodiff";
import { sizeOf, type Tensor } from "@tapegrad/core";
import {
  add,
  argmax,
  broadcastTo,
  cast,
  concat,
  cumsum,
  div,
  exp,
  expandDims,
  flip,
  floor,
  full,
  gather,
  greater,
  less,
  logicalAnd,
  logicalNot,
  logSumExp,
  matmul,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  pad,
  reshape,
  scatterAdd,
  sigmoid,
  sin,
  slice,
  softmax,
  split,
  square,
  sub,
  sum,
  take,
  tanh,
  transpose,
  where,
} from "@tapegrad/ops";
import { branches, layer, layerAndLoss, own, tokenLoss, written } from "./random-cells.ts";
import { dtypeOf, fit, positions } from "./random-pieces.ts";
import { integerRows, rowsOutside } from "./random-rows.ts";

/** On two results, and if it likes on all. */
export type Simple = (x: Tensor, y: Tensor, c: number, pool: readonly Tensor[]) => Tensor;

function broadcastable(x: Tensor, y: Tensor): boolean {
  const [short, long] = x.rank < y.rank ? [x.shape, y.shape] : [y.shape, x.shape];
  return short.every((length, i) => {
    const other = long[i + long.length - short.length];
    return length === 1 || other === 1 || length === other;
  });
}

function paired(op: (x: Tensor, y: Tensor) => Tensor): Simple {
  return (x, y) => op(x, broadcastable(x, y) ? y : fit(y, x.shape));
}

function axisOf(x: Tensor, c: number): number {
  return x.rank === 0 ? 0 : c % x.rank;
}

function ranked(x: Tensor): Tensor {
  return x.rank === 0 ? reshape(x, [1]) : x;
}

export const smooth: Readonly<Record<string, Simple>> = {
  tanh: tanh,
  sigmoid: sigmoid,
  sin: (x) => sin(x),
  neg: neg,
  square: (x) => square(tanh(x)),
  exp: (x) => exp(tanh(x)),
  add: paired(add),
  sub: paired(sub),
  mul: paired((x, y) => mul(tanh(x), y)),
  div: paired((x, y) => div(x, add(2, sigmoid(y)))),
  addZero: (x) => add(x, full(x.shape, 0, { dtype: dtypeOf(x) })),
  mulOne: (x) => mul(1, x),
  addScalar: (x, _, c) => add(x, (c % 7) / 8),
  matmul: (x, y, c) => contraction(x, y, [1 + (c % 3), 1 + (c % 4)]),
  matmulSelf: (x) => {
    const matrix = x.rank < 2 ? reshape(x, [1, x.size]) : x;
    return mul(matmul(matrix, matrix, { transposeRight: true }), 1 / Math.max(1, matrix.shape.at(-1) ?? 1));
  },
  matmulPool: (x, y) => {
    const [left, right] = [x.rank < 2 ? reshape(x, [1, x.size]) : x, y.rank < 2 ? reshape(y, [y.size, 1]) : y];
    const inner = left.shape.at(-1);
    const scale = 1 / Math.max(1, inner ?? 1);
    if (right.rank === 2 && right.shape[0] === inner) return mul(matmul(left, right), scale);
    if (right.rank === 2 && right.shape[1] === inner) return mul(matmul(left, right, { transposeRight: true }), scale);
    return tanh(left);
  },
  sum: (x, _, c) => (x.rank === 0 ? x : mul(sum(x, { axis: axisOf(x, c), keepDims: c % 5 === 0 }), 0.5)),
  sumAll: (x) => mul(sum(x), 1 / Math.max(1, x.size)),
  mean: (x, _, c) =>
    x.rank < 2 || x.size === 0
      ? tanh(x)
      : mean(x, { axis: [0, axisOf(x, c)].filter((axis, i, all) => all.indexOf(axis) === i), keepDims: c % 3 === 0 }),
  logSumExp: (x, _, c) => (x.rank === 0 || x.size === 0 ? x : logSumExp(x, { axis: axisOf(x, c) })),
  softmax: (x, _, c) => (x.rank === 0 || x.size === 0 ? x : softmax(x, { axis: axisOf(x, c) })),
  cumsum: (x, _, c) => (x.rank === 0 ? x : mul(cumsum(x, { axis: axisOf(x, c) }), 0.5)),
  flat: (x) => reshape(x, [x.size]),
  ones: (x, _, c) => expandDims(x, { axis: x.rank === 0 ? 0 : c % (x.rank + 1) }),
  halves: (x) => {
    const at = x.shape.findIndex((length) => length > 0 && length % 2 === 0);
    return at < 0 ? reshape(x, [1, ...x.shape]) : reshape(x, x.shape.toSpliced(at, 1, 2, (x.shape[at] ?? 0) / 2));
  },
  transpose: (x) => transpose(x),
  rotate: (x) =>
    transpose(
      x,
      x.shape.map((_, axis) => (axis + 1) % x.rank),
    ),
  flip: (x, _, c) => (x.rank === 0 ? x : flip(x, { axis: axisOf(x, c) })),
  slice: (x, _, c) => {
    if (x.rank === 0) return x;
    const axis = axisOf(x, c);
    const at = (value: number) => x.shape.map((_, i) => (i === axis ? value : 0));
    return slice(
      x,
      at(c % 2),
      [],
      x.shape.map((_, i) => (i === axis ? 1 + (c % 3) : 1)),
    );
  },
  pad: (x, _, c) =>
    pad(
      x,
      x.shape.map((_, axis) => (axis === axisOf(x, c) ? [c % 3, c % 2] : [0, c % 2])),
    ),
  concat: (x, y, c) => {
    const [left, axis] = [ranked(x), axisOf(x, c)];
    return concat([left, fit(y, left.shape), left], { axis });
  },
  broadcast: (x, _, c) => broadcastTo(x, [1 + (c % 3), ...x.shape]),
  middle: (x, _, c) => {
    if (x.rank === 0) return broadcastTo(x, [2]);
    const [first = 1, ...rest] = x.shape;
    return broadcastTo(reshape(x, [first, 1, ...rest]), [first, 1 + (c % 3), ...rest]);
  },
  where: (x, y, c) => {
    const other = broadcastable(x, y) ? y : fit(y, x.shape);
    return where(logicalAnd(greater(x, 0.1234 - (c % 3)), logicalNot(less(other, -0.3217))), x, other);
  },
  maskInMemory: (x, y) => where(reshape(greater(reshape(x, [x.size]), 0.2131), x.shape), x, fit(y, x.shape)),
  maskAsNumber: (x, _, c) =>
    mul(x, add(cast(broadcastTo(greater(x, 0.1717), [1 + (c % 2), ...x.shape]), dtypeOf(x)), 0.5)),
  take: (x, y, c) => {
    const table = ranked(x);
    if (table.size === 0) return table;
    const axis = axisOf(table, c % 3 === 0 ? c : 0);
    return take(table, positions(fit(y, [1 + (c % 3), 1 + (c % 2)]), table.shape[axis] ?? 1), { axis });
  },
  gather: (x, y) => {
    const table = ranked(x);
    return table.size === 0 ? table : gather(table, positions(fit(y, table.shape), table.shape.at(-1) ?? 1));
  },
  scatterAdd: (x, y) => {
    const table = ranked(x);
    return table.size === 0 ? table : scatterAdd(table, positions(fit(y, table.shape), table.shape.at(-1) ?? 1), table);
  },
  /** A projection cut into gates. */
  gates: (x, y, c) => {
    const matrix = rows(ranked(x));
    const [a, b, d] = split(contraction(fit(y, [3, matrix.shape[0] ?? 1]), x, [matrix.shape[0] ?? 1, 6]), 3, {
      axis: -1,
    });
    if (a === undefined || b === undefined || d === undefined) throw new Error("three gates");
    return add(mul(sigmoid(a), tanh(b)), c % 2 === 0 ? d : sin(a));
  },
  /** Rows of a small table, projected. */
  embedding: (x, y, c) => {
    const table = fit(x, [2, 3]);
    const read = take(table, positions(fit(y, c % 2 === 0 ? [5] : [3, 2]), 2), { axis: 0 });
    return matmul(c % 3 === 0 ? read : reshape(read, [-1, 3]), fit(x, [3, 2]), { transposeRight: false });
  },
  /** The way in which text books write a cell. */
  joined: (x, y, c) => {
    const [left, right] = [fit(x, [2, 3]), fit(y, [2, 2])];
    const weights = (part: number) => mul(fit(pickOther(x, y, part), [5, 3]), 0.3);
    const input = concat(c % 2 === 0 ? [left, right] : [right, left], { axis: -1 });
    return add(sigmoid(add(matmul(input, weights(0)), 0.25)), tanh(matmul(input, weights(1))));
  },
  checkpointed: (x, y, c) =>
    checkpoint((a: Tensor, b: Tensor) =>
      tanh(add(mul(sin(a), 0.5), fit(contraction(a, b, [2, 1 + (c % 3)]), a.shape))),
    )(x, y),
  /** Products that share an operand. */
  shared: (x, y, c) => {
    const [left, first, second] = [fit(x, [2, 3]), fit(y, [3, 2]), fit(x, [2, 3])];
    return c % 2 === 0
      ? mul(matmul(left, first), matmul(left, second, { transposeRight: true }))
      : concat([matmul(left, first), matmul(left, tanh(first))], { axis: 0 });
  },
  integerRows,
  rowsOutside,
  integers: (x, y) => {
    const [a, b] = [
      cast(floor(add(mul(tanh(x), 5.37), 0.123)), "int32"),
      cast(floor(add(mul(tanh(fit(y, x.shape)), 3.71), 0.123)), "int32"),
    ];
    return mul(cast(maximum(add(mul(a, b), sum(a)), sub(neg(b), 2)), dtypeOf(x)), add(x, 0.01));
  },
};

/** Not differentiable everywhere, where equal values tie. */
export const rough: Readonly<Record<string, Simple>> = {
  max: (x, _, c) => (x.rank === 0 || x.size === 0 ? x : max(x, { axis: axisOf(x, c), keepDims: c % 2 === 0 })),
  min: (x) => (x.size === 0 ? x : min(x)),
  maximum: paired(maximum),
  minimum: paired(minimum),
  argmax: (x, _, c) => {
    if (x.rank === 0 || x.size === 0) return x;
    const distinct = add(
      floor(add(mul(tanh(x), 4.37), 0.123)),
      cumsum(full(x.shape, 0.01, { dtype: dtypeOf(x) }), { axis: axisOf(x, c) }),
    );
    return cast(argmax(distinct, { axis: axisOf(x, c) }), dtypeOf(x));
  },
};

/** Instructions that only kinds of Programs have which name them: each is a small model of its own. */
export const models: Readonly<Record<string, Simple>> = { branches, layer, layerAndLoss, own, tokenLoss, written };

function pickOther(x: Tensor, y: Tensor, part: number): Tensor {
  return part === 0 ? y : x;
}

/** A product of shape `shape` of what is found in x and y. */
export function contraction(x: Tensor, y: Tensor, shape: readonly number[]): Tensor {
  const [rows = 1, columns = 1] = shape;
  return mul(matmul(tanh(fit(x, [3, rows])), tanh(fit(y, [3, columns])), { transposeLeft: true }), 1 / 3);
}

/** As a matrix with the same rows. */
export function rows(c: Tensor): Tensor {
  return reshape(c, [sizeOf(c.shape.slice(0, -1)), c.shape.at(-1) ?? 1]);
}
