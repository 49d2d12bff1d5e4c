/** Layers one after the other, and layer normalisation. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { ShapeError, setBackend, setDefaultDType } from "@tapegrad/core";
import { Dropout, LayerNorm, Linear, Sequential } from "@tapegrad/nn";
import { add, Generator, mul, ones, relu, reshape, sum, tanh } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { numericGradient } from "./central-differences.ts";
import { expectSame, gradients } from "./comparison.ts";
import { rows, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

describe("Sequential", () => {
  const make = () => {
    const generator = new Generator(111);
    return new Sequential(
      new Linear(3, 4, { generator }),
      relu,
      new Sequential(new Dropout(0.5), new Linear(4, 2, { generator })),
    );
  };

  it("applies layers and functions in order", () => {
    const x = new Generator(112).normal([5, 3]);
    const model = make().eval();
    const [first, inner] = [model[0], model[2]];
    if (first === undefined || inner === undefined) throw new Error("layers by position");
    expectSame(model.forward(x), inner.forward(relu(first.forward(x))));
    expect(model.length).toBe(3);
    expectSame(new Sequential().forward(x), x);
    expectSame(new Sequential(tanh, (y) => mul(2, y)).forward(x), mul(2, tanh(x)));
  });

  it("names Parameters and modules by position, as PyTorch does", () => {
    const model = make();
    expect(Array.from(model.namedParameters(), ([name]) => name)).toEqual([
      "0.weight",
      "0.bias",
      "2.1.weight",
      "2.1.bias",
    ]);
    expect(Array.from(model.namedModules(), ([name]) => name)).toEqual(["", "0", "2", "2.0", "2.1"]);
    expect(model.parameters()).toHaveLength(4);
  });

  it("trains and evaluates as one", () => {
    const model = make();
    const dropout = () =>
      Array.from(model.namedModules(), ([, module]) => module).find((module) => module instanceof Dropout);
    expect(dropout()?.training).toBe(true);
    model.eval();
    expect(dropout()?.training).toBe(false);
  });
});

describe("LayerNorm", () => {
  const plain = (row: readonly number[], epsilon: number) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map((value) => (value - mean) / Math.sqrt(variance + epsilon));
  };
  const x = () => add(3, mul(5, new Generator(113).normal([4, 6])));

  it.each([1e-5, 0.1])("has mean 0 and variance 1 over the features, epsilon %d", (epsilon) => {
    const expected = rows(x()).flatMap((row) => plain(row, epsilon));
    expectClose(new LayerNorm(6, { epsilon }).forward(x()), expected);
  });

  it("scales and shifts every feature, or does not", () => {
    const layer = new LayerNorm(6);
    layer.weight?.assign(mul(2, ones([6])));
    layer.bias?.assign(mul(3, ones([6])));
    const normal = new LayerNorm(6, { affine: false });
    expectSame(layer.forward(x()), add(3, mul(2, normal.forward(x()))));
    expect(normal.parameters()).toEqual([]);
    expect(Array.from(new LayerNorm(6, { bias: false }).namedParameters(), ([name]) => name)).toEqual(["weight"]);
  });

  it("normalises over several axes at once", () => {
    const cube = reshape(x(), [4, 2, 3]);
    const layer = new LayerNorm([2, 3]);
    expect(layer.weight?.shape).toEqual([2, 3]);
    expectClose(layer.forward(cube), values(new LayerNorm(6).forward(x())));
  });

  it("has the gradients of its definition", () => {
    const layer = new LayerNorm(6);
    const generator = new Generator(114);
    for (const parameter of layer.parameters()) parameter.assign(generator.normal([6]));
    const cotangent = new Generator(22).normal([4, 6]);
    const loss = () => mul(layer.forward(x()), cotangent);
    for (const parameter of layer.parameters()) {
      const analytic = gradients(() => layer.forward(x()), parameter);
      expectClose(
        analytic,
        numericGradient(() => sum(loss()), parameter),
        1e-8,
      );
    }
  });

  it("says which axes it wants", () => {
    expect(() => new LayerNorm([2, 3]).forward(ones([3, 2]))).toThrow(
      new ShapeError("LayerNorm", "the last axes are not [2,3]: [3,2]"),
    );
  });
});
