/** What ops and transforms promise beyond accuracy, on the device: eager and compiled give the same values and dtypes. */
import { checkpoint, compile, cond, customVjp, grad, hessian, jacobian, scan, vmap } from "@tapegrad/autodiff";
import { type Backend, BackendError, Tensor, tensor, withBackend } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { sample } from "@tapegrad/nn";
import * as ops from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { asVariant, observed, type Variant } from "./variants.ts";

const inf = Number.POSITIVE_INFINITY;
const int32 = (...values: number[]) => fromHost(Int32Array.from(values), [values.length], "int32");
const float32 = (...values: number[]) => fromHost(Float32Array.from(values), [values.length], "float32");

type Case = readonly [run: (x: Tensor) => Tensor, x: () => Tensor, expected: string];

/** √x where x > 0, else 0: one branch per entry. */
const rootOrZero = (x: Tensor) =>
  cond(
    ops.greater(x, 0),
    (y: Tensor) => ops.sqrt(y),
    (y: Tensor) => ops.mul(y, 0),
    x,
  );

/** x², whose gradient is said to be `factor` · x. */
const squareBy = (factor: Tensor) =>
  customVjp({
    forward: (x: Tensor) => [ops.square(x), x] as const,
    backward: (x: Tensor, g: Tensor) => [ops.mul(g, ops.mul(factor, x))] as const,
  });

const cases: Readonly<Record<string, Case>> = {
  "int32 take plus a row, indices out of range": [
    (i) => ops.add(ops.take(int32(10, 20, 30), i), int32(1, 2, 3)),
    () => int32(0, 7, -1),
    "int32 11,2,3",
  ],
  "float32 take plus a row, indices out of range": [
    (i) => ops.add(ops.take(float32(10, 20, 30), i), 1),
    () => int32(0, 7, -1),
    "float32 11,NaN,NaN",
  ],
  "sums of int32 wrap": [(x) => ops.sum(x), () => int32(2 ** 31 - 1, 1, 2 ** 31 - 1), "int32 -1"],
  "running sums of int32 wrap": [
    (x) => ops.cumsum(x),
    () => int32(2 ** 31 - 1, 1, 5),
    "int32 2147483647,-2147483648,-2147483643",
  ],
  "products of int32 wrap": [(x) => ops.mul(x, x), () => int32(65537, -3), "int32 131073,9"],
  "a product of large and small numbers": [
    (x) => ops.prod(x),
    () => float32(1e30, 2 ** -100, 1e30, 2 ** -100),
    "float32 0.6223",
  ],
  "1 over a sum of zeros": [(x) => ops.div(1, ops.add(x, 0)), () => float32(-0, 0), "float32 Infinity,Infinity"],
  "1 over a sum of one zero": [
    (x) => ops.div(1, ops.sum(ops.reshape(x, [2, 1]), { axis: 1 })),
    () => float32(-0, 0),
    "float32 Infinity,Infinity",
  ],
  "1 over the larger zero": [(x) => ops.div(1, ops.maximum(x, -0)), () => float32(-0, 0), "float32 -Infinity,Infinity"],
  "zeros that something is added to, or nothing": [
    (x) => ops.div(1, ops.scatterAdd(x, int32(1, 2, 7), float32(-0, 0, 1), { axis: 0 })),
    () => float32(-0, -0, -0),
    "float32 -Infinity,-Infinity,Infinity",
  ],
  "a sum whose large terms cancel": [(x) => ops.sum(x), () => float32(1e8, 1, -1e8, 0.5), "float32 1.5"],
  "an int32 plus a number": [(x) => ops.add(x, 3), () => int32(1, 2), "int32 4,5"],
  "a custom gradient in a loop": [
    (x) =>
      grad((y: Tensor) =>
        ops.sum(
          scan(
            (carry: Tensor, e: Tensor) => [ops.add(carry, squareBy(ops.full([], 5))(e)), carry],
            ops.full([], 0),
            y,
          )[0],
        ),
      )(x),
    () => float32(1, 2, 3),
    "float32 5,10,15",
  ],
  "a custom gradient in a checkpoint": [
    (x) => grad((y: Tensor) => ops.sum(checkpoint((z: Tensor) => squareBy(ops.full([], 5))(z))(y)))(x),
    () => float32(1, 2, 3),
    "float32 5,10,15",
  ],
  "a batched condition": [(x) => vmap(rootOrZero)(x), () => float32(4, 0, -1), "float32 2,0,-0"],
};

/** Dtype and values, of floats four digits. */
async function written(t: Tensor): Promise<string> {
  const rounded = (value: number) => (t.dtype === "float32" ? Number(value.toPrecision(4)) : value);
  return `${t.dtype} ${Array.from(await t.data(), (value) => (Object.is(value, -0) ? "-0" : rounded(value)))}`;
}

describe.skipIf(withoutAdapter).each<Variant>(["software with subgroups", "hardware"])("on %s", (variant) => {
  let backend: Backend;
  beforeAll(async () => {
    ({ backend } = await observed((device) => asVariant(device, variant)));
  });

  test.each(Object.entries(cases))("%s", async (_, [run, make, expected]) => {
    const x = withBackend(backend, make);
    expect(await written(withBackend(backend, () => run(x)))).toBe(expected);
    expect(await written(withBackend(backend, () => compile(run)(x)))).toBe(expected);
  });

  test("a batched condition differentiates by the branch that each entry takes", async () => {
    const derivative = (x: Tensor) => grad((y: Tensor) => ops.sum(vmap(rootOrZero)(y)))(x);
    const x = withBackend(backend, () => float32(4, 0, -1));
    expect(await written(withBackend(backend, () => derivative(x)))).toBe("float32 0.25,0,0");
    expect(await written(withBackend(backend, () => compile(derivative)(x)))).toBe("float32 0.25,0,0");
  });

  test("arrays of integers are int32, and whole ranges hold their numbers", async () => {
    const of = (data: Uint16Array | Int8Array | Uint8ClampedArray) => withBackend(backend, () => tensor(data));
    expect(await written(of(Uint16Array.of(0, 5, 65535)))).toBe("int32 0,5,65535");
    expect(await written(of(Int8Array.of(0, -5, 127)))).toBe("int32 0,-5,127");
    expect(await written(of(Uint8ClampedArray.of(0, 5, 255)))).toBe("int32 0,5,255");
    for (const compiled of [false, true]) {
      const on = (make: () => Tensor) => withBackend(backend, compiled ? compile(make) : make);
      expect(await written(on(() => ops.arange(-(2 ** 31), 2 ** 31, 2 ** 30)))).toBe(
        "int32 -2147483648,-1073741824,0,1073741824",
      );
      expect(() => on(() => ops.arange(0, 5e9, 1e9, { dtype: "int32" }))).toThrow("arange: ");
      expect(() => on(() => ops.arange(0, 3, 1, { dtype: "bool" }))).toThrow("arange: ");
    }
  });

  test("arrays and numbers that a compiled function gets are inputs", async () => {
    const row = compile((x: Tensor, i: Tensor | Int32Array, n: number) => {
      if (!(i instanceof Tensor)) throw new Error("an array is a tensor while the function is recorded");
      return ops.mul(ops.take(x, i), n);
    });
    const x = withBackend(backend, () => int32(10, 20, 30));
    const indices = Int32Array.of(2, 0);
    expect(await written(withBackend(backend, () => row(x, indices, 3)))).toBe("int32 90,30");
    indices[0] = 7;
    expect(await written(withBackend(backend, () => row(x, indices, 2)))).toBe("int32 0,20");
  });

  test("ranges of random numbers are checked", () => {
    const draw = (options: object) => () => withBackend(backend, () => new ops.Generator(1).uniform([2], options));
    expect(draw({ low: 1, high: 0 })).toThrow("no range of float32");
    expect(draw({ low: 0, high: 1e39 })).toThrow("no range of float32");
  });

  test("derivatives pass on all arguments", async () => {
    const f = (x: Tensor, factor: number) => ops.mul(ops.square(x), factor);
    const x = withBackend(backend, () => float32(1, 2));
    expect(await written(withBackend(backend, () => jacobian(f)(x, 10)))).toBe("float32 20,0,0,40");
    const total = (y: Tensor, factor: number) => ops.sum(f(y, factor));
    expect(await written(withBackend(backend, () => hessian(total)(x, 10)))).toBe("float32 20,0,0,20");
  });

  test("tokens of probability 0 are never drawn", async () => {
    const generator = withBackend(backend, () => new ops.Generator(1));
    const logits = withBackend(backend, () => ops.where(ops.equal(ops.arange(0, 16), 10), 0, ops.full([64, 16], -inf)));
    const drawn = await withBackend(backend, () => sample(logits, { generator })).data();
    expect(new Set(drawn)).toEqual(new Set([10]));
    const compiled = withBackend(backend, () => compile((x: Tensor) => sample(x, { generator }))(logits));
    expect(new Set(await compiled.data())).toEqual(new Set([10]));
  });
});

test.skipIf(withoutAdapter)("a message about operands of two devices says which", async () => {
  const [first, second] = [
    await webgpu({ device: await requestDevice() }),
    await webgpu({ device: await requestDevice() }),
  ];
  const on = (backend: Backend, shape: readonly number[]) => withBackend(backend, () => ops.ones(shape));
  const numbers = /\[2,3\] on webgpu \((device \d+)\) and \[3\] on webgpu \((device \d+)\)/;
  const message = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      expect(error).toBeInstanceOf(BackendError);
      return String(error);
    }
    throw new Error("nothing was refused");
  };
  const add = (a: Tensor, b: Tensor) => ops.add(a, b);
  for (const run of [add, compile(add)]) {
    const said = message(() => run(on(first, [2, 3]), on(second, [3])));
    const [, one, other] = numbers.exec(said) ?? [];
    expect([one, other], said).toEqual([first.label, second.label]);
    expect(one).not.toBe(other);
  }
});
