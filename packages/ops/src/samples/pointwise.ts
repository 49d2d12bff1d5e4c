/** Samples of the pointwise primitives. */
import type { Tensor } from "@tapegrad/core";
import {
  abs,
  add,
  cos,
  div,
  equal,
  erf,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  logicalAnd,
  logicalNot,
  logicalOr,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  relu,
  rsqrt,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  tanh,
  where,
} from "../index.ts";
import { bool, bools, distinct, exact, int32, normal, positive, type Sample, type SampleInput } from "./inputs.ts";

type Maker = (shape: readonly number[]) => SampleInput;

function unary(run: (x: Tensor) => Tensor, make: Maker, edges: readonly Sample[] = []): readonly Sample[] {
  const shapes = [[], [7], [2, 3], [0], [2, 0, 3]];
  return [...shapes.map((shape) => ({ name: `[${shape}]`, inputs: [make(shape)], run })), ...edges];
}

const pairs = [
  [[], []],
  [
    [2, 3],
    [2, 3],
  ],
  [[], [2, 3]],
  [[2, 3], []],
  [[3], [2, 3]],
  [
    [2, 1],
    [1, 3],
  ],
  [
    [4, 1, 3],
    [2, 1],
  ],
  [
    [0, 3],
    [1, 3],
  ],
  [[1], [0]],
] as const;

function binary(
  run: (a: Tensor, b: Tensor) => Tensor,
  left: Maker,
  right: Maker,
  edges: readonly Sample[] = [],
): readonly Sample[] {
  return [...pairs.map(([a, b]) => ({ name: `[${a}] and [${b}]`, inputs: [left(a), right(b)], run })), ...edges];
}

/** One edge of a unary op: what comes out, and the stated gradient where differences cannot tell it. */
function edge(
  name: string,
  run: (x: Tensor) => Tensor,
  x: readonly number[],
  values: readonly number[],
  gradient?: readonly number[],
): Sample {
  return { name, inputs: [exact(x)], run, values, ...(gradient === undefined ? {} : { gradients: [gradient] }) };
}

function integers(run: (...inputs: Tensor[]) => Tensor, x: readonly number[], values: readonly number[]): Sample {
  return { name: "int32", inputs: [int32(x)], run, values };
}

function integerPair(
  run: (a: Tensor, b: Tensor) => Tensor,
  a: readonly number[],
  b: readonly number[],
  values: readonly number[],
): Sample {
  return { name: "int32", inputs: [int32(a), int32(b)], run, values };
}

const [smallest, largest] = [-(2 ** 31), 2 ** 31 - 1];

function comparison(run: (a: Tensor, b: Tensor) => Tensor, values: readonly number[]): readonly Sample[] {
  return binary(run, distinct, (shape) => distinct(shape, 0.5), [
    {
      name: "less, equal, greater, NaN, signed zeros, infinities",
      inputs: [exact([1, 2, 3, NaN, 0, Infinity]), exact([2, 2, 2, NaN, -0, Infinity])],
      run,
      values,
    },
    integerPair(run, [1, 2, 3, smallest], [2, 2, 2, largest], [...values.slice(0, 3), values[0] ?? 0]),
  ]);
}

function logic(run: (a: Tensor, b: Tensor) => Tensor, values: readonly number[]): readonly Sample[] {
  return [
    { name: "truth table", inputs: [bool([0, 0, 1, 1]), bool([0, 1, 0, 1])], run, values },
    { name: "broadcast", inputs: [bool([0, 1], [2, 1]), bool([1, 0, 1], [3])], run },
    { name: "empty", inputs: [bool([], [0]), bool([1], [])], run },
    { name: "floats count as non-zero", inputs: [exact([0, 0, 2, -3]), exact([0, 0.5, 0, 1])], run, values },
  ];
}

export const pointwiseSamples = {
  abs: unary(abs, distinct, [
    edge("at zero", abs, [0, -0], [0, 0], [0, 0]),
    integers(abs, [-3, 0, 3, smallest], [3, 0, 3, smallest]),
  ]),
  add: binary(add, normal, normal, [integerPair(add, [1, largest], [2, 1], [3, smallest])]),
  cos: unary(cos, normal),
  div: binary(div, normal, positive, [
    { name: "negative divisor", inputs: [normal([3]), exact([-1, -0.5, -2])], run: div },
    {
      name: "by zero",
      inputs: [exact([1, -1, 0])],
      run: (a) => div(a, 0),
      values: [Infinity, -Infinity, NaN],
      gradients: [[Infinity, Infinity, Infinity]],
    },
  ]),
  equal: comparison(equal, [0, 1, 0, 0, 1, 1]),
  erf: unary(erf, normal, [
    edge("saturated", erf, [-7, -0, 0, 7], [-1, -0, 0, 1]),
    { name: "around the change of formula", inputs: [exact([-3, -2.5, 2.4999, 2.5001, 3, 5.5])], run: erf },
  ]),
  exp: unary(exp, normal, [edge("underflow", exp, [-1e4, -Infinity], [0, 0])]),
  expm1: unary(expm1, normal, [
    edge("near zero", expm1, [1e-10, -1e-10, 0], [1.00000000005e-10, -9.9999999995e-11, 0]),
  ]),
  floor: unary(floor, distinct, [
    edge("at integers", floor, [-1, -0.5, 0, 1], [-1, -1, 0, 1], [0, 0, 0, 0]),
    integers(floor, [-3, 3], [-3, 3]),
  ]),
  greater: comparison(greater, [0, 0, 1, 0, 0, 0]),
  greaterEqual: comparison(greaterEqual, [0, 1, 1, 0, 1, 1]),
  less: comparison(less, [1, 0, 0, 0, 0, 0]),
  lessEqual: comparison(lessEqual, [1, 1, 0, 0, 1, 1]),
  log: unary(log, positive, [
    edge("at zero", log, [0], [-Infinity], [Infinity]),
    { name: "negative", inputs: [exact([-1])], run: log, values: [NaN] },
  ]),
  log1p: unary(log1p, positive, [
    edge("near zero", log1p, [1e-10, -1e-10, 0], [9.9999999995e-11, -1.00000000005e-10, 0]),
  ]),
  logicalAnd: logic(logicalAnd, [0, 0, 0, 1]),
  logicalNot: [
    { name: "both", inputs: [bool([0, 1])], run: logicalNot, values: [1, 0] },
    { name: "empty", inputs: [bool([], [0, 2])], run: logicalNot },
    { name: "rank 0", inputs: [bool([1], [])], run: logicalNot, values: [0] },
  ],
  logicalOr: logic(logicalOr, [0, 1, 1, 1]),
  maximum: binary(maximum, distinct, (shape) => distinct(shape, 0.5), [
    {
      name: "ties share",
      inputs: [exact([1, 2, 0]), exact([1, 1, 3])],
      run: maximum,
      values: [1, 2, 3],
      gradients: [
        [0.5, 1, 0],
        [0.5, 0, 1],
      ],
    },
    {
      name: "NaN wins",
      inputs: [exact([NaN, 1]), exact([1, NaN])],
      run: maximum,
      values: [NaN, NaN],
    },
    integerPair(maximum, [smallest, 2], [largest, -2], [largest, 2]),
  ]),
  minimum: binary(minimum, distinct, (shape) => distinct(shape, 0.5), [
    {
      name: "ties share",
      inputs: [exact([1, 2, 0]), exact([1, 1, 3])],
      run: minimum,
      values: [1, 1, 0],
      gradients: [
        [0.5, 0, 1],
        [0.5, 1, 0],
      ],
    },
    integerPair(minimum, [smallest, 2], [largest, -2], [smallest, -2]),
  ]),
  mul: binary(mul, normal, normal, [
    integerPair(mul, [3, largest, 65537], [-4, largest, 65537], [-12, 1, 131073]),
    { name: "one operand twice", inputs: [normal([3])], run: (x) => mul(x, x) },
  ]),
  neg: unary(neg, normal, [integers(neg, [-3, 0, smallest], [3, 0, smallest])]),
  notEqual: comparison(notEqual, [1, 0, 1, 1, 0, 0]),
  pow: binary(pow, positive, normal, [
    {
      name: "at zero",
      inputs: [exact([0, 0, 0]), exact([0, 1, 2])],
      run: pow,
      values: [1, 0, 0],
      gradients: [
        [0, 1, 0],
        [0, 0, 0],
      ],
    },
    { name: "to the zeroth", inputs: [positive([3]), exact([0, 0, 0])], run: pow },
    ...[0, 1, 2, 3].map((b) => ({
      name: `around zero to the constant ${b}`,
      inputs: [exact([-1.5, 0, 0.5])],
      run: (a: Tensor) => pow(a, b),
    })),
    { name: "to a constant fraction", inputs: [positive([3])], run: (a) => pow(a, -1.5) },
    { name: "constant base", inputs: [normal([3])], run: (b) => pow(2, b) },
  ]),
  relu: unary(relu, distinct, [
    edge("at zero", relu, [0, -0], [0, 0], [0, 0]),
    integers(relu, [-3, 0, 3], [0, 0, 3]),
    edge("NaN stays", relu, [NaN], [NaN]),
  ]),
  rsqrt: unary(rsqrt, positive, [edge("at zero", rsqrt, [0], [Infinity], [-Infinity])]),
  sigmoid: unary(sigmoid, normal, [edge("saturated", sigmoid, [-1e4, -1e3, 0, 1e3, 1e4], [0, 0, 0.5, 1, 1])]),
  sign: unary(sign, distinct, [
    edge("at zero", sign, [-2, 0, 2], [-1, 0, 1], [0, 0, 0]),
    integers(sign, [-3, 0, 3], [-1, 0, 1]),
  ]),
  sin: unary(sin, normal),
  softplus: unary(softplus, normal, [edge("large magnitudes", softplus, [-1e4, 0, 1e4], [0, Math.LN2, 1e4])]),
  sqrt: unary(sqrt, positive, [edge("at zero", sqrt, [0, 4], [0, 2], [Infinity, 0.25])]),
  square: unary(square, normal, [integers(square, [-3, 65537, largest], [9, 131073, 1])]),
  sub: binary(sub, normal, normal, [integerPair(sub, [1, smallest], [2, 1], [-1, largest])]),
  tanh: unary(tanh, normal, [edge("saturated", tanh, [-1e4, -20, 0, 20, 1e4], [-1, -1, 0, 1, 1])]),
  where: [
    ...[
      [[], [], []],
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [[3], [2, 3], []],
      [[2, 1], [3], [2, 3]],
      [[], [2, 3], [3]],
      [[2, 1, 1], [], [4]],
      [[0], [1], [0]],
    ].map(([test = [], a = [], b = []]) => ({
      name: `[${test}], [${a}] and [${b}]`,
      inputs: [bools(test), normal(a), normal(b)],
      run: where,
    })),
    {
      name: "NaN in the branch not taken",
      inputs: [bool([1, 0, 1]), exact([1, NaN, 2]), exact([NaN, 3, Infinity])],
      run: where,
      values: [1, 3, 2],
    },
    {
      name: "a constant branch",
      inputs: [bool([1, 0]), normal([2])],
      run: (test, x) => where(test, x, 0),
    },
    {
      name: "int32",
      inputs: [bool([1, 0]), int32([smallest, 1]), int32([2, largest])],
      run: where,
      values: [smallest, largest],
    },
    { name: "bool", inputs: [bool([1, 0]), bool([1, 1]), bool([0, 0])], run: where, values: [1, 0] },
  ],
} satisfies Record<string, readonly Sample[]>;
