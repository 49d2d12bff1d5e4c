/** Programs run by several threads, and what happens when one of them fails. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { compile } from "@tapegrad/autodiff";
import { apply, BackendError, type OpDefinition, TapegradError, type Tensor } from "@tapegrad/core";
import { matmul } from "@tapegrad/ops";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { call, i32, ModuleBuilder } from "../src/assembler/index.ts";
import { createBackend } from "../src/backend.ts";
import { wasm, wasmBackend, wasmFeatures } from "../src/index.ts";
import { emitBarrier } from "../src/threads/barrier.ts";
import { sharedMemory } from "../src/threads/shared-memory.ts";
import { ThreadPool } from "../src/threads/thread-pool.ts";
import { createThreadedBackend } from "../src/threads/threaded-backend.ts";
import { on, read, uniforms } from "./comparison.ts";

const fma = wasmFeatures().relaxedSimd;
const alone = createBackend(fma);
const usual = await createThreadedBackend(fma, 2);
afterAll(() => {
  usual.pool.terminate();
});

it("memory grows while workers hold it", () => {
  const { backend } = usual;
  on(backend, () => {
    const product = compile((x: Tensor) => matmul(x, x));
    const [small, large] = [uniforms([300, 300], 1), uniforms([900, 900], 2)];
    const before = read([product(small)]);
    const grown = read([product(large)]);
    expect(read([product(small)])).toEqual(before);
    expect(grown).toEqual(on(alone, () => read([compile(() => matmul(large, large))()])));
  });
});

it("Programs for all threads, for some and for one run in turn", async () => {
  const { backend, pool } = await createThreadedBackend(fma, 8);
  const sizes = [64, 130, 200, 330];
  const products = on(backend, () =>
    sizes.map((size) => {
      const [x, product] = [uniforms([size, size], size), compile((x: Tensor) => matmul(x, x))];
      return () => read([product(x)]);
    }),
  );
  const first = products.map((run) => run());
  for (let i = 0; i < 5; i++) expect(products.map((run) => run())).toEqual(first);
  pool.terminate();
});

describe("failures", () => {
  /** `main(arena, thread)`: waits for all, traps where thread and address are equal, and waits again. */
  function trapping(maximum: number) {
    const module = new ModuleBuilder({
      memory: { module: "env", name: "memory", minimum: 1, maximum, shared: true },
    });
    const barrier = emitBarrier(module, { threads: 3, canFirstSleep: true });
    const main = module.function("main", ["i32", "i32"], "none", (f, [arena, thread]) => {
      f.do(call(barrier, thread));
      f.if(i32.eq(arena, thread), () => f.unreachable());
      f.do(call(barrier, thread));
    });
    module.export(main);
    return new WebAssembly.Module(module.build());
  }

  async function trappingPool() {
    const { memory, maximum } = sharedMemory();
    const pool = await ThreadPool.start(3, memory);
    const module = trapping(maximum);
    const { main } = new WebAssembly.Instance(module, { env: { memory } }).exports;
    if (typeof main !== "function") throw new Error("no main");
    const program = pool.load(module);
    return { pool, run: (arena: number) => pool.run(program, arena, (address, thread) => main(address, thread)) };
  }

  it.each([1, 2])("of thread %i reach the caller, and the pool goes on", async (thread) => {
    const { pool, run } = await trappingPool();
    run(9);
    for (let i = 0; i < 5; i++) {
      expect(() => run(thread)).toThrow(BackendError);
      expect(() => run(thread)).toThrow(
        new BackendError("wasm", `thread ${thread} of 3 failed: RuntimeError: unreachable`),
      );
      run(9);
    }
    pool.terminate();
  });

  it("of the first thread reach it as they are, and the pool goes on", async () => {
    const { pool, run } = await trappingPool();
    for (let i = 0; i < 5; i++) {
      expect(() => run(0)).toThrow(WebAssembly.RuntimeError);
      run(9);
    }
    pool.terminate();
  });

  it("to make a Program ready reach the caller, and the pool goes on", async () => {
    const { pool, run } = await trappingPool();
    const module = new ModuleBuilder();
    module.importFunction("nowhere", "nothing", [], "none");
    expect(() => pool.load(new WebAssembly.Module(module.build()))).toThrow(/thread [12] of 3 failed: .*nowhere/);
    run(9);
    pool.terminate();
  });

  it("a pool that was ended says so", async () => {
    const { pool, run } = await trappingPool();
    pool.terminate();
    expect(() => run(9)).toThrow(
      new BackendError("wasm", "its threads are lost: it was ended", "make the backend and its tensors again"),
    );
  });

  it("of the host in the midst of a Program reach the caller, and the backend goes on", () => {
    const homeless: OpDefinition = {
      name: "homeless",
      type: ([x]) => ({ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32" }),
      derivative: { kind: "none" },
      batching: { kind: "pointwise" },
      tolerance: 1,
    };
    on(usual.backend, () => {
      const [x, square] = [uniforms([300, 300], 1), compile((x: Tensor) => matmul(x, x))];
      const before = read([square(x)]);
      const failing = compile((x: Tensor) => matmul(apply(homeless, [matmul(x, x)], {}), x));
      for (let i = 0; i < 3; i++) {
        expect(() => failing(x)).toThrow("homeless: the wasm backend has no kernel for it");
        expect(read([square(x)])).toEqual(before);
      }
    });
  });
});

describe("wasm({ threads })", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is one backend per number of threads, and the usual one for one", async () => {
    expect(await wasm()).toBe(wasmBackend());
    expect(await wasm({ threads: 1 })).toBe(wasmBackend());
    expect(wasmBackend().threads).toBe(1);
    const [first, second] = await Promise.all([wasm({ threads: 2 }), wasm({ threads: 2 })]);
    expect(first).toBe(second);
    expect(first.threads).toBe(2);
    expect(await wasm({ threads: 3 })).not.toBe(first);
  });

  it.each([0, 1.5, -2, Number.NaN, 1000, "2"])("%j is not a number of threads", async (threads) => {
    // A caller without types may pass anything.
    const refused = Reflect.apply(wasm, undefined, [{ threads }]);
    await expect(refused).rejects.toThrow(TapegradError);
    await expect(refused).rejects.toThrow(
      `wasm: the option threads is not an integer of 1 to 256: ${typeof threads === "string" ? `"${threads}"` : threads}; use 1 to 256`,
    );
  });

  it('"all" is as many as there are cores', async () => {
    vi.stubGlobal("navigator", { hardwareConcurrency: 3 });
    expect(await wasm({ threads: "all" })).toBe(await wasm({ threads: 3 }));
    vi.stubGlobal("navigator", { hardwareConcurrency: 1 });
    expect(await wasm({ threads: "all" })).toBe(wasmBackend());
  });

  it('"all" is one where workers do not start', async () => {
    vi.stubGlobal("navigator", { hardwareConcurrency: 7 });
    const refusal = new Error("no workers here");
    const Worker = class {
      constructor() {
        throw refusal;
      }
    };
    const modules = vi.spyOn(process, "getBuiltinModule").mockReturnValue({ Worker } as never);
    try {
      await expect(wasm({ threads: 7 })).rejects.toThrow("a worker did not start: no workers here");
      expect(await wasm({ threads: "all" })).toBe(wasmBackend());
    } finally {
      modules.mockRestore();
    }
  });

  it("an option that is undefined is left out", async () => {
    const options = { threads: undefined, workerUrl: undefined, startTimeout: undefined };
    expect(await Reflect.apply(wasm, undefined, [options])).toBe(wasmBackend());
  });
});

describe("workers that do not start", () => {
  /** Of a platform whose class for workers is `Worker`. */
  async function startWith(Worker: new () => object, startTimeout?: number) {
    const modules = vi.spyOn(process, "getBuiltinModule").mockReturnValue({ Worker } as never);
    try {
      return await ThreadPool.start(3, sharedMemory().memory, { startTimeout });
    } finally {
      modules.mockRestore();
    }
  }

  it("are given up after a while, and ended", async () => {
    const terminate = vi.fn();
    class Silent {
      on() {}
      postMessage() {}
      terminate() {
        terminate();
      }
    }
    await expect(startWith(Silent, 50)).rejects.toThrow(
      "wasm: a worker did not start: it did not answer for 0.05 s; ask for one thread, or allow workers",
    );
    expect(terminate).toHaveBeenCalledTimes(2);
  });

  it("because they are refused are a BackendError", async () => {
    class Refused {
      constructor() {
        throw new TypeError("This document requires 'TrustedScriptURL' assignment.");
      }
    }
    const start = startWith(Refused);
    await expect(start).rejects.toThrow(BackendError);
    await expect(start).rejects.toThrow(
      "a worker did not start: This document requires 'TrustedScriptURL' assignment.",
    );
  });

  it("because Node does not permit them are a BackendError", async ({ signal }) => {
    const script = fileURLToPath(new URL("idle-workers.ts", import.meta.url));
    const options = ["--permission", "--allow-fs-read=*", "--conditions=@tapegrad/source", script];
    await expect(promisify(execFile)(process.execPath, options, { signal })).rejects.toThrow(
      "BackendError: wasm: a worker did not start: Access to this API has been restricted",
    );
  });
});

it("a process ends by itself although its workers wait", async ({ signal }) => {
  const script = fileURLToPath(new URL("idle-workers.ts", import.meta.url));
  const options = ["--conditions=@tapegrad/source", "--disable-warning=ExperimentalWarning", script];
  const { stdout } = await promisify(execFile)(process.execPath, options, { signal });
  expect(stdout).toBe("2 threads\n900\n");
});
