/** Modules: names, state dicts, modes; and the plain ones, Linear, Embedding, Dropout. */

import { inspect } from "node:util";
import { checkpoint, compile, Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import {
  DTypeError,
  Parameter,
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  type Tensor,
  TraceError,
  tensor,
} from "@tapegrad/core";
import { Dropout, Embedding, Linear, LSTM, Module } from "@tapegrad/nn";
import { Generator, mul, ones, sub, sum } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { affine, rows, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

/** Every way in which a module can hold another. */
class Composite extends Module {
  readonly scale = new Parameter([1, 2], { name: "scale" });
  readonly fixed = new Parameter([3], { name: "fixed", trainable: false });
  readonly encoder = new Linear(2, 3, { generator: new Generator(1) });
  readonly stack = [new Linear(3, 3, { bias: false }), [new Dropout(0.5), new Linear(3, 1)]];
  readonly shared = this.encoder;
  readonly note = "not a part";

  forward(x: Tensor): Tensor {
    return this.encoder.forward(x);
  }
}

describe("Module", () => {
  it("names what it finds, in order of definition", () => {
    expect(Array.from(new Composite().namedParameters(), ([name]) => name)).toEqual([
      "scale",
      "fixed",
      "encoder.weight",
      "encoder.bias",
      "stack.0.weight",
      "stack.1.1.weight",
      "stack.1.1.bias",
      "shared.weight",
      "shared.bias",
    ]);
  });

  it("gives every trainable Parameter once", () => {
    const model = new Composite();
    const parameters = model.parameters();
    expect(parameters).toHaveLength(6);
    expect(new Set(parameters).size).toBe(6);
    expect(parameters).not.toContain(model.fixed);
    expect(parameters.slice(0, 3)).toEqual([model.scale, model.encoder.weight, model.encoder.bias]);
  });

  it("takes its state over from another of its kind", () => {
    const [from, to] = [new Composite(), new Composite()];
    from.scale.assign(tensor([5, 6]));
    expect(values(to.stack[0] instanceof Linear ? to.stack[0].weight : to.scale)).not.toEqual(values(from.scale));
    to.loadStateDict(from.stateDict());
    for (const [name, value] of Object.entries(from.stateDict())) expect(to.stateDict()[name]).toBe(value);
  });

  it("a state dict does not change when the module does", () => {
    const model = new Composite();
    const before = model.stateDict();
    model.scale.assign(tensor([7, 8]));
    expectClose(before.scale ?? tensor([]), [1, 2]);
  });

  it("loads all or nothing, and says what does not fit", () => {
    const model = new Linear(2, 3);
    const before = model.stateDict();
    const { weight = tensor(0), bias = tensor(0) } = before;
    expect(() => model.loadStateDict({ weight, offset: bias })).toThrow(
      new TapegradError(
        "loadStateDict",
        "names differ: missing bias; unknown offset",
        "load a state of the same model",
      ),
    );
    expect(() => model.loadStateDict({ weight: ones([3, 2]), bias: ones([2]) })).toThrow(
      new ShapeError("loadStateDict", "bias has another shape: [2] into [3]", "load a state of the same model"),
    );
    expect(() => model.loadStateDict({ weight: ones([3, 2]), bias: ones([3], { dtype: "float32" }) })).toThrow(
      new DTypeError("loadStateDict", "bias has another dtype: float32 into float64", "cast the values first"),
    );
    expect(model.weight.value).toBe(weight);
    expect(model.bias?.value).toBe(bias);
  });

  it("is shown in the console of Node with its Parameters, a recurrent layer by their names as well", () => {
    const lstm = new LSTM(1, 1, { layers: 2, generator: new Generator(1) });
    const text = inspect({ model: { lstm } }, { depth: 3 });
    expect(text).toMatch(/^\{\n {2}model: \{\n {4}lstm: LSTM \{\n {6}input: 1,/);
    for (const [name, parameter] of lstm.namedParameters())
      expect(text).toContain(`${name}: ${parameter}`.split("\n")[0]);
    expect(inspect([new Linear(1, 1)])).toContain("weight: Parameter(weight float64 [1,1])");
    expect(inspect({ model: { deep: { lstm } } })).toContain("lstm: [LSTM]");
  });

  it("lists a parent that its child holds once", () => {
    class Child extends Module {
      readonly weight = new Parameter([1]);
      readonly around: { readonly parents: readonly Module[] };
      constructor(parent: Module) {
        super();
        this.around = { parents: [parent] };
      }
      forward(): void {}
    }
    class Parent extends Module {
      readonly scale = new Parameter([2]);
      readonly child = new Child(this);
      forward(): void {}
    }
    const parent = new Parent();
    const { child } = parent;
    expect(Object.keys(parent.stateDict())).toEqual(["scale", "child.weight"]);
    expect(Array.from(parent.namedModules(), ([name]) => name)).toEqual(["", "child"]);
    expect(Array.from(child.namedParameters(), ([name]) => name)).toEqual(["weight", "around.parents.0.scale"]);
    expect(parent.eval().child.training).toBe(false);
    expect(child.train()).toBe(child);
    expect(parent.training).toBe(true);
    expect(parent.parameters()).toEqual([parent.scale, child.weight]);
  });

  it("finds Parameters and modules in Maps, Sets, plain objects and arrays, nested as they may be", () => {
    class Containers extends Module {
      readonly byName = new Map<unknown, unknown>([
        ["in", new Linear(2, 2, { bias: false })],
        [7, new Parameter([1])],
        [{}, { deep: [new Set([new Parameter([2]), [new Dropout(0.5)]])] }],
      ]);
      readonly heads = { first: new Linear(2, 1, { bias: false }), sizes: [1, 2], none: null, itself: this };
      readonly all = new Set([this.heads.first, new Parameter([3])]);
      forward(): void {}
    }
    const model = new Containers();
    const names = Array.from(model.namedParameters(), ([name]) => name);
    expect(names).toEqual([
      "byName.in.weight",
      "byName.7",
      "byName.2.deep.0.0",
      "heads.first.weight",
      "all.0.weight",
      "all.1",
    ]);
    expect(Object.keys(model.stateDict())).toEqual(names);
    expect(model.parameters()).toHaveLength(5);
    expect(
      model
        .eval()
        .children()
        .map(({ training }) => training),
    ).toEqual([false, false, false, false]);
    const other = new Containers();
    expect(other.loadStateDict(model.stateDict())).toEqual({ missing: [], unknown: [] });
    expect(Object.values(other.stateDict()).map(values)).toEqual(Object.values(model.stateDict()).map(values));
  });

  it("two Parameters never share a name silently", () => {
    class Twins extends Module {
      readonly parts = new Map<unknown, Parameter>([
        [1, new Parameter([1])],
        ["1", new Parameter([2])],
      ]);
      forward(): void {}
    }
    expect(() => new Twins().stateDict()).toThrow("stateDict: two parameters are called parts.1; rename one of them");
    expect(() => new Twins().loadStateDict({})).toThrow("loadStateDict: two parameters are called parts.1");
  });

  it("without strict, loads what is there and says what it left", () => {
    const model = new Linear(2, 3);
    const bias = model.bias?.value;
    const weight = ones([3, 2]);
    expect(model.loadStateDict({ weight, offset: weight }, { strict: false })).toEqual({
      missing: ["bias"],
      unknown: ["offset"],
    });
    expect([model.weight.value, model.bias?.value]).toEqual([weight, bias]);
    expect(() => model.loadStateDict({ weight: ones([2]) }, { strict: false })).toThrow(ShapeError);
  });

  it("trains and evaluates as one", () => {
    const model = new Composite();
    const inner = model.stack[1];
    const modes = () => [
      model.training,
      model.encoder.training,
      ...(Array.isArray(inner) ? inner.map((part) => part.training) : []),
    ];
    expect(modes()).toEqual([true, true, true, true]);
    expect(model.eval()).toBe(model);
    expect(modes()).toEqual([false, false, false, false]);
    expect(model.train()).toBe(model);
    expect(modes()).toEqual([true, true, true, true]);
  });

  it("refuses Parameters that a recording makes in a module from outside, and takes those of a module made in it", () => {
    class Lazy extends Module {
      readonly part: "weight" | "inner";
      weight: Parameter | undefined;
      inner: Linear | undefined;
      constructor(part: "weight" | "inner") {
        super();
        this.part = part;
      }
      forward(x: Tensor): Tensor {
        if (this.part === "weight") this.weight ??= new Parameter(ones([2]));
        else this.inner ??= new Linear(2, 1, { generator: new Generator(1) });
        return sum(this.inner?.forward(x) ?? mul(x, this.weight?.value ?? 0));
      }
    }
    const train = (model: Lazy, x: Tensor) => {
      const tape = new Tape();
      const loss = tape.record(() => model.forward(x));
      for (const [i, gradient] of tape.gradient(loss, model).entries()) {
        const parameter = model.parameters()[i];
        parameter?.assign(sub(parameter.value, gradient));
      }
      return model.forward(x);
    };
    const x = ones([2]);
    for (const part of ["weight", "inner"] as const) {
      const expected = values(train(new Lazy(part), x));
      for (const nested of [train, (model: Lazy, y: Tensor) => checkpoint((z: Tensor) => train(model, z))(y)]) {
        const model = new Lazy(part);
        expect(() => compile((y: Tensor) => nested(model, y))(x)).toThrow(
          new TraceError(
            "Module",
            `${part === "weight" ? part : "inner.weight"} was made while a function was recorded, and would be new at every call`,
            "make it in the constructor, or call the module once outside of compile, scan and other transforms",
          ),
        );
      }
      const inside = compile((y: Tensor) => train(new Lazy(part), y));
      expect([inside(x), inside(x)].map(values)).toEqual([expected, expected]);
      const called = new Lazy(part);
      called.forward(x);
      expect(values(compile((y: Tensor) => train(called, y))(x))).toEqual(expected);
    }
  });

  it("changes its mode inside a compiled function at every call, recorded once for each mode before", () => {
    const model = new Dropout(0.5, { generator: new Generator(1) });
    let recordings = 0;
    const evaluate = compile((x: Tensor) => {
      recordings++;
      const y = model.eval().forward(x);
      model.train();
      return y;
    });
    const leave = compile((x: Tensor) => {
      recordings++;
      return model.eval().forward(x);
    });
    for (let call = 0; call < 3; call++) {
      expect(values(evaluate(ones([2])))).toEqual([1, 1]);
      expect(model.training).toBe(true);
      expect(values(leave(ones([2])))).toEqual([1, 1]);
      expect(model.training).toBe(false);
      model.train();
    }
    expect(recordings).toBe(2);
  });
});

describe("Linear", () => {
  it("is W·x + b along the last axis", () => {
    const layer = new Linear(3, 2, { generator: new Generator(2) });
    const x = new Generator(3).normal([2, 2, 3]);
    const { bias } = layer;
    if (bias === undefined) throw new Error("a bias by default");
    const flat = rows(x.shape.length === 3 ? tensor(values(x), { shape: [4, 3] }) : x);
    expect(layer.forward(x).shape).toEqual([2, 2, 2]);
    expectClose(
      layer.forward(x),
      flat.flatMap((row) => affine(rows(layer.weight), row, values(bias))),
    );
  });

  it("has no bias when told so, and starts within ±1/√in", () => {
    const layer = new Linear(16, 64, { bias: false, generator: new Generator(4) });
    expect(layer.bias).toBeUndefined();
    expect(layer.parameters()).toEqual([layer.weight]);
    const all = values(layer.weight);
    expect(Math.max(...all.map(Math.abs))).toBeLessThanOrEqual(1 / 4);
    expect(Math.max(...all.map(Math.abs))).toBeGreaterThan(0.9 / 4);
  });

  it("says which size it wants", () => {
    expect(() => new Linear(3, 2).forward(ones([4, 5]))).toThrow(
      new ShapeError("Linear", "input has another size: [4,5] (axis -1: 5 ≠ 3)", "give it 3 features"),
    );
  });
});

describe("Embedding", () => {
  it("reads rows, and its gradient counts how often each was read", () => {
    const layer = new Embedding(4, 2, { generator: new Generator(5) });
    const table = rows(layer.weight);
    const tokens = tensor(Int32Array.of(2, 0, 2, 3), { shape: [2, 2] });
    expect(layer.forward(tokens).shape).toEqual([2, 2, 2]);
    expect(values(layer.forward(tokens))).toEqual([2, 0, 2, 3].flatMap((token) => table[token] ?? []));
    const tape = new Tape();
    const total = tape.record(() => sum(layer.forward(tokens)));
    expect(values(tape.gradient(total, layer.weight))).toEqual([1, 1, 0, 0, 2, 2, 1, 1]);
  });

  it("a token out of range gives NaN and no gradient", () => {
    const layer = new Embedding(2, 1);
    const tape = new Tape();
    const read = tape.record(() => layer.forward(tensor(Int32Array.of(1, 2))));
    expect(Number.isNaN(values(read)[1])).toBe(true);
    expect(values(tape.gradient(read, layer.weight, { seed: ones([2, 1]) }))).toEqual([0, 1]);
  });
});

describe("Dropout", () => {
  it("keeps 1 − p of the elements and their expectation", () => {
    const [p, count] = [0.3, 40_000];
    const dropped = values(new Dropout(p, { generator: new Generator(6) }).forward(ones([count])));
    const kept = dropped.filter((value) => value !== 0);
    // Within four standard deviations of a binomial.
    expect(Math.abs(kept.length - (1 - p) * count)).toBeLessThan(4 * Math.sqrt(count * p * (1 - p)));
    expect(new Set(kept)).toEqual(new Set([1 / (1 - p)]));
  });

  it("draws anew each time, the same from the same seed", () => {
    const draws = (seed: number) => {
      const layer = new Dropout(0.5, { generator: new Generator(seed) });
      return [values(layer.forward(ones([64]))), values(layer.forward(ones([64])))];
    };
    const [first, second] = draws(7);
    expect(first).not.toEqual(second);
    expect(draws(7)).toEqual([first, second]);
    expect(draws(8)).not.toEqual([first, second]);
  });

  it("is the identity in evaluation and with p = 0", () => {
    const x = ones([8]);
    expect(new Dropout(0.9).eval().forward(x)).toBe(x);
    expect(new Dropout(0).forward(x)).toBe(x);
  });

  it("its gradient passes where it let through", () => {
    const layer = new Dropout(0.5, { generator: new Generator(9) });
    const x = ones([32]);
    const tape = new Tape({ sources: x });
    const y = tape.record(() => layer.forward(x));
    expect(values(tape.gradient(y, x, { seed: ones([32]) }))).toEqual(values(y));
  });

  it.each([-0.1, 1, Number.NaN])("%d is no probability", (p) => {
    expect(() => new Dropout(p)).toThrow(
      new TapegradError("Dropout", `not a probability of being dropped: ${p}`, "use 0 ≤ p < 1"),
    );
  });
});

describe("tied weights", () => {
  it("are one Parameter of an embedding and a readout, trained once and saved under both names", () => {
    class Tied extends Module {
      readonly embedding = new Embedding(5, 3, { generator: new Generator(1) });
      readonly readout = new Linear(3, 5, { weight: this.embedding.weight, generator: new Generator(2) });
      readonly other = new Embedding(5, 3, { weight: this.readout.weight });
      forward(tokens: Tensor): Tensor {
        return this.readout.forward(this.embedding.forward(tokens));
      }
    }
    const model = new Tied();
    expect(model.parameters()).toEqual([model.embedding.weight, model.readout.bias]);
    expect(Object.keys(model.stateDict())).toEqual([
      "embedding.weight",
      "readout.weight",
      "readout.bias",
      "other.weight",
    ]);
    const tokens = tensor([1, 4], { dtype: "int32" });
    const tape = new Tape();
    const loss = tape.record(() => sum(model.forward(tokens)));
    const [gradient = ones([])] = tape.gradient(loss, model.parameters());
    // Row r: Σ of the embedded tokens, from the readout, and Σ of the columns for tokens 1 and 4, from the embedding.
    const table = rows(model.embedding.weight.value);
    const read = [0, 1, 2].map((column) => (table[1]?.[column] ?? 0) + (table[4]?.[column] ?? 0));
    const total = [0, 1, 2].map((column) => table.reduce((all, row) => all + (row[column] ?? 0), 0));
    const expected = [0, 1, 2, 3, 4].flatMap((row) =>
      read.map((value, column) => value + (row === 1 || row === 4 ? (total[column] ?? 0) : 0)),
    );
    expectClose(gradient, expected);
  });

  it("have to fit", () => {
    const { weight } = new Embedding(5, 3);
    expect(() => new Linear(5, 3, { weight })).toThrow(
      new ShapeError("Linear", "the weight has another shape: [5,3], not [3,5]", "tie modules of matching sizes"),
    );
    expect(() => new Embedding(5, 4, { weight })).toThrow("Embedding: the weight has another shape: [5,3], not [5,4]");
  });
});
