/**
 * Errors of long float32 sums: of up to 2²⁰ equal terms, whose roundings all go one way, eager and compiled, on both host
 * backends, beside those of PyTorch 1.13 on a CPU (`tooling/fixtures/pytorch/sums.py`).
 */
import { compile, grad, scan } from "@tapegrad/autodiff";
import type { Tensor } from "@tapegrad/core";
import {
  add,
  broadcastTo,
  cumsum,
  full,
  indexAdd,
  logSumExp,
  matmul,
  mean,
  mul,
  reshape,
  scatterAdd,
  slice,
  sum,
  take,
  transpose,
  zeros,
} from "@tapegrad/ops";
import { describe, expect, it } from "vitest";
import { cpuBackend, on, variants } from "./comparison.ts";

const term = Math.fround(0.1);
const square = term * term;

/** Of x [k, 4], all 0.1. */
interface Case {
  readonly compute: (x: Tensor) => Tensor;
  /** The first element of the result, per term. */
  readonly each: number | "mean" | "logSumExp";
  /** Relative errors of PyTorch's for 2¹², 2¹⁶ and 2²⁰ terms. */
  readonly pytorch: readonly [number, number, number];
}

const products = [8.9e-7, 1.9e-6, 3.3e-5] as const;
const sums = [1.5e-7, 1.5e-7, 6e-7] as const;
const added = [3.9e-5, 6.2e-4, 9.9e-3] as const;
const first = (x: Tensor) => slice(x, [0, 0], [x.shape[0], 1]);
const rows = (x: Tensor) => zeros([x.shape[0] ?? 0], { dtype: "int32" });

const cases: Readonly<Record<string, Case>> = {
  aᵀa: { compute: (x) => matmul(x, x, { transposeLeft: true }), each: square, pytorch: products },
  a·b: { compute: (x) => matmul(transpose(x), x), each: square, pytorch: products },
  a·bᵀ: {
    compute: (x) => matmul(transpose(x), transpose(x), { transposeRight: true }),
    each: square,
    pytorch: products,
  },
  row·b: { compute: (x) => matmul(transpose(first(x)), x), each: square, pytorch: products },
  a·column: { compute: (x) => matmul(transpose(x), first(x)), each: square, pytorch: products },
  "sum along": { compute: (x) => sum(transpose(x), { axis: 1 }), each: term, pytorch: sums },
  "sum across": { compute: (x) => sum(x, { axis: 0 }), each: term, pytorch: sums },
  "sum of what a loop computes": { compute: (x) => sum(mul(x, first(x)), { axis: 0 }), each: square, pytorch: sums },
  mean: { compute: (x) => mean(x, { axis: 0 }), each: "mean", pytorch: sums },
  logSumExp: { compute: (x) => logSumExp(x, { axis: 0 }), each: "logSumExp", pytorch: [1e-7, 1e-7, 1e-7] },
  cumsum: { compute: (x) => slice(cumsum(x, { axis: 0 }), [(x.shape[0] ?? 1) - 1]), each: term, pytorch: sums },
  indexAdd: { compute: (x) => indexAdd(zeros([2, 4]), rows(x), x), each: term, pytorch: added },
  scatterAdd: {
    compute: (x) => scatterAdd(zeros([2, 4]), broadcastTo(reshape(rows(x), [-1, 1]), x.shape), x, { axis: 0 }),
    each: term,
    pytorch: added,
  },
  "gradient of a table": {
    compute: (x) => grad((table: Tensor) => sum(mul(take(table, rows(x)), x)))(zeros([2, 4])),
    each: term,
    pytorch: added,
  },
};

const carried = {
  "a carry that adds": (x: Tensor) => scan((c: Tensor, at: Tensor) => [add(c, at), null], zeros([4]), x)[0],
  "a gradient through time": (x: Tensor) =>
    grad((w: Tensor) =>
      sum(
        scan(
          (h: Tensor, at: Tensor) => {
            const next = add(mul(h, 0), mul(w, at));
            return [next, next];
          },
          zeros([4]),
          x,
        )[1],
      ),
    )(full([4], 0.1)),
};

/** What a float32 result may be off by for its last place. */
const rounding = 1.2e-7;

function errorOf(compute: (x: Tensor) => Tensor, terms: number, each: Case["each"]): number {
  const exact = each === "mean" ? term : each === "logSumExp" ? Math.log(terms) + term : terms * each;
  return Math.abs((compute(full([terms, 4], term)).dataSync()[0] ?? Number.NaN) / exact - 1);
}

const [fastest] = variants;

describe.each([["cpu", cpuBackend] as const, ...(fastest === undefined ? [] : [fastest])])("%s", (name, backend) => {
  // The reference backend interprets what is compiled.
  const ways = (compute: Case["compute"]) => (name === "cpu" ? [compute] : [compute, compile(compute)]);

  it.each(Object.entries(cases))("%s", (_, { compute, each, pytorch }) => {
    for (const [i, terms] of [2 ** 12, 2 ** 16, 2 ** 20].entries()) {
      // Sums and additions by index keep totals in float64; products are summed in blocks, as PyTorch's are.
      const bound = pytorch === products ? 1.02 * (pytorch[i] ?? 0) : rounding;
      for (const fn of ways(compute)) expect(on(backend, () => errorOf(fn, terms, each))).toBeLessThanOrEqual(bound);
    }
  });

  it.each(Object.entries(carried))("%s", (_, compute) => {
    const terms = name === "cpu" ? 256 : 2 ** 16;
    // A loop that adds step by step rounds step by step, as PyTorch's does: 6.2e-4 at 2¹⁶.
    for (const fn of ways(compute))
      expect(on(backend, () => errorOf(fn, terms, term))).toBeLessThanOrEqual(terms === 256 ? 3.9e-5 : 6.3e-4);
  });
});
