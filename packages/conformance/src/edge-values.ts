/**
 * Ops at the edges of the floats (zeros of either sign, infinities, NaN, subnormals, largest values) against PyTorch's values
 * and gradients, in both modes. `tooling/fixtures/README.md` says how the fixture is made; any backend can be held to it.
 */
import { compile, jvp, vjp } from "@tapegrad/autodiff";
import { dtypes, dtypeTable, sizeOf, type Tensor } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import {
  abs,
  add,
  cos,
  cumsum,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  gelu,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  logSoftmax,
  logSumExp,
  max,
  maximum,
  mean,
  min,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  prod,
  relu,
  rsqrt,
  sigmoid,
  sign,
  sin,
  softmax,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  variance,
  where,
} from "@tapegrad/ops";

/** JSON has no NaN, no infinities and, as Python writes it, no −0: these are strings. */
type Decimals = readonly (number | string)[];

/** Values at the edges of the floats, with the results that PyTorch has there. */
export interface EdgeEntry {
  readonly shape: readonly number[];
  readonly inputs: readonly Decimals[];
  readonly values: Decimals;
  /** What was pulled back to `gradients`; without it there is no derivative. */
  readonly cotangent?: Decimals;
  readonly gradients?: readonly Decimals[];
}

type EdgeFunction = (...inputs: readonly [Tensor, Tensor]) => Tensor;

const along = { axis: 1 };

/** By the name in the fixture. */
export const edgeFunctions: Readonly<Record<string, EdgeFunction>> = {
  ...{ abs, cos, erf, exp, expm1, floor, gelu, log, log1p, neg, relu, rsqrt, sigmoid, sign, sin, softplus, sqrt },
  ...{ square, tanh, add, sub, mul, div, pow, maximum, minimum },
  ...{ equal, notEqual, less, lessEqual, greater, greaterEqual },
  ...Object.fromEntries([0, 1, 2, 3, 0.5, -1].map((b) => [`pow to ${b}`, (x: Tensor) => pow(x, b)])),
  ...Object.fromEntries([1, 2].map((a) => [`pow of ${a}`, (x: Tensor) => pow(a, x)])),
  "plus 0": (x) => add(x, 0),
  "minus 0": (x) => sub(x, 0),
  "0 minus": (x) => sub(0, x),
  "times 0": (x) => mul(x, 0),
  "1 over": (x) => div(1, x),
  "0 over": (x) => div(0, x),
  "maximum with 0": (x) => maximum(x, 0),
  "where less": (a, b) => where(less(a, b), a, b),
  ...Object.fromEntries(
    Object.entries({ sum, mean, prod, max, min, variance, logSumExp, softmax, logSoftmax, cumsum }).map(
      ([name, op]) => [name, (x: Tensor) => op(x, along)],
    ),
  ),
};

/** How edge values are run. */
export interface EdgeOptions {
  readonly compiled: boolean;
  /** Whether what computed and expected numbers differ by does not matter. The sign of zero counts in values anyway. */
  isClose(value: number, expected: number): boolean;
}

/**
 * Where value, gradient or tangent of an entry is not PyTorch's: each as text, `gradient 0 at (2, −0): 1, PyTorch has 0`. The
 * name is that in the fixture, op and dtype.
 */
export async function edgeDifferences(name: string, entry: EdgeEntry, options: EdgeOptions): Promise<string[]> {
  const [op = "", dtype] = name.split(" · ");
  const type = defined(
    dtypes.find((known) => known === dtype),
    "dtype",
  );
  const run = defined(edgeFunctions[op], "function");
  const make = (values: Decimals, shape: readonly number[]) =>
    fromHost(dtypeTable[type].array.from(values.map(Number)), shape, type);
  const inputs = entry.inputs.map((values) => make(values, entry.shape));
  const { cotangent, gradients = [] } = entry;
  const apply = (x: readonly Tensor[]) => run(defined(x[0], "operand"), x[1] ?? defined(x[0], "operand"));
  const isPointwise = sizeOf(entry.shape) === entry.values.length && entry.shape.length === 1;
  const parts = (x: readonly Tensor[]): Tensor[] => {
    if (cotangent === undefined) return [apply(x)];
    const { value, pullback } = vjp((...y: Tensor[]) => apply(y), ...x);
    const back = pullback(make(cotangent, value.shape));
    if (!isPointwise) return [value, ...back];
    const tangents = x.map((operand, i) => {
      const ones = make(new Array<number>(operand.size).fill(1), operand.shape);
      return jvp((y: Tensor) => apply(x.with(i, y)), [operand], [ones]).tangent;
    });
    return [value, ...back, ...tangents];
  };
  const computed = (options.compiled ? compile((...x: Tensor[]) => parts(x)) : (...x: Tensor[]) => parts(x))(...inputs);
  const expected = [entry.values, ...gradients, ...gradients];
  const titles = ["value", ...gradients.map((_, i) => `gradient ${i}`), ...gradients.map((_, i) => `tangent ${i}`)];
  const found: string[] = [];
  for (const [k, result] of computed.entries()) {
    const wanted = defined(expected[k], "fixture").map(Number);
    const at = (i: number) => entry.inputs.map((values) => placeIn(values, i, wanted.length)).join(", ");
    for (const [i, value] of Array.from(await result.data()).entries()) {
      const other = wanted[i] ?? Number.NaN;
      const isSame = Object.is(value, other) || (k > 0 && value === other);
      if (!isSame && (value === other || !options.isClose(value, other)))
        found.push(`${titles[k]} at (${at(i)}): ${text(value)}, PyTorch has ${text(other)}`);
    }
  }
  return found;
}

/** The element that result `i` comes from, or its row. */
function placeIn(values: Decimals, i: number, results: number): string {
  const count = values.length / results;
  const isRow = values.length % 3 === 0 && values.length === 57;
  const [start, length] = isRow ? [3 * Math.floor((i * count) / 3), 3] : [i, 1];
  return values.slice(start, start + length).join(" ");
}

function text(value: number): string {
  return Object.is(value, -0) ? "−0" : String(value);
}

/** Where another convention than PyTorch's is kept, by op: what the difference says, and why. */
export const statedDifferences: Readonly<Record<string, readonly { readonly says: RegExp; readonly why: string }[]>> = {
  abs: [{ says: /(gradient|tangent) 0 at \(NaN\): NaN/, why: "sign(NaN) is NaN, as in NumPy and JAX; 0 in PyTorch" }],
  sign: [
    { says: /value at \(NaN\): NaN/, why: "as in NumPy and JAX; 0 in PyTorch" },
    { says: /value at \(-0\): −0/, why: "as in NumPy and JAX; 0 in PyTorch" },
  ],
  relu: [{ says: /value at \(-0\): 0/, why: "max(x, 0); PyTorch keeps the −0 of a comparison that fails" }],
  gelu: [{ says: /value at .*: −0/, why: "x · Φ(x); PyTorch's vectorised kernel gives 0, its scalar one −0" }],
  sigmoid: [{ says: /at \(-90\): 8.19/, why: "a subnormal that PyTorch's vectorised kernel flushes to 0" }],
  "pow to 0.5": [{ says: /at \(-(0|Infinity)\)/, why: "IEEE 754's pow; PyTorch takes the square root" }],
  maximum: [{ says: /value at \(0, -0\): 0/, why: "IEEE 754's maximum; PyTorch takes the second" }],
  minimum: [{ says: /value at \(-0, 0\): −0/, why: "IEEE 754's minimum; PyTorch takes the second" }],
  min: [{ says: /value at \(0 -0 0\): −0/, why: "IEEE 754's minimum; PyTorch takes the first" }],
  sum: [{ says: /value at \(1.79.* -1.79.* 1\)/, why: "the order of additions" }],
  mean: [{ says: /value at \(1.79.* -1.79.* 1\)/, why: "the order of additions" }],
  logSumExp: [
    { says: /gradient 0 at \(-Infinity -Infinity -Infinity\): 0/, why: "0, so that a row that is masked is harmless" },
  ],
  variance: [
    { says: /gradient 0 at .*(Infinity|e\+)/, why: "NaN where the value or the mean is not finite" },
    {
      says: /value at .*1.79.*: Infinity/,
      why: "the largest squares overflow; PyTorch's running form makes NaN of them",
    },
  ],
};
