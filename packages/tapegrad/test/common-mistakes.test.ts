/** What JavaScript takes in silence and is a mistake: each says what to do. */
import { expect, test } from "vitest";
import * as tg from "../src/index.ts";

const t = tg.ones([2, 3]);
const model = new tg.Linear(2, 2, { generator: new tg.Generator(1) });
const withValues: Record<string, object> = {
  "a tensor": t,
  "a Parameter": model.weight,
  "a module": model,
  "a module of modules": new tg.Sequential(model),
  "an optimiser": new tg.SGD(model.parameters(), { learningRate: 1 }),
  "a Generator": new tg.Generator(1),
  "a tree": { inputs: [t] },
};

/** JavaScript's callers have no types. */
const untyped = (value: unknown) => value as never;

test.each(Object.entries(withValues))("JSON and clones of %s are errors, not empty objects", async (_, value) => {
  expect(() => JSON.stringify(value)).toThrow(tg.UnsupportedError);
  expect(() => JSON.stringify(value)).toThrow(/^JSON: tensors have none; use await t\.toArray\(\)/);
  expect(() => structuredClone(value)).toThrow(/await t\.data\(\).*could not be cloned/);
  const { port1, port2 } = new MessageChannel();
  expect(() => port1.postMessage(value)).toThrow(/could not be cloned/);
  port1.close();
  port2.close();
});

test.each<[string, () => unknown, string]>([
  ["a length", () => Reflect.get(t, "length"), "length: tensors have none; use t.shape[0], or await t.toArray()"],
  ["Array.from", () => Array.from(untyped(t)), "length: tensors have none; use t.shape[0], or await t.toArray()"],
  [
    "new Tensor",
    () => Reflect.construct(tg.Tensor, [[1, 2]]),
    "Tensor: new Tensor(…) makes none of data; use tensor(data)",
  ],
  [
    "the name of a backend",
    () => tg.setBackend(untyped("wasm")),
    'setBackend: not a backend: "wasm"; await what makes one: setBackend(await cpu()), or wasm() or webgpu()',
  ],
  [
    "a forgotten await",
    () => tg.setBackend(untyped(tg.cpu())),
    "setBackend: a promise of a backend is none yet; await what makes one: setBackend(await cpu()), or wasm() or webgpu()",
  ],
  [
    "a promise that rejects",
    () => tg.setBackend(untyped(Promise.reject(new Error("late")))),
    "setBackend: a promise of a backend is none yet; await what makes one: setBackend(await cpu()), or wasm() or webgpu()",
  ],
  [
    "what makes a backend",
    () => tg.withBackend(untyped(tg.wasm), () => 1),
    "withBackend: not a backend: function; await what makes one: withBackend(await cpu()), or wasm() or webgpu()",
  ],
  ["nothing", () => tg.setBackend(untyped(undefined)), "setBackend: not a backend: undefined; await what makes one"],
])("%s", (_, call, message) => {
  const before = tg.currentBackend();
  expect(call).toThrow(tg.TapegradError);
  expect(call).toThrow(message);
  expect(tg.currentBackend()).toBe(before);
});

test.each<[string, () => Promise<unknown>, string]>([
  ["a tensor moved to a name", () => t.to(untyped("cpu")), 'to: not a backend: "cpu"; await what makes one'],
  ["cpu with options", () => Reflect.apply(tg.cpu, undefined, ["x"]), 'cpu: there are no options: "x"; call cpu()'],
  [
    "a number of threads by position",
    () => tg.wasm(untyped(4)),
    "wasm: the options are not an object: 4; name them, as in { threads: 4 }",
  ],
  ["a device by position", () => tg.webgpu(untyped("gpu")), "webgpu: the options are not an object"],
])("%s", async (_, call, message) => {
  await expect(call()).rejects.toThrow(tg.TapegradError);
  await expect(call()).rejects.toThrow(message);
});

test("printing and comparing go on", () => {
  expect(`${t}`).toContain("Tensor(float32 [2,3])");
  expect(() => expect([t]).toEqual([tg.zeros([3])])).toThrow("deeply equal");
  expect(t).toEqual(t);
});
