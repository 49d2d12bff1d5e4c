/**
 * Parts of recurrent models for random Programs: cells in the styles in which users write them, tables of tokens, losses that
 * pick a class, branches by batch entry. The compiler's passes look for these patterns.
 */
import { cond, scan, vmap } from "@tapegrad/autodiff";
import { apply, type OpDefinition, sizeOf, type Tensor } from "@tapegrad/core";
import {
  add,
  arange,
  broadcastTo,
  concat,
  gather,
  greater,
  logSumExp,
  matmul,
  max,
  min,
  mul,
  neg,
  reshape,
  scatterAdd,
  sigmoid,
  sin,
  slice,
  split,
  sub,
  sum,
  take,
  tanh,
  transpose,
  zerosLike,
} from "@tapegrad/ops";
import { dtypeOf, fit, pick, positions } from "./random-pieces.ts";

/** `count` numbers below `radices`, the digits of c. */
function digits(c: number, radices: readonly number[]): number[] {
  let rest = c;
  return radices.map((radix) => {
    const digit = rest % radix;
    rest = Math.floor(rest / radix);
    return digit;
  });
}

/** Numbers between −1 and 1 that depend on x, no two alike. */
function varied(x: Tensor, shape: readonly number[], k: number): Tensor {
  const ramp = arange(0, sizeOf(shape), 1, { dtype: dtypeOf(x) });
  return sin(add(fit(x, shape), add(mul(reshape(ramp, shape), 1.7), k)));
}

const [batch, time, width, hidden, words] = [2, 4, 2, 3, 3];

type Gates = (h: Tensor, x: Tensor) => readonly Tensor[];

/** Three gates of h and x: each of a product of its own or all of one, of [h, x] or of h and of x. */
function gatesOf(x: Tensor, way: number, transposeRight: boolean): Gates {
  const weights = (rows: number, columns: number, k: number) =>
    varied(x, transposeRight ? [columns, rows] : [rows, columns], k);
  const product = (a: Tensor, w: Tensor) => matmul(a, w, { transposeRight });
  const biases = [0, 1, 2].map((k) => varied(x, [hidden], 50 + k));
  const each = (gate: (k: number) => Tensor) => biases.map((bias, k) => add(gate(k), bias));
  const own = (rows: number, k: number) => [0, 1, 2].map((gate) => weights(rows, hidden, k + gate));
  const all = (list: readonly Tensor[], k: number) => list[k] ?? x;
  if (way === 0) {
    const both = own(hidden + width, 0);
    return (h, e) => each((k) => product(concat([h, e], { axis: -1 }), all(both, k)));
  }
  if (way === 1) {
    const [ofHidden, ofInput] = [own(hidden, 0), own(width, 10)];
    return (h, e) => each((k) => add(product(h, all(ofHidden, k)), product(e, all(ofInput, k))));
  }
  if (way === 2) {
    const [ofHidden, ofCell, ofInput] = [own(hidden, 0), own(hidden, 10), own(width, 20)];
    return (h, e) =>
      each((k) =>
        add(add(product(h, all(ofHidden, k)), product(tanh(h), all(ofCell, k))), product(e, all(ofInput, k))),
      );
  }
  const [ofHidden, ofInput] = [weights(hidden, 3 * hidden, 0), weights(width, 3 * hidden, 10)];
  return (h, e) => {
    const parts = split(add(product(h, ofHidden), product(e, ofInput)), 3, { axis: -1 });
    return way === 3 ? parts : each((k) => all(parts, k));
  };
}

/** The outputs [time, batch, hidden] of a gated cell over rows of a table or over x as it is. */
function outputsOf(x: Tensor, y: Tensor, c: number): { outputs: Tensor; indices: Tensor } {
  const [way = 0, turned, isDense] = digits(c, [5, 2, 3]);
  const gates = gatesOf(x, way, turned === 1);
  const indices = positions(varied(y, [batch, time], 3), words);
  const rows = take(varied(y, [words, width], 30), indices, { axis: 0 });
  const dense = varied(y, [batch, time, width], 30);
  const sequence = transpose(isDense === 2 ? dense : rows, [1, 0, 2]);
  const [, outputs] = scan(
    (h: Tensor, element: Tensor): [Tensor, Tensor] => {
      const [first = h, second = h, third = h] = gates(h, element);
      const next = add(mul(sigmoid(first), h), mul(sigmoid(second), tanh(third)));
      return [next, next];
    },
    varied(x, [batch, hidden], 20),
    sequence,
    { reverse: c % 7 === 3 },
  );
  return { outputs, indices };
}

/** A layer, a head over its outputs by batch entry, and the loss of one class for each step. */
export function layerAndLoss(x: Tensor, y: Tensor, c: number): Tensor {
  const { outputs, indices } = outputsOf(x, y, c);
  const logits = add(matmul(transpose(outputs, [1, 0, 2]), varied(x, [hidden, words], 40)), varied(x, [words], 41));
  const shift = [max, min][Math.floor(c / 4) % 3]?.(logits, { axis: -1, keepDims: true }) ?? 0.5;
  return c % 4 === 0 ? tanh(sub(logits, shift)) : pickedClass(sub(logits, shift), indices);
}

/** The outputs of a layer, by time. */
export function layer(x: Tensor, y: Tensor, c: number): Tensor {
  return outputsOf(x, y, c).outputs;
}

/** −log softmax(logits) at one class of each row. */
function pickedClass(logits: Tensor, classes: Tensor): Tensor {
  const picked = gather(logits, reshape(classes, [...classes.shape, 1]));
  return sub(reshape(logSumExp(logits, { axis: -1 }), classes.shape), reshape(picked, classes.shape));
}

/** The loss of classes of tokens, whose logits are rows of a table and a bias. */
export function tokenLoss(x: Tensor, y: Tensor, c: number): Tensor {
  const indices = positions(varied(y, [5], c % 3), words);
  const logits = add(take(varied(x, [words, 4], 1), indices, { axis: 0 }), varied(x, [4], 2));
  return pickedClass(logits, positions(varied(y, [5], 7), 4));
}

/** A condition for each row of a batch. */
export function branches(x: Tensor, y: Tensor, c: number): Tensor {
  const rows = varied(x, [3, 2], c % 5);
  return vmap((row: Tensor) =>
    cond(
      greater(sum(row), 0.1234),
      (v: Tensor) => sin(mul(v, fit(y, []))),
      (v: Tensor) => add(tanh(v), 0.5),
      row,
    ),
  )(rows);
}

/** Ops that cancel each other, change nothing, or are read in part: laws of a compiler remove them. */
const removable: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x) => neg(neg(x)),
  (x) => sub(x, zerosLike(x)),
  (x) => broadcastTo(broadcastTo(x, [1, ...x.shape]), [2, ...x.shape]),
  (x) => concat([x], { axis: 0 }),
  (x) => transpose(x, [0, 1]),
  (x) => sin(transpose(transpose(x))),
  (x, y) => sin(slice(matmul(x, y), [0, 1], [3, 3])),
  (x, y) => sum(concat([x, y], { axis: 1 }), { axis: 0 }),
  (x, y) => add(scatterAdd(zerosLike(x), positions(fit(y, [3, 1]), 3), fit(y, [3, 1])), x),
];

/** One of the patterns that laws remove. */
export function written(x: Tensor, y: Tensor, c: number): Tensor {
  return pick(removable, c)(varied(x, [3, 3], 1), varied(y, [3, 3], 2));
}

const ownOp: OpDefinition = {
  name: "shiftedSine",
  type: ([x]) => ({ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32" }),
  derivative: { kind: "pointwise", partials: [({ y }) => y], saves: ["y"] },
  batching: { kind: "pointwise" },
  tolerance: 1,
  decompose: ([x]) => {
    if (x === undefined) throw new Error("one operand");
    return sin(add(x, 0.25));
  },
};

/** An op of the user's own, which says how it is done with others. */
export function own(x: Tensor): Tensor {
  return apply(ownOp, [x], {});
}
