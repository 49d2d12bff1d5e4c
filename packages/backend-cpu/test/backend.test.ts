import { allocate, bufferOf, dtypes } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { primitives, reshape } from "@tapegrad/ops";
import { alias } from "@tapegrad/ops/internal";
import { expect, test } from "vitest";
import { cpu, cpuBackend } from "../src/index.ts";

test("has a kernel for every primitive and every dtype", async () => {
  expect([...cpuBackend.kernels.keys()].sort()).toEqual(Object.keys(primitives).sort());
  for (const dtype of dtypes) expect(cpuBackend.supports(dtype)).toBe(true);
  expect(await cpu()).toBe(cpuBackend);
  expect(cpuBackend.name).toBe("cpu");
});

test.each(dtypes)("%s goes in and comes out as copies", async (dtype) => {
  const host = allocate(dtype, 2).fill(1);
  const x = fromHost(host, [2], dtype, cpuBackend);
  host.fill(0);
  x.dataSync().fill(0);
  (await x.data()).fill(0);
  expect(x.dataSync()).toEqual(allocate(dtype, 2).fill(1));
});

test("results that share memory survive the release of their operands", () => {
  const x = fromHost(Float32Array.of(1, 2), [2], "float32", cpuBackend);
  const [same, column] = [alias(x), reshape(x, [2, 1])];
  x.dispose();
  expect([...same.dataSync(), ...column.dataSync()]).toEqual([1, 2, 1, 2]);
});

test("a buffer of another backend is a fault of ours", () => {
  const kernel = cpuBackend.kernels.get("neg");
  const foreign = { shape: [1], dtype: "float32", buffer: { backend: cpuBackend } } as const;
  expect(() => kernel?.([foreign], {}, foreign, primitives.neg)).toThrow(
    "internal: a foreign buffer reached backend-cpu",
  );
  const wrong = cpuBackend.kernels.get("add");
  const x = fromHost(Float32Array.of(1), [1], "float32", cpuBackend);
  expect(() => wrong?.([{ ...x.variable, buffer: bufferOf(x) }], {}, x, primitives.add)).toThrow(
    "internal: operand 1 is missing",
  );
});

test("synchronize resolves at once", async () => {
  await expect(cpuBackend.synchronize()).resolves.toBeUndefined();
});
