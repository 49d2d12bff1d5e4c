/** Initial values: their distribution, their orthogonality, and how they get into a module. */
import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Shape, ShapeError, setBackend, setDefaultDType, type Tensor } from "@tapegrad/core";
import {
  forgetGateBias,
  heNormal,
  heUniform,
  type Initializer,
  initialize,
  Linear,
  LSTM,
  orthogonal,
  perGate,
  pytorchUniform,
  xavierNormal,
  xavierUniform,
} from "@tapegrad/nn";
import { eye, Generator, matmul, mul, slice } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSame } from "./comparison.ts";
import { values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const generator = (seed = 101) => new Generator(seed);
const deviation = (all: readonly number[]) =>
  Math.sqrt(all.reduce((sum, value) => sum + value * value, 0) / all.length);

/** [out, in] with 60 · 40 = 2400 values in, and a kernel of 3 on top. */
const shape = [60, 40, 3];
const [fanIn, fanOut] = [120, 180];

describe.each<[name: string, initializer: Initializer, deviation: number, bounded: boolean]>([
  ["pytorchUniform", pytorchUniform, 1 / Math.sqrt(3 * fanIn), true],
  ["pytorchUniform with a bound", (g, s) => pytorchUniform(g, s, { bound: 0.5 }), 0.5 / Math.sqrt(3), true],
  ["xavierUniform", xavierUniform, Math.sqrt(2 / (fanIn + fanOut)), true],
  ["xavierNormal", (g, s) => xavierNormal(g, s, { gain: 3 }), 3 * Math.sqrt(2 / (fanIn + fanOut)), false],
  ["heUniform", heUniform, Math.sqrt(2 / fanIn), true],
  ["heNormal", heNormal, Math.sqrt(2 / fanIn), false],
  ["heNormal, fan out", (g, s) => heNormal(g, s, { mode: "fanOut", gain: 1 }), 1 / Math.sqrt(fanOut), false],
])("%s", (_, initializer, expected, bounded) => {
  it("has its standard deviation, mean 0, and its bound if it has one", () => {
    const all = values(initializer(generator(), shape));
    expect(all).toHaveLength(60 * 40 * 3);
    // Four standard errors of a deviation and of a mean.
    expect(Math.abs(deviation(all) / expected - 1)).toBeLessThan(4 / Math.sqrt(2 * all.length));
    expect(Math.abs(all.reduce((sum, value) => sum + value, 0) / all.length)).toBeLessThan(
      (4 * expected) / Math.sqrt(all.length),
    );
    const largest = Math.max(...all.map(Math.abs)) / (Math.sqrt(3) * expected);
    if (bounded) expect(largest).toBeLessThanOrEqual(1);
    expect(largest).toBeGreaterThan(bounded ? 0.99 : 1);
  });

  it("is the Generator's own", () => {
    expect(values(initializer(generator(5), [3, 4]))).toEqual(values(initializer(generator(5), [3, 4])));
    expect(values(initializer(generator(5), [3, 4]))).not.toEqual(values(initializer(generator(6), [3, 4])));
  });
});

it("has no fans without two axes", () => {
  expect(() => xavierUniform(generator(), [3])).toThrow(
    new ShapeError("xavierUniform", "no fan in and out: [3]", "give it [out, in, …]"),
  );
});

describe("orthogonal", () => {
  const identity = (x: Tensor) => expectSame(x, eye(x.shape[0] ?? 0));

  it.each<[Shape]>([[[5, 5]], [[4, 9]], [[64, 64]], [[1, 3]]])("%j has orthonormal rows", (wide) => {
    const q = orthogonal(generator(), wide);
    identity(matmul(q, q, { transposeRight: true }));
  });

  it.each<[Shape]>([[[9, 4]], [[3, 1]]])("%j has orthonormal columns", (tall) => {
    const q = orthogonal(generator(), tall);
    identity(matmul(q, q, { transposeLeft: true }));
  });

  it("takes a gain, and is recorded like anything else", () => {
    const q = () => orthogonal(generator(7), [6, 6], { gain: 3 });
    identity(mul(1 / 9, matmul(q(), q(), { transposeRight: true })));
    expectSame(compile(q)(), q());
  });

  it("prefers no direction: the first row's first entry is as often negative as not", () => {
    const g = generator(8);
    const negative = Array.from({ length: 200 }, () => values(orthogonal(g, [2, 2]))[0] ?? 0).filter((q) => q < 0);
    expect(Math.abs(negative.length - 100)).toBeLessThan(4 * Math.sqrt(50));
  });

  it("per gate, each gate's block is orthogonal", () => {
    const all = perGate(orthogonal, 4)(generator(), [20, 5]);
    expect(all.shape).toEqual([20, 5]);
    for (let gate = 0; gate < 4; gate++) {
      const block = slice(all, [gate * 5], [gate * 5 + 5]);
      identity(matmul(block, block, { transposeRight: true }));
    }
    expect(() => perGate(orthogonal, 3)(generator(), [20, 5])).toThrow(
      new ShapeError("perGate", "axis 0 of [20,5] does not split into 3"),
    );
  });
});

describe("initialize", () => {
  it("gives new values to the Parameters that are chosen, and leaves others alone", () => {
    const layer = new LSTM(3, 4, { layers: 2, generator: generator() });
    const before = layer.stateDict();
    initialize(layer, generator(9), (name) => {
      if (name.startsWith("weight_hh")) return perGate(orthogonal, 4);
      return name.startsWith("bias_ih") ? forgetGateBias(2) : undefined;
    });
    const after = layer.stateDict();
    for (const [name, value] of Object.entries(after)) {
      if (/^weight_ih|^bias_hh/.test(name)) expect(value).toBe(before[name]);
      if (name.startsWith("bias_ih"))
        expect(values(value)).toEqual([0, 0, 0, 0, 2, 2, 2, 2, ...new Array<number>(8).fill(0)]);
      if (!name.startsWith("weight_hh")) continue;
      const gate = slice(value, [4], [8]);
      expectSame(matmul(gate, gate, { transposeRight: true }), eye(4));
    }
  });

  it("keeps the dtype of the Parameters", () => {
    const layer = new Linear(3, 2);
    setDefaultDType("float32");
    initialize(layer, generator(), (name) => (name === "weight" ? xavierUniform : undefined));
    setDefaultDType("float64");
    expect(layer.weight.dtype).toBe("float64");
  });

  it("a forget gate needs the bias of four gates", () => {
    expect(() => forgetGateBias()(generator(), [6])).toThrow(
      new ShapeError("forgetGateBias", "not a bias of four gates: [6]", "give it [4·hidden]"),
    );
  });
});

describe("initialize", () => {
  const lstm = () => new LSTM(2, 3, { generator: new Generator(1) });

  it("takes initializers by name", () => {
    const layer = lstm();
    initialize(layer, new Generator(2), { bias_hh_l0: forgetGateBias(), weight_hh_l0: perGate(orthogonal, 4) });
    expect(values(layer.stateDict().bias_hh_l0 ?? eye(0, 0))).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it("refuses a misspelt name, and a choice of nothing", () => {
    const names = "the names are weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0";
    expect(() => initialize(lstm(), new Generator(2), { weigth_hh_l0: orthogonal })).toThrow(
      `initialize: there is no parameter weigth_hh_l0; ${names}`,
    );
    const misspelt = (name: string) => (name.startsWith("weigth_hh") ? orthogonal : undefined);
    expect(() => initialize(lstm(), new Generator(2), misspelt)).toThrow(
      `initialize: no parameter was chosen; ${names}`,
    );
  });
});
