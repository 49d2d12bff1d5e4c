/** Tensors that take several buffers, because none that the device can bind would hold them. */
import { compile, valueAndGrad } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
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
import { webgpu } from "../src/index.ts";
import { elementwiseShader } from "../src/kernels/elementwise.ts";
import { copyShader } from "../src/kernels/movement.ts";
import { passesOf, placesOf } from "../src/kernels/passes.ts";
import { requestDevice } from "../src/webgpu.ts";
import { expressionOf } from "../src/wgsl/elementwise.ts";
import { shaderText } from "../src/wgsl/shader.ts";
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

describe("passes through pages", () => {
  const operands = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });

  test("see every combination of pages, in as many buffers as there are", () => {
    fc.assert(
      fc.property(operands, fc.integer({ min: 4, max: 12 }), (pages, available) => {
        const passes = passesOf(pages, { op: "add", isPointwise: true }, { buffers: available, length: 4 });
        const combinations = pages.reduce<number[][]>(
          (all, count) => all.flatMap((one) => Array.from({ length: count }, (_, page) => [...one, page])),
          [[]],
        );
        for (const pass of passes)
          expect(pass.reduce((sum, window) => sum + window.pages, 0)).toBeLessThanOrEqual(available);
        const seen = (combination: readonly number[]) =>
          passes.filter((pass) =>
            pass.every(({ first, pages }, k) => {
              const page = combination[k] ?? -1;
              return page >= first && page < first + pages;
            }),
          ).length;
        for (const combination of combinations) expect(seen(combination)).toBe(1);
      }),
    );
  });

  test("are one where everything can be bound", () => {
    expect(passesOf([2, 1, 3], { op: "add", isPointwise: true }, { buffers: 6, length: 4 })).toEqual([
      [
        { first: 0, pages: 2 },
        { first: 0, pages: 1 },
        { first: 0, pages: 3 },
      ],
    ]);
  });

  test("see the same pages of what is read where it is written", () => {
    const passes = passesOf([5, 1, 5], { op: "add", isPointwise: true, follows: [0] }, { buffers: 5, length: 4 });
    expect(passes.map(([x, , y]) => [x, y])).toEqual(
      [0, 2, 4].map((first) => {
        const window = { first, pages: Math.min(2, 5 - first) };
        return [window, window];
      }),
    );
  });

  test("are only those that find something", () => {
    const strides = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -7, max: 7 })), {
      maxLength: 3,
    });
    fc.assert(
      fc.property(strides, fc.nat(), fc.nat(), (axes, a, b) => {
        const lengths = axes.map(([length]) => length);
        const size = lengths.reduce((product, length) => product * length, 1);
        const [begin, end] = [Math.min(a % size, b % size), Math.max(a % size, b % size) + 1];
        const places = Array.from({ length: end - begin }, (_, i) => {
          let rest = begin + i;
          return axes.toReversed().reduce((place, [length, stride]) => {
            const at = rest % length;
            rest = Math.floor(rest / length);
            return place + at * stride;
          }, 0);
        });
        const [low, high] = placesOf({ lengths, strides: [axes.map(([, stride]) => stride)] }, 0, begin, end);
        expect(low).toBeLessThanOrEqual(Math.min(...places));
        expect(high).toBeGreaterThan(Math.max(...places));
      }),
    );
    const reads = (_: number, begin: number, end: number) => [begin + 6, end + 6] as const;
    const passes = passesOf([6, 4], { op: "slice", isPointwise: true, reads }, { buffers: 2, length: 4 });
    expect(passes.map((pass) => pass.map(({ first }) => first))).toEqual(
      [0, 1, 2, 3].flatMap((page) => [
        [page + 1, page],
        [page + 2, page],
      ]),
    );
  });

  test("are refused where a kernel needs more pages at once, with the numbers", () => {
    expect(() => passesOf([9, 3], { op: "argsort" }, { buffers: 8, length: 4 })).toThrow(
      new UnsupportedError(
        "argsort",
        "its operands and result lie in 9 + 3 buffers, of which it needs 10 at once, more than this adapter can bind (10 > 8)",
        "split the operands, or use another adapter or backend",
      ),
    );
    expect(() => passesOf([4, 5], { op: "argsort", isInPlace: true }, { buffers: 8, length: 4 })).toThrow(
      "needs 9 at once",
    );
  });
});

describe("shaders of paged operands", () => {
  test("choose among pages", async () => {
    const shader = elementwiseShader({
      inputs: [
        { element: "f32", access: "same" },
        { element: "f32", access: "strided" },
      ],
      output: "f32",
      expression: expressionOf("add", "float32"),
      rank: 2,
      invocations: 64,
    });
    const [two, one] = [
      { pages: 2, isPartial: false },
      { pages: 1, isPartial: false },
    ];
    const text = shaderText(shader, { extents: [two, one, two], length: 1024 });
    await expect(text).toMatchFileSnapshot("golden/add-paged.wgsl");
  });

  test("leave out what lies in other pages", async () => {
    const window = { pages: 2, isPartial: true };
    const text = shaderText(copyShader(2, 64), { extents: [window, window], length: 1024 });
    await expect(text).toMatchFileSnapshot("golden/copy-windowed.wgsl");
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
    expect(asked.paged).toBeGreaterThan(20);
    if (bytes === smallPage) expect(asked.windowed).toBeGreaterThan(20);
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

  test("elementwise ops on equal shapes go page by page, with the shader that everybody has", async () => {
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
      "argsort: its operands and result lie in 25 + 25 buffers, of which it needs 26 at once, more than this adapter can bind (26 > 4)",
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

  test("no room for the second page spoils the tensor and what comes of it, and nothing else", async () => {
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
