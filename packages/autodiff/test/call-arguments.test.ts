/** Arguments of compiled functions: numbers and typed arrays are inputs, and behave as they do outside. */
import { runInNewContext } from "node:vm";
import { cpuBackend, HostBackend, kernelTable } from "@tapegrad/backend-cpu";
import {
  DTypeError,
  Parameter,
  setBackend,
  setDefaultDType,
  type Tensor,
  TraceError,
  tensor,
  withBackend,
} from "@tapegrad/core";
import { add, Generator, mul, slice, sum, type TensorLike, take, where, zeros } from "@tapegrad/ops";
import { afterEach, describe, expect, test, vi } from "vitest";
import { checkpoint, compile, cond, detectAnomaly, grad, scan, vmap } from "../src/index.ts";

setBackend(cpuBackend);
afterEach(() => {
  setDefaultDType("float32");
  vi.restoreAllMocks();
});

const described = (x: Tensor) => [x.dtype, ...x.dataSync()];
const int32 = (...values: number[]) => tensor(values, { dtype: "int32" });

describe("a number", () => {
  test("takes the dtype of the tensor beside it, exactly", () => {
    const f = compile((x: Tensor, n: number) => mul(x, n));
    expect(described(f(int32(1, 2), 2 ** 30 + 1))).toEqual(["int32", 2 ** 30 + 1, -(2 ** 31) + 2]);
    expect(described(f(tensor([1], { dtype: "float64" }), 0.1))).toEqual(["float64", 0.1]);
    expect(described(f(tensor([1]), 0.1))).toEqual(["float32", Math.fround(0.1)]);
    expect(described(compile((x: Tensor, n: number) => add(mul(x, n), mul(int32(1), n)))(tensor([0.5]), 3))).toEqual([
      "float32",
      4.5,
    ]);
  });

  test("is checked at every call, as outside", () => {
    const f = compile((x: Tensor, n: number) => add(x, n));
    for (const n of [3, 1.5, 4, Number.NaN, 2 ** 31]) {
      const outcome = (run: () => Tensor) => {
        try {
          return described(run());
        } catch (error) {
          return String(error);
        }
      };
      expect(outcome(() => f(int32(1), n))).toEqual(outcome(() => add(int32(1), n)));
    }
  });

  test("is an index", () => {
    const rows = compile((x: Tensor, n: number) => take(x, n));
    expect([0, 2].map((n) => described(rows(int32(5, 6, 7), n)))).toEqual([
      ["int32", 5],
      ["int32", 7],
    ]);
    expect(() => rows(int32(5, 6, 7), 1.5)).toThrow(DTypeError);
    expect(() => take(int32(5, 6, 7), 1.5)).toThrow(DTypeError);
  });

  test("stays one in bodies: checkpoint, cond, vmap, scan, a gradient", () => {
    const x = int32(1, 2);
    const each: Readonly<Record<string, (n: number) => Tensor>> = {
      checkpoint: (n) => checkpoint((y: Tensor, m: number) => mul(y, m))(x, n),
      cond: (n) =>
        cond(
          1,
          (y: Tensor, m: number) => mul(y, m),
          (y: Tensor) => y,
          x,
          n,
        ),
      vmap: (n) => vmap((y: Tensor, m: number) => mul(y, m))(x, n),
      "a closed-over one in scan": (n) => scan((h: Tensor, y: Tensor) => [add(h, mul(y, n)), h], int32(0), x)[0],
      "a carry of scan": (n) =>
        scan((h: TensorLike, y: Tensor) => [mul(h, 2), mul(h, y)], n, tensor([1, 2]))[1] as Tensor,
      grad: (n) => grad((y: Tensor) => sum(mul(y, n)))(tensor([1, 2])),
      "the source of a gradient": (n) => grad((m: TensorLike) => mul(m, m))(n) as Tensor,
      where: (n) => where(tensor(true), n, 2),
      "arithmetic of its own": (n) => add(mul(n, 2), n),
    };
    for (const [name, f] of Object.entries(each)) {
      const compiled = compile(f);
      for (const n of [3, 4]) expect([name, ...described(compiled(n))]).toEqual([name, ...described(f(n))]);
    }
  });

  test("can be returned and assigned", () => {
    const p = new Parameter(0);
    const f = compile((n: TensorLike) => {
      p.assign(n as Tensor);
      return { n, twice: [n, n] };
    });
    const { n, twice } = f(3);
    expect([n, ...twice, p.value].map((value) => (value as Tensor).itemSync())).toEqual([3, 3, 3, 3]);
    f(4);
    expect(p.value.itemSync()).toBe(4);
  });

  test("lies beside the tensors that are captured", () => {
    const elsewhere = new HostBackend("elsewhere", { kernels: kernelTable });
    const p = withBackend(elsewhere, () => new Parameter([1, 2]));
    expect(described(compile((n: number) => mul(p, n))(3))).toEqual(["float32", 3, 6]);
  });

  test("that nothing depends on is warned of, once", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const f = compile((x: Tensor, n: number) => (n === 0 ? x : mul(x, 2)));
    f(tensor([1]), 0);
    f(tensor([1, 2]), 0);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^compile: no result of .* argument 1; .*use compile\(fn, \{ static: \[1\] \}\)$/)],
    ]);
  });
});

describe("static arguments", () => {
  test("choose shapes and branches, and are recorded once per value, at any depth", () => {
    let recorded = 0;
    const f = compile(
      (x: Tensor, { n, m }: { n: number; m: number }) => {
        recorded++;
        return n === 0 ? x : slice(x, [n], [m]);
      },
      { static: [1] },
    );
    const x = tensor([1, 2, 3]);
    expect(described(f(x, { n: 0, m: 0 }))).toEqual(["float32", 1, 2, 3]);
    expect(described(f(x, { n: 1, m: 2 }))).toEqual(["float32", 2]);
    expect(described(f(x, { n: 1, m: 2 }))).toEqual(["float32", 2]);
    expect(recorded).toBe(2);
  });

  test("leave tensors in them inputs, and compare numbers and arrays by value", () => {
    let recorded = 0;
    const f = compile(
      ({ x, shape, sign }: { x: Tensor; shape: Int32Array; sign: number }) => {
        recorded++;
        return add(zeros([...shape]), mul(x, 1 / sign < 0 ? -1 : 1));
      },
      { static: [0] },
    );
    const call = (x: number, shape: number[], sign: number) =>
      described(f({ x: tensor(x), shape: Int32Array.from(shape), sign }));
    expect(call(1, [2], 0)).toEqual(["float32", 1, 1]);
    expect(call(2, [2], 0)).toEqual(["float32", 2, 2]);
    expect(call(2, [3], 0)).toEqual(["float32", 2, 2, 2]);
    expect(call(2, [3], -0)).toEqual(["float32", -2, -2, -2]);
    expect(recorded).toBe(3);
  });

  test("are given as a list of positions", () => {
    const f = (x: Tensor) => x;
    for (const wrong of [1, [1.5], [-1], ["1"], [Number.NaN], null])
      expect(() => compile(f, { static: wrong as never })).toThrow(/^compile: the .*static argument/);
    expect(() => compile(f, { statics: [1] } as never)).toThrow("compile: unknown option statics; use static");
  });
});

describe("typed arrays", () => {
  const kinds = [Int32Array, Uint8Array, Float32Array, Float64Array, Int16Array];
  test.each(kinds)("%o are inputs by content, at any depth", (Kind) => {
    let recorded = 0;
    const f = compile((batch: { tokens: readonly [ArrayLike<number>] }, scale: Tensor) => {
      recorded++;
      return mul(batch.tokens[0] as Tensor & ArrayLike<number>, scale);
    });
    const array = Kind.of(1, 2);
    expect(described(f({ tokens: [array] }, tensor([2, 2]))).slice(1)).toEqual([2, 4]);
    array[0] = 5;
    expect(described(f({ tokens: [array] }, tensor([2, 2]))).slice(1)).toEqual([10, 4]);
    expect(described(f({ tokens: [Kind.of(7, 8)] }, tensor([2, 2]))).slice(1)).toEqual([14, 16]);
    expect(recorded).toBe(1);
    expect(f({ tokens: [array] }, tensor([2, 2])).dtype).toBe(Kind === Float64Array ? "float64" : "float32");
  });

  test("of another realm, beside tensors of another backend, inside another compiled function, under detectAnomaly", () => {
    const f = compile((x: Tensor, ids: ArrayLike<number>) => take(x, ids as Tensor & ArrayLike<number>));
    const x = tensor([5, 6, 7]);
    expect(described(f(x, runInNewContext("Int32Array.of(2, 0)")))).toEqual(["float32", 7, 5]);
    const outer = compile((y: Tensor) => f(y, Int32Array.of(1)));
    expect(described(outer(x))).toEqual(["float32", 6]);
    expect(described(detectAnomaly(() => f(x, Int32Array.of(1))))).toEqual(["float32", 6]);
  });
});

describe("other objects", () => {
  class Box {
    readonly x = tensor(1);
  }
  const objects: readonly unknown[] = [
    new Map(),
    new Set([1]),
    new Date(0),
    new Box(),
    /a/,
    new ArrayBuffer(4),
    new DataView(new ArrayBuffer(4)),
    new Error("no"),
    Symbol("s"),
    new WeakMap(),
    runInNewContext("new Map()"),
  ];
  test.each(objects.map((object) => [Object.prototype.toString.call(object), object]))("%s is refused", (_, object) => {
    const f = compile((x: Tensor, _options: unknown) => x);
    for (const argument of [object, { deep: [object] }]) {
      expect(() => f(tensor(1), argument)).toThrow(DTypeError);
      expect(() => f(tensor(1), argument)).toThrow(/^compile: argument 1 .*; pass tensors, typed arrays and numbers/);
    }
  });

  test("functions, Parameters and Generators are static by identity", () => {
    let recorded = 0;
    const f = compile((x: Tensor, g: (x: Tensor) => Tensor, p: Parameter, random: Generator) => {
      recorded++;
      return add(mul(g(x), p), mul(random.uniform([]), 0));
    });
    const double = (x: Tensor) => mul(x, 2);
    const [p, random] = [new Parameter(3), new Generator(1)];
    expect(f(tensor(1), double, p, random).itemSync()).toBe(6);
    p.assign(tensor(4));
    expect(f(tensor(1), double, p, random).itemSync()).toBe(8);
    expect(f(tensor(1), (x) => x, p, random).itemSync()).toBe(4);
    expect(recorded).toBe(2);
  });

  test("plain objects of another realm are trees", () => {
    const f = compile(({ x }: { x: Tensor }, { flag }: { flag: boolean }) => mul(x, flag ? 2 : 3));
    const options = runInNewContext("({ flag: true })");
    expect(f({ x: tensor(1) }, options).itemSync()).toBe(2);
  });
});

test("what is closed over is frozen", () => {
  let n = 2;
  const f = compile((x: Tensor) => mul(x, n));
  expect(f(tensor(1)).itemSync()).toBe(2);
  n = 3;
  expect(f(tensor(1)).itemSync()).toBe(2);
});

test("a tensor made of a traced number or array says what to do", () => {
  expect(() => compile((n: number) => tensor([n, n]))(1)).toThrow(/it is a tensor already: use stack, reshape or cast/);
  expect(() => compile((a: Int32Array) => tensor(a))(Int32Array.of(1))).toThrow(/it is a tensor already/);
  expect(() => compile((n: number) => mul(1, n + 1))(1)).toThrow(TraceError);
});
