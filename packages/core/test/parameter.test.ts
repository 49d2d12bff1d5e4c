import { cpuBackend } from "@tapegrad/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { Parameter, setBackend, tensor, withParameters } from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));

describe("a Parameter", () => {
  test("is made from a tensor or from data, trainable unless said otherwise", () => {
    const value = tensor([1, 2]);
    expect(new Parameter(value).value).toBe(value);
    const p = new Parameter(Int32Array.of(1, 2, 3), { name: "state", trainable: false });
    expect([p.name, p.trainable, p.shape, p.dtype, p.size]).toEqual(["state", false, [3], "int32", 3]);
    expect([new Parameter(1).name, new Parameter(1).trainable]).toEqual(["parameter", true]);
  });

  test("keeps what it was assigned", async () => {
    const p = new Parameter([1, 2]);
    p.assign(tensor([3, 4]));
    expect([...p.dataSync()]).toEqual([3, 4]);
    expect([...(await p.data())]).toEqual([3, 4]);
    expect([await new Parameter(3).item(), new Parameter([4]).itemSync()]).toEqual([3, 4]);
    await expect(p.item()).rejects.toThrow("item");
  });
});

describe("withParameters", () => {
  test("gives other values inside, and the old ones after", () => {
    const [p, q] = [new Parameter(1), new Parameter(2)];
    const inside = withParameters([p], [tensor(10)], () => [p.value.itemSync(), q.value.itemSync()]);
    expect(inside).toEqual([10, 2]);
    expect(p.value.itemSync()).toBe(1);
  });

  test("assignments inside are seen inside and vanish after; to others they stay", () => {
    const [p, q] = [new Parameter(1), new Parameter(2)];
    withParameters([p], [tensor(10)], () => {
      p.assign(tensor(11));
      q.assign(tensor(12));
      expect(p.value.itemSync()).toBe(11);
    });
    expect([p.value.itemSync(), q.value.itemSync()]).toEqual([1, 12]);
  });

  test("nests: the innermost binding counts, and an inner assignment leaves the outer one", () => {
    const p = new Parameter(1);
    withParameters([p], [tensor(10)], () => {
      withParameters([p], [tensor(20)], () => {
        p.assign(tensor(21));
        expect(p.value.itemSync()).toBe(21);
      });
      expect(p.value.itemSync()).toBe(10);
    });
  });

  test("restores after a throw", () => {
    const p = new Parameter(1);
    expect(() =>
      withParameters([p], [tensor(10)], () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(p.value.itemSync()).toBe(1);
  });
});
