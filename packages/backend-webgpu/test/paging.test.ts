/** Tensors that take several buffers, because none that the device can bind would hold them. */
import { compile, valueAndGrad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { dense, type MemoryValue, type PlainStep, view } from "@tapegrad/compiler";
import { backendConformance } from "@tapegrad/conformance";
import {
  type Backend,
  type Executable,
  memory,
  type Program,
  setBackend,
  type Tensor,
  UnsupportedError,
  withBackend,
} from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { cutSteps } from "../src/eager/cut.ts";
import { windowsOf } from "../src/eager/windows.ts";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { pagedDevice } from "./paged-device.ts";
import { confined, counting, replacing } from "./wrapped-device.ts";

beforeAll(() => setBackend(cpuBackend));

/** Bytes of four elements. */
const smallPage = 16;

function counted(backend: Backend, length: number): Tensor {
  return fromHost(
    Float32Array.from({ length }, (_, i) => i),
    [length],
    "float32",
    backend,
  );
}

async function pagedBackend(bytes: number, buffers = 8, budget?: number): Promise<Backend> {
  const { device } = await pagedDevice(bytes, buffers);
  return webgpu(budget === undefined ? { device } : { device, budget });
}

/** The places of a value's elements, in row-major order. */
function placesOf({ shape, strides, address: { offset } }: MemoryValue): number[] {
  return shape.reduce<number[]>(
    (places, length, axis) =>
      places.flatMap((place) => Array.from({ length }, (_, n) => place + n * (strides[axis] ?? 0))),
    [offset],
  );
}

/** What the copies read and write, as pairs of places. */
function pairsOf(steps: readonly PlainStep[]): string[] {
  return steps.flatMap((step) => {
    if (step.kind !== "copy" || step.from.kind === "constant") throw new Error(`a step of kind ${step.kind}`);
    const [from, to] = [placesOf(step.from), placesOf(step.to)];
    return from.map((place, i) => `${place} to ${to[i]}`);
  });
}

describe("steps cut to pages", () => {
  const bindable = { buffers: 4, pageLength: 4 };
  const axes = fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.boolean(), fc.nat({ max: 9 })), {
    minLength: 1,
    maxLength: 3,
  });

  test("do what the whole step does, each in one page of every value", () => {
    fc.assert(
      fc.property(axes, (all) => {
        const to = dense({ shape: all.map(([length]) => length), dtype: "float32" });
        const order = [...all.keys()].sort((a, b) => (all[a]?.[2] ?? 0) - (all[b]?.[2] ?? 0));
        const memory = dense({ shape: order.map((axis) => to.shape[axis] ?? 1), dtype: "float32" });
        const strides = all.map(([, isForward], axis) => {
          const stride = memory.strides[order.indexOf(axis)] ?? 0;
          return isForward ? stride : -stride;
        });
        const start = strides.reduce(
          (sum, stride, axis) => sum + Math.max(0, -stride) * ((to.shape[axis] ?? 1) - 1),
          0,
        );
        const step = { kind: "copy", from: view(memory, to.shape, strides, start), to } as const;
        const parts = cutSteps("transpose", [step], bindable);
        expect(pairsOf(parts).sort()).toEqual(pairsOf([step]).sort());
        for (const part of parts)
          for (const { pages } of windowsOf(part, bindable.pageLength).values()) expect(pages).toBe(1);
      }),
    );
  });

  test("are the step itself where everything can be bound", () => {
    const [from, to] = [dense({ shape: [3, 4], dtype: "float32" }), dense({ shape: [3], dtype: "float32" })];
    const step: PlainStep = { kind: "reduce", op: "argmax", from, to: view(to, [3, 4], [1, 0]) };
    expect(cutSteps("argmax", [step], bindable)).toEqual([step]);
    expect([...windowsOf(step, 4).values()]).toEqual([
      { first: 0, pages: 3 },
      { first: 0, pages: 1 },
    ]);
  });

  test("read a table that is too large part by part, and leave the rows of other parts", () => {
    const table = dense({ shape: [40], dtype: "float32" });
    const [indices, rows] = [dense({ shape: [3], dtype: "int32" }), dense({ shape: [3], dtype: "float32" })];
    const step: PlainStep = {
      kind: "rows",
      mode: "take",
      table: view(table, [3], [0]),
      length: 40,
      stride: 1,
      indices,
      rows,
    };
    const [missing, ...parts] = cutSteps("take", [step], bindable);
    expect(missing).toMatchObject({ kind: "copy", from: { value: Number.NaN }, to: rows });
    const found = parts.map((part) => ("first" in part ? [part.first, "length" in part && part.length] : []));
    expect(
      found.flatMap(([first = -1, length = 0]) => Array.from({ length: Number(length) }, (_, n) => Number(first) + n)),
    ).toEqual(Array.from({ length: 40 }, (_, n) => n));
  });
});

describe.skipIf(withoutAdapter)("tensors in pages on WebGPU", () => {
  // The fewest buffers that a shader of indexAdd needs, the fewest that WebGPU promises, and more.
  test.each([
    [16, 4],
    [16, 8],
    [64, 12],
  ])("every op is within its tolerance with pages of %d bytes and %d buffers", async (bytes, buffers) => {
    const { device, asked } = await pagedDevice(bytes, buffers);
    const backend = await webgpu({ device });
    const failures: string[] = [];
    for (const { name, run } of backendConformance(backend, { reference: cpuBackend })) {
      await run().catch((error: unknown) => {
        failures.push(`${name}: ${String(error)}`);
      });
    }
    expect(failures).toEqual([]);
    expect(asked.largest).toBe(bytes);
    expect(asked.most).toBeLessThanOrEqual(buffers);
    expect(asked.paged).toBeGreaterThan(10);
  });

  test.each([0, 1, 3, 4, 5, 7, 8, 9, 63, 64, 65])("%d elements, four per page", async (length) => {
    const backend = await pagedBackend(smallPage);
    const x = counted(backend, length);
    const expected = Array.from({ length }, (_, i) => i);
    const total = expected.reduce((sum, i) => sum + i, 0);
    expect(Array.from(await x.data())).toEqual(expected);
    expect(Array.from(await ops.add(x, x).data())).toEqual(expected.map((i) => 2 * i));
    expect(Array.from(await ops.flip(x).data())).toEqual(expected.toReversed());
    expect(await ops.sum(x).item()).toBe(total);
    expect(Array.from(await ops.cast(x, "int32").data())).toEqual(expected);
    expect(Array.from(await ops.slice(x, [Math.min(1, length)]).data())).toEqual(expected.slice(1));
    expect(Array.from(await ops.concat([x, x]).data())).toEqual([...expected, ...expected]);
    expect(Array.from(await ops.cumsum(x).data()).at(-1)).toBe(length === 0 ? undefined : total);
  });

  test("elementwise ops on equal shapes go page by page, with the shader of any other", async () => {
    const { device, asked } = await pagedDevice(smallPage, 8);
    const wrapped = counting(device);
    const backend = await webgpu({ device: wrapped.device });
    const x = counted(backend, 402);
    expect((await ops.add(x, x).data())[401]).toBe(802);
    expect((await ops.mul(x, 2).data())[401]).toBe(802);
    expect(wrapped.counts.dispatches).toBe(101 + 1 + 101);
    expect(asked).toMatchObject({ most: 3, paged: 0 });
  });

  test("other shapes of a tensor share its pages", async () => {
    const backend = await pagedBackend(smallPage);
    withBackend(backend, () => {
      const x = counted(backend, 24);
      const bytes = memory().bytes;
      const y = ops.reshape(x, [4, 6]);
      expect(memory().bytes).toBe(bytes);
      x.dispose();
      expect(memory().bytes).toBe(bytes);
      y.dispose();
      expect(memory().bytes).toBe(bytes - 96);
    });
  });

  test("a training step whose parameters are several pages is interpreted", async () => {
    const train = async (backend: Backend) => {
      const refused: Program[] = [];
      const own = backend.compile?.bind(backend);
      if (own !== undefined) {
        const watch = (program: Program): Executable | undefined => {
          const executable = own(program);
          if (executable === undefined) refused.push(program);
          return executable;
        };
        Object.assign(backend, { compile: watch });
      }
      const losses = withBackend(backend, () => {
        const uniform = (shape: number[], seed: number) => new ops.Generator(seed).uniform(shape);
        const [x, target] = [uniform([7, 12], 2), uniform([7, 9], 3)];
        const loss = (w: Tensor) => ops.sum(ops.square(ops.sub(ops.tanh(ops.matmul(x, w)), target)));
        const step = compile((w: Tensor) => {
          const { value, gradient } = valueAndGrad(loss)(w);
          return { value, next: ops.sub(w, ops.mul(gradient, 0.05)) };
        });
        let weights = ops.sub(uniform([12, 9], 1), 0.5);
        return Array.from({ length: 5 }, () => {
          const { value, next } = step(weights);
          weights = next;
          return value;
        });
      });
      return { losses: await Promise.all(losses.map(async (loss) => Number(await loss.item()))), refused };
    };
    const paged = await train(await pagedBackend(256));
    const { losses: expected } = await train(cpuBackend);
    expect(paged.refused.length).toBe(1);
    expect(expected.at(-1)).toBeLessThan(expected[0] ?? 0);
    for (const [i, loss] of paged.losses.entries()) expect(loss).toBeCloseTo(expected[i] ?? Number.NaN, 4);
  });

  test("more elements than 32 bits can count are refused", async () => {
    const backend = await pagedBackend(2 ** 27);
    expect(() => withBackend(backend, () => ops.zeros([2 ** 16, 2 ** 16]))).toThrow(
      new UnsupportedError(
        "full",
        "a tensor of 4294967296 elements is more than kernels can count (4294967296 > 4227858432)",
        "split it, or use a smaller batch",
      ),
    );
  });

  test("an order of more elements than can be bound is refused, and leaves nothing behind", async () => {
    const backend = await pagedBackend(smallPage, 4);
    const x = counted(backend, 100);
    const held = () => withBackend(backend, () => memory().bytes);
    const before = held();
    expect(() => ops.argsort(x)).toThrow(
      "argsort: one line of it lies in 25 + 25 buffers, more than this adapter can bind at once (50 > 4); split the operands, or use another adapter or backend",
    );
    expect(held()).toBe(before);
  });
});

describe.skipIf(withoutAdapter)("failures of pages", () => {
  /** Bytes from which on a new buffer is not taken for granted. */
  const largePage = 2 ** 25;

  test("beyond the budget, the pages that were had are given back", async () => {
    const { device, asked } = await pagedDevice(1024, 8);
    const wrapped = counting(device);
    const backend = await webgpu({ device: wrapped.device, budget: 8192 });
    const x = counted(backend, 1024);
    const held = () => withBackend(backend, () => memory().bytes);
    expect(() => ops.concat([x, x])).toThrow(/^concat: 1024 bytes more than the 8192 held exceed the budget/);
    expect(held()).toBe(4096);
    const made = wrapped.counts.buffers;
    expect((await ops.add(x, x).data())[1023]).toBe(2046);
    expect(wrapped.counts.buffers).toBe(made + 4); // What is read comes through four others.
    expect(asked.largest).toBe(1024);
  });

  test("no room for the second page makes the tensor and results that depend on it fail, and no other", async () => {
    const real = await requestDevice();
    const full = confined(real, "mul", 0);
    let asked = 0;
    const device = replacing(full, {
      limits: replacing(real.limits, { maxStorageBufferBindingSize: largePage }),
      createBuffer(descriptor) {
        const isSecond = descriptor.label === "mul" && ++asked === 2;
        return isSecond ? full.createBuffer(descriptor) : real.createBuffer(descriptor);
      },
    });
    const backend = await webgpu({ device });
    const small = counted(backend, 3);
    const large = withBackend(backend, () => ops.ones([largePage / 4 + 100]));
    const before = ops.add(small, 1);
    const lost = ops.mul(large, 2);
    const after = ops.add(small, 2);
    const derived = ops.add(lost, lost);
    const failure = await lost.data().then(
      () => "no failure",
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/^BackendError: mul: the device is out of memory/);
    await expect(derived.data()).rejects.toBe(failure);
    expect(Array.from(await before.data())).toEqual([1, 2, 3]);
    expect(Array.from(await after.data())).toEqual([2, 3, 4]);
    await expect(backend.synchronize()).rejects.toBe(failure);
    lost.dispose();
    derived.dispose();
    expect((await ops.mul(large, 3).data()).at(-1)).toBe(3);
    await backend.synchronize();
  });
});
