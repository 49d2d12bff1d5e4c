/** The decided semantics that no single transform owns: dtypes, devices, random numbers, batching rules. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import {
  type Backend,
  BackendError,
  type DType,
  defaultDType,
  Parameter,
  setDefaultDType,
  type Tensor,
  tensor,
  trace,
} from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { LSTM } from "@tapegrad/nn";
import {
  abs,
  add,
  argmax,
  argmin,
  cast,
  div,
  exp,
  Generator,
  gather,
  max,
  maximum,
  mean,
  min,
  mul,
  neg,
  primitives,
  relu,
  scatterAdd,
  sum,
  take,
  variance,
} from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { grad, jvp, Tape } from "../src/index.ts";
import { inDoublePrecision, values } from "./comparison.ts";

inDoublePrecision();

const of = (dtype: DType, ...data: number[]) => tensor(data, { dtype });

describe("dtypes", () => {
  test("bool < int32 < float32 < float64, by inserted casts, through which derivatives come back in each source's dtype", () => {
    const x = { b: of("bool", 1, 0), n: of("int32", 2, 3), f: of("float32", 4, 5), d: of("float64", 6, 7) };
    const tape = new Tape({ keep: "all" });
    const y = tape.record(() => sum(mul(mul(mul(x.b, x.n), x.f), x.d)));
    expect(y.dtype).toBe("float64");
    expect(tape.nodes.filter(({ op }) => op.name === "cast").map(({ attributes }) => attributes)).toEqual([
      { dtype: "int32" },
      { dtype: "float32" },
      { dtype: "float64" },
    ]);
    const g = tape.gradient(y, { f: x.f, d: x.d });
    expect([g.f.dtype, g.d.dtype]).toEqual(["float32", "float64"]);
    expect([g.f, g.d].map(values)).toEqual([
      [12, 0],
      [8, 0],
    ]);
    const f = (z: Tensor) => mul(mul(z, x.n), x.d);
    const { tangent } = jvp(f, [x.f], [of("float32", 1, 1)]);
    expectClose(tangent, tensor([12, 21]));
  });

  test("a JS number takes the tensor's float dtype (with int32 it must be an integer) and never changes a dtype by its value", () => {
    for (const dtype of ["float32", "float64"] as const) {
      const x = of(dtype, 1, 2);
      for (const number of [2, 0.5, 1e300, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(mul(x, number).dtype).toBe(dtype);
        expect(grad((z: Tensor) => sum(mul(z, number)))(x).dtype).toBe(dtype);
      }
    }
    expect(add(of("int32", 1), 2).dtype).toBe("int32");
    expect(() => add(of("int32", 1), 0.5)).toThrow("add: 0.5 is not an int32; round first, or use a float dtype");
  });

  test("Division, mean, exp of int32 give the default float", () => {
    const n = of("int32", 1, 2);
    for (const dtype of ["float64", "float32"] as const) {
      setDefaultDType(dtype);
      expect([div(n, n), mean(n), exp(n)].map((x) => x.dtype)).toEqual([dtype, dtype, dtype]);
    }
    setDefaultDType("float64");
    expect(defaultDType()).toBe("float64");
  });

  test("Casts to int truncate and saturate", () => {
    const x = tensor([1.9, -1.9, 3e9, -3e9, Number.NaN, Number.POSITIVE_INFINITY]);
    expect(values(cast(x, "int32"))).toEqual([1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1]);
  });

  test("variance ddof 0", () => {
    expectClose(variance(tensor([1, 2, 3, 6])), tensor(3.5));
  });

  test("ties of max and min share equally", () => {
    const x = tensor([3, 1, 3, 1]);
    expectClose(grad((z: Tensor) => max(z))(x), tensor([0.5, 0, 0.5, 0]));
    expectClose(grad((z: Tensor) => min(z))(x), tensor([0, 0.5, 0, 0.5]));
    expectClose(grad((z: Tensor[]) => maximum(z[0] ?? 0, z[1] ?? 0))([tensor(2), tensor(2)]), [
      tensor(0.5),
      tensor(0.5),
    ]);
  });

  test("relu′(0) = abs′(0) = 0", () => {
    for (const f of [relu, abs]) {
      expect(values(grad((z: Tensor) => f(z))(tensor(0))).map((value) => value === 0)).toEqual([true]);
      expectClose(jvp((z: Tensor) => f(z), [tensor(0)], [tensor(1)]).tangent, tensor(0));
    }
  });

  test("argmax takes the first", () => {
    expect([values(argmax(tensor([1, 3, 3]))), values(argmin(tensor([1, 0, 0])))]).toEqual([[1], [1]]);
  });
});

describe("Devices", () => {
  const elsewhere: Backend = {
    ...{ name: "elsewhere", release: () => {}, synchronize: async () => {}, supports: () => true },
    kernels: new Map([["neg", () => ({ backend: elsewhere })]]),
    upload: () => ({ backend: elsewhere }),
    read: async () => Float64Array.of(0),
  };
  const there = () => fromHost(Float64Array.of(1), [1], "float64", elsewhere);

  test("Ops run where their operands live, derivatives too", () => {
    const x = there();
    const tape = new Tape();
    const y = tape.record(() => neg(x));
    expect([y.backend, tape.gradient(y, x, { seed: there() }).backend]).toEqual([elsewhere, elsewhere]);
  });

  test("mixing backends throws and names both", () => {
    expect(() => add(there(), tensor([1]))).toThrow(
      new BackendError(
        "add",
        "operands live on different backends: elsewhere and cpu",
        "move one with await t.to(backend)",
      ),
    );
  });

  test("`t.to(backend)` moves", async () => {
    const moved = await tensor([1]).to(elsewhere);
    expect(moved.backend).toBe(elsewhere);
    expect((await moved.to(cpuBackend)).backend).toBe(cpuBackend);
  });

  test("Indices out of range read NaN (integers 0) and scatter nowhere", () => {
    const [x, n] = [tensor([10, 20]), of("int32", 10, 20)];
    const at = of("int32", 0, 2, -1, 1);
    const missing = [10, Number.NaN, Number.NaN, 20];
    expect([values(take(x, at)), values(gather(x, at))]).toEqual([missing, missing]);
    expect([values(take(n, at)), values(gather(n, at))]).toEqual([
      [10, 0, 0, 20],
      [10, 0, 0, 20],
    ]);
    expectClose(scatterAdd(tensor([0, 0]), at, tensor([1, 2, 3, 4])), tensor([1, 4]));
    expectClose(
      grad((z: Tensor) => sum(scatterAdd(tensor([0, 0]), at, z)))(tensor([1, 2, 3, 4])),
      tensor([1, 0, 0, 1]),
    );
    const tape = new Tape();
    const y = tape.record(() => take(x, at));
    expectClose(tape.gradient(y, x, { seed: tensor([1, 2, 3, 4]) }), tensor([1, 4]));
  });
});

describe("Random numbers", () => {
  test("One primitive, `randomBits`", () => {
    const random = Object.values(primitives).filter(({ batching }) => batching.kind === "random");
    expect(random.map(({ name }) => name)).toEqual(["randomBits"]);
    const g = new Generator(1);
    for (const draw of [
      () => g.uniform([2]),
      () => g.normal([2]),
      () => g.bernoulli(0.5, [2]),
      () => g.permutation(3),
    ]) {
      const { program, sources } = trace(draw, []);
      expect(program.nodes.map(({ op }) => op.name)).toContain("randomBits");
      expect(sources).toContain(g.state);
    }
  });

  test("Generator state is a Parameter with `trainable: false`, outside state dicts", () => {
    const lstm = new LSTM(2, 3, { layers: 2, dropout: 0.5, generator: new Generator(1) });
    expect(Object.keys(lstm.stateDict()).filter((name) => !/^(weight|bias)_/.test(name))).toEqual([]);
    expect(new Generator(1).state).toBeInstanceOf(Parameter);
    expect(new Generator(1).state.trainable).toBe(false);
  });
});

test('`vmap`: A rule is "pointwise", "trailing" or a function', () => {
  const byKind = Map.groupBy(Object.values(primitives), ({ batching }) => batching.kind);
  expect([...byKind.keys()].sort()).toEqual(["pointwise", "random", "rule", "trailing"]);
  expect(byKind.get("rule")?.map(({ name }) => name)).toEqual([
    "broadcastTo",
    "indexAdd",
    "pad",
    "reshape",
    "slice",
    "take",
    "transpose",
  ]);
  // "trailing": attributes unchanged because axes are negative.
  const x = tensor([[1, 2]]);
  const tape = new Tape({ keep: "all" });
  tape.record(() => [sum(x, { axis: 0 }), argmax(x, { axis: 0 }), max(x, { axis: [0, 1] })]);
  for (const { op, attributes } of tape.nodes) {
    if (!("batching" in op) || op.batching.kind !== "trailing") continue;
    expect(
      Object.values(attributes)
        .flat()
        .every((axis) => axis < 0),
    ).toBe(true);
  }
});
