/** A backend whose engine arrives after the first ops: nothing that they give depends on when it did. */
import { compile, grad, scan, Tape } from "@tapegrad/autodiff";
import { HostBackend, type HostEngine, kernelTable } from "@tapegrad/backend-cpu";
import { functionOf, inputsOf, recipes } from "@tapegrad/conformance/random-programs";
import { memory, Parameter, scope, type Tensor, tensor, withBackend } from "@tapegrad/core";
import { fromHost, withFrame } from "@tapegrad/core/internal";
import { add, exp, full, matmul, mul, reshape, sub, sum, tanh } from "@tapegrad/ops";
import fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createEngine } from "../src/engine.ts";
import { LinearMemory } from "../src/memory/linear-memory.ts";

const wasm = () => createEngine(false);

/** A backend that waits until `arrive` is called; `kernels` are there before. */
function lateBackend(engine: HostEngine, kernels?: HostEngine["kernels"]) {
  const backend = new HostBackend("late");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const load = vi.fn(() => promise.then(() => backend.equip(engine)));
  backend.expect({ load, kernels });
  const on = <T>(fn: () => T) => withBackend(backend, fn);
  return { backend, on, load, reject, arrive: resolve };
}

/** An engine that counts its calls of kernels. */
function countingEngine() {
  const count = { calls: 0 };
  const kernels = Object.fromEntries(
    Object.entries<HostEngine["kernels"][string]>(kernelTable).map(([name, kernel]) => [
      name,
      (...given: Parameters<typeof kernel>) => {
        count.calls++;
        return kernel(...given);
      },
    ]),
  );
  return { engine: { kernels }, count };
}

const bits = (results: readonly Tensor[]) => Promise.all(results.map((result) => result.data()));

it.each([
  ["applied at once", false],
  ["compiled", true],
])("random programs, %s, give the same bits whenever the engine arrives", async (_, isCompiled) => {
  const kinds = fc.oneof(
    recipes({ gradient: false, depth: 1, lengths: [1, 3, 9] }),
    recipes({ gradient: true, depth: 1, lengths: [1, 2] }),
  );
  await fc.assert(
    fc.asyncProperty(kinds, fc.nat({ max: 40 }), async (recipe, moment) => {
      const fn = isCompiled ? compile(functionOf(recipe)) : functionOf(recipe);
      const run = () => fn(inputsOf(recipe, "float32"));
      const expected = await bits(withBackend(new HostBackend("wasm", wasm()), run));
      const late = lateBackend(wasm());
      let applied = 0;
      const observe = () => {
        if (++applied === moment) late.backend.equip(wasm());
      };
      const results = late.on(() => withFrame({ kind: "observer", observe }, run));
      late.arrive();
      expect(await bits(results)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});

it("large products are done by generated code, whenever it arrives", async () => {
  const product = () => exp(matmul(full([200, 150], 0.1), full([150, 170], 0.3)));
  const modules = vi.spyOn(WebAssembly, "Module");
  const expected = withBackend(new HostBackend("wasm", wasm()), () => product().dataSync());
  const made = modules.mock.calls.length;
  const late = lateBackend(wasm());
  const result = late.on(product);
  late.arrive();
  expect(await result.data()).toEqual(expected);
  expect(made).toBeGreaterThan(0);
  expect(modules.mock.calls.length).toBe(2 * made);
  modules.mockRestore();
});

it("a compiled step trains before and after, with at most two values per Parameter in linear memory", async () => {
  const train = (on: <T>(fn: () => T) => T) =>
    on(() => {
      const p = new Parameter(full([100, 100], 1));
      const step = compile((x: Tensor) => {
        p.assign(sub(p.value, mul(0.1, grad((w: Tensor) => sum(mul(mul(w, w), x)))(p.value))));
        return sum(p.value);
      });
      return { p, step: () => on(() => step(tensor([0.5]))) };
    });
  const reference = new HostBackend("wasm", wasm());
  const now = train((fn) => withBackend(reference, fn));
  const late = lateBackend(wasm());
  const then = train(late.on);
  const losses = [now, then].map(({ step }) => Array.from({ length: 30 }, step));
  const given = vi.spyOn(LinearMemory.prototype, "allocate");
  const back = vi.spyOn(LinearMemory.prototype, "free");
  late.arrive();
  expect(await bits(losses[1] ?? [])).toEqual(await bits(losses[0] ?? []));
  expect(given.mock.calls.length - back.mock.calls.length).toBeLessThanOrEqual(4); // Two values, the arena, the first one.
  given.mockRestore();
  back.mockRestore();
  expect(await bits([then.step(), then.p.value])).toEqual(await bits([now.step(), now.p.value]));
});

it("what nobody can ask for is not computed, and held no longer", async () => {
  const { engine, count } = countingEngine();
  const late = lateBackend(engine);
  withBackend(late.backend, () => memory());
  const kept = late.on(() =>
    scope(() => {
      const x = tensor([1, 2, 3]);
      const unused = exp(exp(x));
      expect(withBackend(late.backend, () => memory()).buffers).toBe(3);
      unused.dispose();
      return add(reshape(mul(x, 2), [3]), 1);
    }),
  );
  expect(withBackend(late.backend, () => memory()).buffers).toBe(6); // Three operands, three results.
  late.arrive();
  expect([...(await kept.data())]).toEqual([3, 5, 7]);
  expect(count.calls).toBe(5); // mul, add, reshape, and the numbers.
  expect(withBackend(late.backend, () => memory())).toMatchObject({ bytes: 12, buffers: 1 });
  kept.dispose();
  expect(withBackend(late.backend, () => memory()).buffers).toBe(0);
});

it("a long chain of ops needs no deep stack, computed or given up", async () => {
  const late = lateBackend({ kernels: kernelTable });
  const chain = () => {
    let x = tensor([0]);
    for (let i = 0; i < 20_000; i++) x = scope(() => add(x, 1));
    return x;
  };
  const [asked, left] = late.on(() => [chain(), chain()]);
  left?.dispose();
  late.arrive();
  expect(await asked?.item()).toBe(20_000);
});

it("a read that cannot wait says what to do, or takes the kernels that are there", async () => {
  const far = lateBackend({ kernels: kernelTable });
  const near = lateBackend({ kernels: kernelTable }, kernelTable);
  const step = compile((x: Tensor) => [mul(x, x), x, x]);
  const values = (late: typeof near) => late.on(() => add(tensor([1, 2]), 1));
  expect(() => values(far).dataSync()).toThrow(
    "dataSync: the code of the late backend is still being loaded; await synchronize() once before",
  );
  expect(String(values(far))).toContain("still being loaded");
  expect([...far.on(() => tensor([1, 2])).dataSync()]).toEqual([1, 2]);
  expect([...values(near).dataSync()]).toEqual([2, 3]);
  const compiled = near.on(() => step(tensor([3]))).map((result) => result.itemSync());
  expect(compiled).toEqual([9, 3, 3]);
  far.arrive();
  await far.backend.synchronize();
  expect([...values(far).dataSync()]).toEqual([2, 3]);
});

it("float16 is packed by the engine, whenever it arrives, from values as they were", async () => {
  const source = Float32Array.of(0.1, 1, 70_000);
  const rounded = Float32Array.of(0.0999755859375, 1, Infinity);
  const far = lateBackend({ kernels: kernelTable });
  const near = lateBackend({ kernels: kernelTable }, kernelTable);
  const put = (late: typeof near) => late.on(() => fromHost(source.slice(), [3], "float16"));
  expect(put(near).dataSync()).toEqual(rounded);
  expect(String(put(near))).toContain("0.0999756");
  const given = source.slice();
  const early = far.on(() => fromHost(given, [3], "float16"));
  given.fill(0);
  expect(() => early.dataSync()).toThrow("still being loaded");
  far.arrive();
  expect(await early.data()).toEqual(rounded);
  withBackend(far.backend, () => memory());
  const late = put(far);
  expect([late.dataSync(), withBackend(far.backend, () => memory()).bytes]).toEqual([rounded, 6]);
});

it("large work that cannot wait is done by the kernels that are there, op by op", () => {
  const near = lateBackend({ kernels: kernelTable }, kernelTable);
  const w = () => full([200, 200], 0.001);
  const loop = () =>
    scan(
      (h: Tensor, x: Tensor) => [tanh(add(matmul(h, w()), x)), sum(h)] as const,
      full([64, 200], 0),
      full([80, 64, 200], 0.1),
    );
  const large = () => [exp(full([512, 1024], 0)), matmul(full([400, 300], 1), full([300, 400], 1)), ...loop()];
  const expected = withBackend(new HostBackend("reference", { kernels: kernelTable }), () =>
    large().map((x) => x.dataSync()),
  );
  expect(near.on(() => large().map((x) => x.dataSync()))).toEqual(expected);
  expect(near.backend.isEquipped).toBe(false);
  const put = near.on(large);
  near.backend.equip(wasm());
  for (const [i, x] of put.entries()) expect(x.dataSync().length).toBe(expected[i]?.length);
});

it("work that was put off is recorded by nobody who happens to be there when it is done", () => {
  const late = lateBackend({ kernels: kernelTable }, kernelTable);
  late.on(() => {
    const square = compile((x: Tensor) => mul(x, x))(tensor([3]));
    const seen: string[] = [];
    const tape = new Tape({ keep: "all" });
    tape.record(() =>
      withFrame({ kind: "observer", observe: ({ op }) => seen.push(op.name) }, () => square.itemSync()),
    );
    expect(seen).toEqual([]);
    expect(square.itemSync()).toBe(9);
  });
});

it("what cannot be loaded is told to whoever reads, and tried again", async () => {
  const late = lateBackend({ kernels: kernelTable });
  const x = late.on(() => add(tensor([1]), 1));
  late.reject(new Error("offline"));
  await expect(x.data()).rejects.toThrow("offline");
  late.load.mockImplementation(async () => late.backend.equip({ kernels: kernelTable }));
  expect(await x.item()).toBe(2);
  expect(late.load.mock.calls.length).toBeGreaterThanOrEqual(2);
});

it("a call that fails rejects the reads of all results that depend on it", async () => {
  const late = lateBackend({ kernels: { full: kernelTable.full } });
  const y = late.on(() => mul(add(tensor([1]), 1), 2));
  late.arrive();
  await expect(y.data()).rejects.toThrow("add: the late backend has no kernel for it");
});
