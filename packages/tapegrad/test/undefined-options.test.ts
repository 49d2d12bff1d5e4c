/** An option that is undefined is as if absent, in every function of core, ops, autodiff and safetensors that has options. */
import { expect, test } from "vitest";
import * as tg from "../src/index.ts";

const x = tg.tensor([
  [3, 1, 2],
  [4, 6, 5],
]);
const indices = tg.tensor([1, 0], { dtype: "int32" });
const absent = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
const square = (a: tg.Tensor) => a.square();
const add = (a: tg.Tensor, b: tg.Tensor): [tg.Tensor, tg.Tensor] => [a.add(b), a];
const tape = new tg.Tape();
const loss = tape.record(() => x.square().sum());

const file = await tg.encodeTensors({ x });

const cases: Record<string, [call: (options?: object) => unknown, ...options: string[]]> = {
  tensor: [(options) => tg.tensor([1, 2], options), "shape", "dtype"],
  Parameter: [(options) => new tg.Parameter([1, 2], options), "name", "trainable"],
  "Parameter.trainable": [(options) => new tg.Parameter([1, 2], options).trainable, "trainable"],
  memory: [(options) => tg.memory(options).backend, "debug"],
  zeros: [(options) => tg.zeros([2], options), "dtype", "like"],
  ones: [(options) => tg.ones([2], options), "dtype", "like"],
  full: [(options) => tg.full([2], 3, options), "dtype", "like"],
  arange: [(options) => tg.arange(0, 3, 1, options), "dtype", "like"],
  linspace: [(options) => tg.linspace(0, 1, 3, options), "dtype", "like"],
  eye: [(options) => tg.eye(2, 2, options), "dtype", "like"],
  oneHot: [(options) => tg.oneHot(indices, 3, options), "dtype"],
  sum: [(options) => tg.sum(x, options), "axis", "keepDims"],
  mean: [(options) => tg.mean(x, options), "axis", "keepDims"],
  max: [(options) => tg.max(x, options), "axis", "keepDims"],
  min: [(options) => tg.min(x, options), "axis", "keepDims"],
  prod: [(options) => tg.prod(x, options), "axis", "keepDims"],
  argmax: [(options) => tg.argmax(x, options), "axis", "keepDims"],
  argmin: [(options) => tg.argmin(x, options), "axis", "keepDims"],
  variance: [(options) => tg.variance(x, options), "axis", "keepDims", "ddof"],
  logSumExp: [(options) => tg.logSumExp(x, options), "axis", "keepDims"],
  softmax: [(options) => tg.softmax(x, options), "axis"],
  logSoftmax: [(options) => tg.logSoftmax(x, options), "axis"],
  cumsum: [(options) => tg.cumsum(x, options), "axis", "reverse"],
  squeeze: [(options) => tg.squeeze(x, options), "axis"],
  concat: [(options) => tg.concat([x, x], options), "axis"],
  stack: [(options) => tg.stack([x, x], options), "axis"],
  split: [(options) => tg.split(x, 2, options), "axis"],
  flip: [(options) => tg.flip(x, options), "axis"],
  pad: [
    (options) =>
      tg.pad(
        x,
        [
          [1, 0],
          [0, 1],
        ],
        options,
      ),
    "value",
  ],
  matmul: [(options) => tg.matmul(x, x.transpose(), options), "transposeLeft", "transposeRight"],
  take: [(options) => tg.take(x, indices, options), "axis"],
  sort: [(options) => tg.sort(x, options), "axis", "descending"],
  argsort: [(options) => tg.argsort(x, options), "axis", "descending"],
  topK: [(options) => Object.values(tg.topK(x, 2, options)), "axis"],
  uniform: [(options) => new tg.Generator(1).uniform([2], options), "low", "high", "dtype"],
  normal: [(options) => new tg.Generator(1).normal([2], options), "dtype"],
  Tape: [(options) => new tg.Tape(options).record(() => x), "sources", "keep"],
  gradient: [(options) => tape.gradient(loss, x, options), "seed"],
  valueAndGrad: [(options) => tg.valueAndGrad((a: tg.Tensor) => a.sum(), options)(x).value, "hasAux"],
  jacobian: [(options) => tg.jacobian(square, options)(x), "mode"],
  vmap: [(options) => tg.vmap(square, options)(x), "inAxes", "outAxes", "randomness"],
  scan: [(options) => tg.scan(add, x.sum(), x.max(), { length: 2, ...options }), "reverse", "checkpointEvery"],
  compile: [(options) => tg.compile(square, options)(x), "static"],
  decodeTensors: [(options) => tg.decodeTensors(file, options), "names", "maxHeaderBytes"],
};

test.each(Object.entries(cases))("%s", async (_, [call, ...options]) => {
  const outcome = async (given?: object) => {
    try {
      const made = await call(given);
      return String(made instanceof Object && !(made instanceof tg.Tensor) ? Object.values(made) : made);
    } catch (error) {
      return String(error);
    }
  };
  expect(await outcome(absent(...options))).toBe(await outcome({}));
  for (const option of options) expect(await outcome(absent(option))).toBe(await outcome({}));
});
