/** Numbers and typed arrays among the arguments of compiled functions, and ranges, are on WebGPU what they are on the reference. */

import { compile } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, DTypeError, type Tensor, tensor, withBackend } from "@tapegrad/core";
import * as ops from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";

/** What `run` gives on both backends. */
async function both(run: () => readonly Tensor[]) {
  const on = async (backend: Backend) =>
    Promise.all(
      withBackend(backend, run).map(async (t) => ({ dtype: t.dtype, shape: t.shape, data: [...(await t.data())] })),
    );
  return { device: await on(backendUnderTest()), reference: await on(cpuBackend) };
}

describe.skipIf(withoutAdapter)("on WebGPU", () => {
  test("a number takes the dtype of the tensor beside it", async () => {
    const operands = (["bool", "int32", "float32"] as const).map((dtype) => () => tensor([3, 1], { dtype }));
    const uses: readonly ((x: Tensor, n: number) => Tensor)[] = [
      ops.add,
      ops.mul,
      ops.div,
      ops.maximum,
      ops.less,
      (x, n) => ops.sub(n, x),
      (x, n) => ops.take(x, n),
      (x, n) => ops.where(ops.less(x, 2), n, x),
      (x, n) => ops.stack([ops.sum(x), n]),
    ];
    const { device, reference } = await both(() =>
      uses.flatMap((use) => {
        const compiled = compile(use);
        return operands.flatMap((make) => [0, 1, 3].flatMap((n) => [compiled(make(), n), use(make(), n)]));
      }),
    );
    expect(device).toEqual(reference);
    for (let i = 0; i < device.length; i += 2) expect(device[i]).toEqual(device[i + 1]);
    const add = compile((x: Tensor, n: number) => ops.add(x, n));
    withBackend(backendUnderTest(), () => {
      expect(() => add(tensor([1], { dtype: "int32" }), 1.5)).toThrow(DTypeError);
    });
  });

  test("typed arrays are inputs", async () => {
    let recorded = 0;
    const { device, reference } = await both(() => {
      const rows = compile((x: Tensor, at: ArrayLike<number>) => {
        recorded++;
        return ops.take(x, at as Tensor & ArrayLike<number>);
      });
      const x = tensor([5, 6, 7]);
      return [Int32Array.of(2, 0), Int32Array.of(1, 1), Uint8Array.of(0, 2)].map((at) => rows(x, at));
    });
    expect(device).toEqual(reference);
    expect(recorded).toBe(2);
  });

  test("ranges are whole, or errors", async () => {
    const make = () => [
      ops.arange(-3e38, 3e38, 1e38),
      ops.linspace(-3.4e38, 3.4e38, 5),
      ops.arange(-(2 ** 31), 2 ** 31 - 1, 2 ** 30),
      ops.linspace(1, 10, 4, { dtype: "int32" }),
      ops.full([2], 2, { dtype: "bool" }),
    ];
    const { device, reference } = await both(() => [...make(), ...compile(make)()]);
    for (const [i, { data, ...type }] of device.entries()) {
      expect(type).toEqual({ dtype: reference[i]?.dtype, shape: reference[i]?.shape });
      for (const [k, value] of data.entries()) {
        const wanted = reference[i]?.data[k] ?? Number.NaN;
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual(2e-7 * Math.abs(wanted));
      }
    }
    withBackend(backendUnderTest(), () => {
      expect(() => ops.arange(0, 5e9, 1e9)).toThrow(DTypeError);
      expect(() => ops.arange(0, 5, 2, { dtype: "bool" })).toThrow(DTypeError);
    });
  });
});
