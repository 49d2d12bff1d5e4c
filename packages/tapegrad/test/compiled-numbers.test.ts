/** A number given to a compiled function is what it is outside: every op with number operands has one dtype and one value, or one error. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { dtypes } from "@tapegrad/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import * as tg from "../src/index.ts";

type Use = (x: tg.Tensor, n: number) => tg.Tensor;

const int32 = (...values: number[]) => tg.tensor(values, { dtype: "int32" });

const embedding = () => new tg.Embedding(3, 2, { generator: new tg.Generator(1) });

const binary = {
  add: tg.add,
  sub: tg.sub,
  mul: tg.mul,
  div: tg.div,
  pow: tg.pow,
  minimum: tg.minimum,
  maximum: tg.maximum,
  equal: tg.equal,
  notEqual: tg.notEqual,
  less: tg.less,
  lessEqual: tg.lessEqual,
  greater: tg.greater,
  greaterEqual: tg.greaterEqual,
  logicalAnd: tg.logicalAnd,
  logicalOr: tg.logicalOr,
};

const unary = {
  abs: tg.abs,
  argmax: tg.argmax,
  cos: tg.cos,
  exp: tg.exp,
  expm1: tg.expm1,
  floor: tg.floor,
  gelu: tg.gelu,
  log: tg.log,
  log1p: tg.log1p,
  logicalNot: tg.logicalNot,
  logSumExp: tg.logSumExp,
  max: tg.max,
  mean: tg.mean,
  neg: tg.neg,
  onesLike: tg.onesLike,
  prod: tg.prod,
  relu: tg.relu,
  rsqrt: tg.rsqrt,
  sigmoid: tg.sigmoid,
  sign: tg.sign,
  sin: tg.sin,
  softplus: tg.softplus,
  sqrt: tg.sqrt,
  square: tg.square,
  squeeze: tg.squeeze,
  stopGradient: tg.stopGradient,
  sum: tg.sum,
  tanh: tg.tanh,
  transpose: tg.transpose,
  variance: tg.variance,
  zerosLike: tg.zerosLike,
};

const others: Readonly<Record<string, Use>> = {
  "the index of take": (x, n) => tg.take(x, n),
  "the index of indexAdd": (x, n) => tg.indexAdd(x, n, 1),
  "the updates of indexAdd": (x, n) => tg.indexAdd(x, int32(0), n),
  "the updates of scatterAdd": (x, n) => tg.scatterAdd(x, int32(0, 0), n),
  "a branch of where": (x, n) => tg.where(tg.less(x, 1), x, n),
  "the other branch of where": (x, n) => tg.where(tg.less(x, 1), n, x),
  "both branches of where": (x, n) => tg.where(tg.less(x, 1), n, n),
  "an element of stack": (x, n) => tg.stack([tg.max(x), n, 2]),
  "an element of a list": (_, n) => tg.stack([n, n]),
  "the value of pad": (x, n) => tg.pad(x, [[1, 0]], { value: n }),
  "an operand of einsum": (x, n) => tg.einsum("i,->i", x, n),
  "a token of an Embedding": (_, n) => embedding().forward(n),
  "an index of oneHot": (_, n) => tg.oneHot(n, 3),
  "cast to int32": (_, n) => tg.cast(n, "int32"),
  "cast to float64": (_, n) => tg.cast(n, "float64"),
  "cast to bool": (_, n) => tg.cast(n, "bool"),
  "the value of full": (x, n) => tg.full([2], n, { dtype: x.dtype }),
  reshape: (_, n) => tg.reshape(n, [1, 1]),
  broadcastTo: (_, n) => tg.broadcastTo(n, [2]),
  expandDims: (_, n) => tg.expandDims(n, { axis: 0 }),
  "twice, in two dtypes": (x, n) => tg.add(tg.mul(x, n), tg.mul(tg.sum(tg.cast(x, "float64")), n)),
  "beside a number": (x, n) => tg.mul(x, tg.add(n, 1)),
  "the predicate of cond": (x, n) =>
    tg.cond(
      n,
      () => x,
      () => tg.mul(x, 2),
    ),
  "an operand of cond": (x, n) =>
    tg.cond(
      1,
      (m: number) => tg.mul(x, m),
      () => tg.mul(x, 2),
      n,
    ),
  "an argument of checkpoint": (x, n) => tg.checkpoint((y: tg.Tensor, m: number) => tg.mul(y, m))(x, n),
  "an argument of vmap": (x, n) => tg.vmap((y: tg.Tensor, m: number) => tg.mul(y, m))(x, n),
  "a carry of scan": (x, n) =>
    tg.scan((h: tg.TensorLike, y: tg.Tensor) => [tg.mul(h, 1), tg.mul(h, y)], n, x)[1] as tg.Tensor,
  "closed over in scan": (x, n) => tg.scan((h: tg.Tensor, y: tg.Tensor) => [tg.mul(y, n), h], tg.sum(x), x)[0],
  "an argument of another compiled function": (x, n) => tg.compile((y: tg.Tensor, m: number) => tg.mul(y, m))(x, n),
  "a Parameter's factor": (x, n) => tg.mul(new tg.Parameter(2), tg.mul(x, n)),
  "the source of grad": (x, n) =>
    tg.grad((m: tg.TensorLike) => tg.sum(tg.mul(tg.cast(x, "float64"), m)))(n) as tg.Tensor,
  "the slope of leakyRelu": (x, n) => tg.where(tg.less(x, 0), tg.mul(x, n), x),
};

const uses: Readonly<Record<string, Use>> = {
  ...Object.fromEntries(Object.entries(binary).map(([name, op]): [string, Use] => [name, (x, n) => op(x, n)])),
  ...Object.fromEntries(
    Object.entries(binary).map(([name, op]): [string, Use] => [`${name}, number first`, (x, n) => op(n, x)]),
  ),
  ...Object.fromEntries(Object.entries(unary).map(([name, op]): [string, Use] => [name, (_, n) => op(n)])),
  ...others,
};

function outcome(run: () => tg.Tensor) {
  try {
    return described(run());
  } catch (error) {
    if (!(error instanceof tg.TapegradError)) throw error;
    return { error: error.message };
  }
}

/** Replaces what is as near to the value of `reference` as its dtype allows by that value. */
function near(reference: ReturnType<typeof outcome>): (value: number, i: number) => number {
  return (value, i) => {
    const wanted = "data" in reference ? (reference.data[i] ?? Number.NaN) : Number.NaN;
    const scale = "data" in reference && reference.dtype === "float64" ? 1e-14 : 1e-6;
    return Math.abs(value - wanted) <= scale * Math.abs(wanted) && wanted !== 0 ? wanted : value;
  };
}

function described(x: tg.Tensor) {
  return { dtype: x.dtype, shape: [...x.shape], data: [...x.dataSync()] };
}

const numbers = [-1, 0, -0, 1, 2, 1.5, 0.1, Number.NaN, Infinity, 2 ** 31 - 1, 2 ** 31, 3e38, 1e-3];

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {}); // Some uses do not depend on the number's value.
});
afterAll(() => vi.restoreAllMocks());

describe.each([
  ["cpu", cpuBackend],
  ["wasm", wasmBackend()],
])("on %s", (_, backend) => {
  test.each(Object.entries(uses))("%s", (_name, use) => {
    tg.withBackend(backend, () => {
      const compiled = tg.compile(use);
      for (const dtype of dtypes) {
        const x = tg.tensor([3, 1], { dtype });
        for (const n of numbers) {
          const [eager, recorded] = [outcome(() => use(x, n)), outcome(() => compiled(x, n))];
          const comparable = { ...recorded, data: "data" in recorded ? recorded.data.map(near(eager)) : undefined };
          expect({ dtype, n, ...comparable }).toEqual({ dtype, n, data: undefined, ...eager });
        }
      }
    });
  });
});
