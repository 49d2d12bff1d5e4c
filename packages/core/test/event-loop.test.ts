/** Awaited reads let the event loop turn: timers, signals and input do not wait for the end of a loop. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { afterEach, expect, it, test, vi } from "vitest";
import { setBackend, synchronize, type Tensor, tensor } from "../src/index.ts";

afterEach(() => vi.unstubAllGlobals());

const reads: readonly (readonly [string, (t: Tensor) => Promise<unknown>])[] = [
  ["data", (t) => t.data()],
  ["item", (t) => t.item()],
  ["toArray", (t) => t.toArray()],
  ["to", (t) => t.to(cpuBackend)],
  ["synchronize", () => synchronize()],
];

it.each(
  reads.flatMap(([name, read]) =>
    [cpuBackend, wasmBackend()].map((backend) => [backend.name, name, backend, read] as const),
  ),
)("%s: a loop of %s lets timers run", async (_, _name, backend, read) => {
  setBackend(backend);
  const t = tensor([1]);
  let fired = 0;
  const interval = setInterval(() => fired++, 1);
  const end = performance.now() + 10_000;
  while (fired < 2 && performance.now() < end) await read(t);
  clearInterval(interval);
  expect(fired).toBeGreaterThanOrEqual(2);
});

test("a tensor may be disposed of while its read pauses, and a read that fails pauses as well", async () => {
  const t = tensor([5]);
  const value = t.item();
  t.dispose();
  expect(await value).toBe(5);
  await expect(t.item()).rejects.toThrow("disposed of");
});

test("a signal is handled during training", async () => {
  const script = fileURLToPath(new URL("endless-training.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@tapegrad/source", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  child.kill("SIGINT");
  const [code] = await once(child, "exit");
  expect(code).toBe(7);
});

/** The module, loaded where the platform has only these. */
async function yieldWith(globals: Readonly<Record<string, unknown>>) {
  for (const name of ["setImmediate", "MessageChannel", "setTimeout", "performance"])
    vi.stubGlobal(name, globals[name]);
  vi.resetModules();
  const { yieldToEventLoop } = await import("../src/platform/event-loop.ts");
  vi.unstubAllGlobals();
  return yieldToEventLoop;
}

const { setImmediate, setTimeout, MessageChannel } = globalThis;

it.each([
  ["setImmediate", { setImmediate }],
  ["MessageChannel", { MessageChannel }],
  ["setTimeout", { setTimeout }],
])("with %s, it pauses once the last turn is a while ago, for several readers at once", async (_, globals) => {
  let time = 1000;
  const yieldToEventLoop = await yieldWith({ ...globals, performance: { now: () => time } });
  const pauses = async () => {
    let isNextTask = false;
    const task = new Promise<void>((resolve) => {
      setTimeout(() => {
        isNextTask = true;
        resolve();
      });
    });
    const end = Date.now() + 10_000;
    for (; !isNextTask && Date.now() < end; time += 31) await Promise.all([yieldToEventLoop(), yieldToEventLoop()]);
    const paused = isNextTask;
    await task;
    return paused;
  };
  const rests = async () => {
    let isNextTask = false;
    setImmediate(() => {
      isNextTask = true;
    });
    for (let i = 0; i < 20; i++) await yieldToEventLoop();
    return !isNextTask;
  };
  expect(await rests()).toBe(true);
  time += 31;
  expect(await pauses()).toBe(true);
  await yieldToEventLoop();
  time += 29;
  expect(await rests()).toBe(true);
});

test("a platform with no tasks at all goes on", async () => {
  let time = 0;
  const yieldToEventLoop = await yieldWith({ performance: { now: () => time } });
  time = 100;
  await yieldToEventLoop();
});
