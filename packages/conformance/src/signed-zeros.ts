/**
 * Random chains of ops with exact results, on values for which laws of arithmetic fail: zeros of either sign, infinities and
 * NaN. A compiled chain must give the eager result, bit for bit.
 */
import { grad, scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import {
  abs,
  add,
  arange,
  broadcastTo,
  cast,
  concat,
  cumsum,
  div,
  flip,
  floor,
  full,
  greater,
  indexAdd,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  pad,
  prod,
  relu,
  reshape,
  scatterAdd,
  sign,
  slice,
  split,
  square,
  sub,
  sum,
  take,
  transpose,
  where,
  zeros,
} from "@tapegrad/ops";
import fc from "fast-check";

/** The values that a chain begins with: [3, 1]. */
type Step = (x: Tensor) => Tensor;

const column = (x: Tensor) => reshape(x, [3, 1]);
const firstOfRow = () => zeros([3, 1], { dtype: "int32" });

/** Each keeps the shape [3, 1]. */
export const exactSteps: Readonly<Record<string, Step>> = {
  "+ 0": (x) => add(x, 0),
  "+ (−0)": (x) => add(x, -0),
  "0 +": (x) => add(full([3, 1], 0, { dtype: x.dtype }), x),
  "− 0": (x) => sub(x, 0),
  "− (−0)": (x) => sub(x, -0),
  "0 −": (x) => sub(0, x),
  "· 1": (x) => mul(x, 1),
  "· (−1)": (x) => mul(x, -1),
  "· 0": (x) => mul(x, 0),
  "/ 1": (x) => div(x, 1),
  "1 /": (x) => div(1, x),
  neg,
  "max 0": (x) => maximum(x, 0),
  "min −0": (x) => minimum(-0, x),
  abs,
  sign,
  relu,
  square,
  floor,
  "sum of one": (x) => sum(x, { axis: 1, keepDims: true }),
  "sum of two": (x) => sum(concat([x, x], { axis: 1 }), { axis: 1, keepDims: true }),
  "sum of sums": (x) => sum(sum(reshape(x, [3, 1, 1]), { axis: 2 }), { axis: 1, keepDims: true }),
  "mean of one": (x) => mean(x, { axis: 1, keepDims: true }),
  "max of one": (x) => max(x, { axis: 1, keepDims: true }),
  "min of two": (x) => min(concat([x, neg(x)], { axis: 1 }), { axis: 1, keepDims: true }),
  "product of one": (x) => prod(x, { axis: 1, keepDims: true }),
  "running sum": (x) => cumsum(x, { axis: 1 }),
  "padded pieces": (x) =>
    column(
      add(
        pad(slice(x, [0], [1]), [
          [0, 2],
          [0, 0],
        ]),
        add(
          pad(slice(x, [1], [2]), [
            [1, 1],
            [0, 0],
          ]),
          pad(slice(x, [2], [3]), [
            [2, 0],
            [0, 0],
          ]),
        ),
      ),
    ),
  "gradient of a split": (x) =>
    grad((y: Tensor) =>
      split(y, 3)
        .map((part, i) => sum(mul(part, slice(x, [i], [i + 1]))))
        .reduce((a, b) => add(a, b)),
    )(zeros([3, 1], { dtype: x.dtype })),
  "elements added over time": (x) => {
    const first = reshape(slice(x, [0], [1]), [1]);
    return broadcastTo(scan((total: Tensor, row: Tensor) => [add(total, row), row], first, x)[0], [3, 1]);
  },
  "negated sums added over time": (x) => {
    const first = reshape(slice(x, [0], [1]), [1]);
    const step = (total: Tensor, row: Tensor): [Tensor, Tensor] => [
      add(total, neg(sum(row, { axis: 0, keepDims: true }))),
      row,
    ];
    return broadcastTo(scan(step, first, x)[0], [3, 1]);
  },
  "padded pieces, added up": (x) => {
    const pieces = add(
      pad(slice(x, [0], [1]), [
        [0, 2],
        [0, 0],
      ]),
      pad(slice(x, [1]), [
        [1, 0],
        [0, 0],
      ]),
    );
    return add(x, sum(pieces, { axis: 0, keepDims: true }));
  },
  "added to zeros": (x) => scatterAdd(zeros([3, 1], { dtype: x.dtype }), firstOfRow(), x),
  "added where it lies": (x) => add(x, scatterAdd(zeros([3, 1], { dtype: x.dtype }), firstOfRow(), neg(x))),
  "rows added": (x) => add(x, indexAdd(zeros([3, 1], { dtype: x.dtype }), arange(2, -3, -2), x)),
  "rows read": (x) => take(x, arange(0, 5, 2)),
  "row added to rows read": (x) => slice(add(take(slice(x, [0], [2]), arange(-1, 3)), slice(x, [2], [3])), [0], [3]),
  where: (x) => where(greater(x, 0), x, 0),
  turned: (x) => column(flip(transpose(x))),
  "float64 and back": (x) => cast(cast(x, "float64"), x.dtype),
};

/** Ops whose results are known to the last bit and sign. */
export interface ExactChain {
  readonly values: readonly number[];
  readonly steps: readonly string[];
}

/** Chains of at most five steps from three values. */
export const exactChains: fc.Arbitrary<ExactChain> = fc.record({
  values: fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(-0, 0, 1, -1, 0.5, Infinity, -Infinity, Number.NaN))),
  steps: fc.array(fc.constantFrom(...Object.keys(exactSteps)), { minLength: 1, maxLength: 5 }),
});

/** All values along the chain, on [3, 1]. */
export function runChain({ steps }: ExactChain, x: Tensor): Tensor[] {
  const values = [x];
  for (const name of steps) {
    const [step, last] = [exactSteps[name], values.at(-1)];
    if (step !== undefined && last !== undefined) values.push(step(last));
  }
  return values.slice(1);
}
