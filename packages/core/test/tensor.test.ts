import { cpuBackend } from "@tapegrad/backend-cpu";
import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type Backend,
  currentBackend,
  DisposedError,
  type NestedArray,
  setBackend,
  setDefaultDType,
  synchronize,
  type Tensor,
  tensor,
  withBackend,
} from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));
beforeEach(() => setDefaultDType("float32"));

const described = (x: Tensor) => ({ shape: x.shape, dtype: x.dtype, data: [...x.dataSync()] });

describe("tensor", () => {
  test.each<[NestedArray, object, number[], string, number[]]>([
    [2.5, {}, [], "float32", [2.5]],
    [true, {}, [], "bool", [1]],
    [[], {}, [0], "float32", []],
    [[[], []], {}, [2, 0], "float32", []],
    [[1, 2, 3], {}, [3], "float32", [1, 2, 3]],
    [
      [
        [1, 2],
        [3, 4],
      ],
      {},
      [2, 2],
      "float32",
      [1, 2, 3, 4],
    ],
    [[[[1]], [[2]]], {}, [2, 1, 1], "float32", [1, 2]],
    [[true, false], {}, [2], "bool", [1, 0]],
    [[1, 2, 3, 4], { shape: [2, 2] }, [2, 2], "float32", [1, 2, 3, 4]],
    [
      [
        [1, 2],
        [3, 4],
      ],
      { shape: [4, 1] },
      [4, 1],
      "float32",
      [1, 2, 3, 4],
    ],
    [5, { shape: [1, 1] }, [1, 1], "float32", [5]],
    [[1, -1], { dtype: "int32" }, [2], "int32", [1, -1]],
    [[0, 2, NaN], { dtype: "bool" }, [3], "bool", [0, 1, 1]],
    [[true, false], { dtype: "float64" }, [2], "float64", [1, 0]],
    [0.1, { dtype: "float32" }, [], "float32", [Math.fround(0.1)]],
  ])("of %j with %j", (data, options, shape, dtype, values) => {
    expect(described(tensor(data, options))).toEqual({ shape, dtype, data: values });
  });

  test("of typed arrays keeps their dtype, and never their memory", () => {
    const host = Float64Array.of(1, 2);
    const x = tensor(host);
    host[0] = 9;
    expect(described(x)).toEqual({ shape: [2], dtype: "float64", data: [1, 2] });
    expect(described(tensor(Int32Array.of(1), { shape: [] }))).toEqual({ shape: [], dtype: "int32", data: [1] });
    expect(tensor(Float32Array.of(1.5), { dtype: "float64" }).dtype).toBe("float64");
    expect([...tensor(Float64Array.of(3, -4), { dtype: "int32" }).dataSync()]).toEqual([3, -4]);
  });

  test("of plain numbers is of the default dtype", () => {
    setDefaultDType("float64");
    expect(described(tensor(0.1))).toEqual({ shape: [], dtype: "float64", data: [0.1] });
  });

  test("goes back to the nested array that it came from", async () => {
    const nested = fc
      .array(fc.nat(3), { maxLength: 3 })
      .chain((shape) =>
        shape.reduceRight<fc.Arbitrary<NestedArray>>(
          (inner, length) => fc.array(inner, { minLength: length, maxLength: length }),
          fc.integer({ min: -99, max: 99 }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(nested, async (array) => {
        expect(await tensor(array).toArray()).toEqual(array);
      }),
      { seed: 1 },
    );
    expect(await tensor([[true], [false]]).toArray()).toEqual([[true], [false]]);
  });
});

describe("a tensor", () => {
  test("knows its rank, size, shape, dtype and backend", () => {
    const x = tensor([[1, 2, 3]]);
    expect([x.rank, x.size, x.shape, x.dtype, x.backend]).toEqual([2, 3, [1, 3], "float32", cpuBackend]);
    expect(x.isSymbolic).toBe(false);
  });

  test("gives its only element", async () => {
    expect(tensor([[7]]).itemSync()).toBe(7);
    expect(await tensor(7).item()).toBe(7);
    expect([...(await tensor([1, 2]).data())]).toEqual([1, 2]);
  });

  test("is freed by dispose and by using, twice without harm", () => {
    const x = tensor(1);
    {
      using inner = x;
      expect(inner.itemSync()).toBe(1);
    }
    expect(() => x.itemSync()).toThrow(DisposedError);
    x.dispose();
    expect(x.shape).toEqual([]);
  });

  test("each has an identity of its own", () => {
    expect(tensor(1).variable.id).not.toBe(tensor(1).variable.id);
  });
});

describe("backends", () => {
  const other: Backend = Object.create(cpuBackend, { name: { value: "other" } });

  test("withBackend says where tensors are made, and puts the choice back even after a throw", () => {
    expect(withBackend(other, currentBackend)).toBe(other);
    expect(currentBackend()).toBe(cpuBackend);
    expect(() =>
      withBackend(other, () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(currentBackend()).toBe(cpuBackend);
  });

  test("to copies the values under a fresh identity", async () => {
    const x = tensor([1, 2]);
    const moved = await x.to(cpuBackend);
    expect(described(moved)).toEqual(described(x));
    expect(moved.variable.id).not.toBe(x.variable.id);
  });

  test("synchronize waits for the current one", async () => {
    await expect(synchronize()).resolves.toBeUndefined();
  });
});
