/** Programs on devices that bind few or small buffers, branches decided on the device, and Programs that fail. */
import { compile, cond, grad, scan } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { type Backend, BackendError, Parameter, type Tensor, tensor, withBackend } from "@tapegrad/core";
import { add, arange, greater, matmul, mul, ones, sin, sub, sum, tanh } from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import type { Device, Limits } from "../src/device/gpu.ts";
import { webgpu } from "../src/index.ts";
import { requestDevice } from "../src/webgpu.ts";
import { withoutAdapter } from "./adapter.ts";
import { train, worstError } from "./character-model.ts";
import { difference, read } from "./results.ts";
import { asVariant, type Observed, observed, variants } from "./variants.ts";
import { replacing } from "./wrapped-device.ts";

/** A device of lower limits, and the most storage buffers that it was asked to bind at once. */
function limited(limits: Partial<Limits>): { change: (device: Device) => Device; bound: () => number } {
  let most = 0;
  const change = (device: Device) =>
    replacing(asVariant(device, "hardware"), {
      limits: replacing(device.limits, limits),
      createBindGroupLayout(descriptor) {
        const entries = [...descriptor.entries];
        const storages = entries.filter((entry) => !JSON.stringify(entry).includes("uniform"));
        most = Math.max(most, storages.length);
        return device.createBindGroupLayout({ entries });
      },
    });
  return { change, bound: () => most };
}

function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "no failure",
    (error: unknown) => error,
  );
}

describe.skipIf(withoutAdapter)("Programs", () => {
  describe("within limits:", () => {
    let expected: number[];
    beforeAll(async () => {
      expected = await train({ backend: cpuBackend, compiled: false, steps: 4 });
    });

    const expectSameTraining = async ({ backend, compilations }: Observed) => {
      const actual = await train({ backend, compiled: true, steps: 4 });
      expect(compilations).toEqual({ compiled: 1, refused: [] });
      expect(worstError(actual, expected)).toBeLessThan(1e-4);
    };

    test.each([4, 6])("a training step with Adam where a shader binds %i buffers", async (count) => {
      const { change, bound } = limited({ maxStorageBuffersPerShaderStage: count });
      await expectSameTraining(await observed(change));
      expect(bound()).toBeGreaterThan(1);
      expect(bound()).toBeLessThanOrEqual(count);
    });

    test.each([2, 3])("a loop of many operands and results where a shader binds %i buffers", async (count) => {
      const { change, bound } = limited({ maxStorageBuffersPerShaderStage: count });
      const { backend, compilations } = await observed(change);
      const fn = (...inputs: Tensor[]) => {
        const product = inputs.reduce(mul);
        return inputs.map((input) => sub(product, input));
      };
      const on = (own: Backend, run: typeof fn) =>
        read(withBackend(own, () => run(...Array.from({ length: 6 }, (_, i) => tensor([i, 2 + i, 0.5])))));
      expect(difference(await on(backend, compile(fn)), await on(cpuBackend, fn), 4)).toBe("");
      expect(compilations).toEqual({ compiled: 1, refused: [] });
      expect(bound()).toBe(count);
    });

    test("where all buffers of a step are bound, there are more of them", async () => {
      const { change, bound } = limited({});
      await expectSameTraining(await observed(change));
      expect(bound()).toBeGreaterThan(4);
    });

    test.each([8192, 65536])("a training step whose arena is in buffers of at most %i bytes", async (bytes) => {
      const { change } = limited({ maxStorageBufferBindingSize: bytes });
      const sizes = new Map<string, number>();
      const own = await observed((device) =>
        replacing(change(device), {
          createBuffer(descriptor) {
            const { label = "", size } = descriptor;
            if (label === "compile") sizes.set(label, Math.max(size, sizes.get(label) ?? 0));
            return device.createBuffer(descriptor);
          },
        }),
      );
      await expectSameTraining(own);
      expect(sizes.get("compile")).toBeGreaterThan(0);
      expect(sizes.get("compile")).toBeLessThanOrEqual(bytes);
    });

    test("few and small workgroups", async () => {
      const { change } = limited({
        maxComputeWorkgroupsPerDimension: 2,
        maxComputeInvocationsPerWorkgroup: 64,
        maxComputeWorkgroupSizeX: 32,
        maxComputeWorkgroupStorageSize: 2048,
      });
      await expectSameTraining(await observed(change));
    });

    test("a value that no buffer of the arena can hold is left to the ops", async () => {
      const { change } = limited({ maxStorageBufferBindingSize: 4096 });
      const { backend, compilations } = await observed(change);
      const fn = (x: Tensor) => {
        const products = tanh(matmul(x, x, { transposeLeft: true }));
        return sum(matmul(products, products));
      };
      const result = withBackend(backend, () => compile(fn)(ones([1, 40])));
      expect((await result.item()) / (40 ** 3 * Math.tanh(1) ** 2)).toBeCloseTo(1, 5);
      expect(compilations.refused).toHaveLength(1);
    });
  });

  describe.each(variants)("cond on %s", (variant) => {
    let own: Observed;
    beforeAll(async () => {
      own = await observed((device) => asVariant(device, variant));
    });

    /** `fn` compiled, and the same on the reference backend, for both signs of its argument. */
    const expectSame = async (fn: (x: Tensor) => readonly Tensor[]) => {
      const run = compile(fn);
      for (const sign of [1, -1]) {
        const on = (backend: Backend, what: typeof fn) =>
          read(withBackend(backend, () => what(mul(tensor([0.5, 0.25, 0.75]), sign))));
        const actual = await on(own.backend, run);
        expect(difference(actual, await on(cpuBackend, fn), 64)).toBe("");
      }
      expect(own.compilations.refused).toEqual([]);
    };

    const branch = (x: Tensor): Tensor =>
      cond(
        greater(sum(x), 0),
        (t) => mul(t, 3),
        (t) => sin(t),
        x,
      );

    test("takes either branch, and differentiates", async () => {
      await expectSame((x) => [branch(x), grad((y: Tensor) => sum(branch(y)))(x)]);
    });

    test("in a branch of another", async () => {
      await expectSame((x) => [
        cond(
          greater(sum(x), 0),
          (t) => branch(sub(t, 0.6)),
          (t) => branch(add(t, 0.6)),
          x,
        ),
      ]);
    });

    test("in a loop, and a loop in a branch", async () => {
      const loop = (x: Tensor) =>
        scan(
          (state: Tensor, step: Tensor) => {
            const next = branch(sub(state, mul(step, 0.1)));
            return [next, sum(next)];
          },
          x,
          arange(0, 5, 1, { dtype: "float32" }),
        );
      await expectSame((x) => [...loop(x), grad((y: Tensor) => sum(loop(y)[0]))(x)]);
      await expectSame((x) => [
        cond(
          greater(sum(x), 0),
          (t) => loop(t)[0],
          (t) => tanh(t),
          x,
        ),
      ]);
    });

    test("has the effects of the branch taken, and no others", async () => {
      const on = async (backend: Backend, compiled: boolean) => {
        const made = withBackend(backend, () => {
          const [positive, negative] = [new Parameter(tensor([1, 1, 1])), new Parameter(tensor([2, 2, 2]))];
          const fn = (x: Tensor) =>
            cond(
              greater(sum(x), 0),
              (t: Tensor) => {
                positive.assign(add(positive, t));
                return mul(t, 2);
              },
              (t: Tensor) => {
                negative.assign(mul(negative, t));
                return t;
              },
              x,
            );
          return { positive, negative, run: compiled ? compile(fn) : fn };
        });
        const values: number[][] = [];
        for (const sign of [1, -1, -1, 1]) {
          const result = withBackend(backend, () => made.run(mul(tensor([0.5, 0.25, 0.75]), sign)));
          for (const each of [result, made.positive.value, made.negative.value])
            values.push(Array.from(await each.data()));
        }
        return values;
      };
      expect(await on(own.backend, true)).toEqual(await on(cpuBackend, false));
    });
  });

  describe("that fail", () => {
    test("reject their reads, naming the kernel, and later ones do not", async () => {
      const { backend } = await observed((device) =>
        replacing(device, {
          createShaderModule({ code, label = "" }) {
            const isSpoilt = label.startsWith("matmul");
            return device.createShaderModule({ code: isSpoilt ? `${code} nonsense` : code, label });
          },
        }),
      );
      const x = withBackend(backend, () => tensor([[0.5, 0.25]]));
      await backend.synchronize();
      const on = <T>(run: () => T) => withBackend(backend, run);
      const y = on(() => compile((t: Tensor) => matmul(tanh(t), t, { transposeRight: true }))(x));
      const failure = await failureOf(y.data());
      expect(failure).toBeInstanceOf(BackendError);
      expect(String(failure)).toMatch(
        /^BackendError: matmul \[1,2\] × \[2,1\]: the device reports a validation error: .*nonsense/,
      );
      expect(await failureOf(backend.synchronize())).toBe(failure);
      await backend.synchronize(); // It has been told.
      expect(Array.from(await on(() => compile((t: Tensor) => add(mul(t, 2), 1))(x)).data())).toEqual([2, 1.5]);
    });

    test("because the device is lost reject, and are refused from then on", async () => {
      const device = await requestDevice();
      const backend = await webgpu({ device });
      const compiled = compile((t: Tensor) => sum(tanh(mul(t, 2))));
      const run = (t: Tensor) => withBackend(backend, () => compiled(t));
      const x = withBackend(backend, () => tensor([0.5, 0.25]));
      expect(await run(x).item()).toBeCloseTo(Math.tanh(1) + Math.tanh(0.5), 6);
      const pending = failureOf(run(x).data());
      device.destroy();
      const failure = await pending;
      expect(String(failure)).toMatch(/^BackendError: webgpu: the device was lost \(destroyed/);
      expect(() => run(x)).toThrow("compile: the device was lost; make another with await webgpu()");
    });
  });
});
