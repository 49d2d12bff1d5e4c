/**
 * The WebAssembly backend: tensors are ordinary typed arrays and single ops run on the portable kernels; a compiled Program is
 * one generated SIMD module. Linear memory holds the values of Parameters and the arena in which all Programs run.
 */
import { HostBackend, hostBackend } from "@tapegrad/backend-cpu";
import { type Backend, BackendError } from "@tapegrad/core";
import { checkCount, countFrom, type OptionCheck, optionsOf, ownCores } from "@tapegrad/core/internal";
import { createEngine } from "./engine.ts";
import { type WasmFeatures, wasmFeatures, wasmObstacle } from "./features.ts";
import { mostThreads } from "./threads/control.ts";
import { canShareMemory, type WorkerUrl } from "./threads/start-worker.ts";
import type { ThreadPoolOptions } from "./threads/thread-pool.ts";
import type { createThreadedBackend } from "./threads/threaded-backend.ts";

/** Options of `wasm`. */
export interface WasmOptions {
  /**
   * How many threads run a Program that is long enough; 1 if left out. "all": as many as this process has cores, which processes
   * of `@tapegrad/parallel` on one machine divide among themselves; one where memory cannot be shared or workers do not start.
   */
  readonly threads?: number | "all" | undefined;
  /**
   * Where a page serves the package's file `worker.js`, for pages whose Content-Security-Policy or Trusted Types allow no workers
   * from `blob:`; a TrustedScriptURL will do. Node needs none.
   */
  readonly workerUrl?: WorkerUrl | undefined;
  /** Milliseconds within which the workers have to start; 30,000 if left out. */
  readonly startTimeout?: number | undefined;
}

const wasmOptions = {
  threads: (op: string, what: string, value: number | "all") =>
    value === "all" || checkCount(op, what, value, 1, mostThreads),
  workerUrl: true,
  startTimeout: countFrom(1),
} satisfies Record<keyof WasmOptions, OptionCheck | true>;

/** The WebAssembly backend. */
export interface WasmBackend extends Backend {
  /** How many threads there are: 1 where the platform lets no memory be shared, whatever was asked for. */
  readonly threads: number;
}

/**
 * The backend for this platform; always the same for the same number of threads, so that all its tensors can meet.
 * @throws UnsupportedError without SIMD or where WebAssembly may not be compiled, ShapeError for a number of threads that is none,
 * TapegradError for unknown options, BackendError when workers do not start.
 */
export async function wasm(options: WasmOptions = {}): Promise<WasmBackend> {
  const { threads = 1, ...starting } = optionsOf("wasm", options, wasmOptions);
  const count = threads === "all" ? Math.min(mostThreads, ownCores()) : threads;
  if (count === 1 || !canShareMemory()) return wasmBackend();
  const backend = withThreads(count, starting);
  return threads === "all" ? backend.catch(withoutThreads) : backend;
}

/** In place of threads that may not be started. */
function withoutThreads(error: unknown): WasmBackend {
  if (error instanceof BackendError) return wasmBackend();
  throw error;
}

/** Like `wasm` with one thread, at once. */
export function wasmBackend(): WasmBackend {
  return hostBackend("wasm", () => createEngine(usableFeatures().relaxedSimd));
}

/** @throws UnsupportedError where no WebAssembly with SIMD can be made at run time. */
function usableFeatures(): WasmFeatures {
  const obstacle = wasmObstacle();
  if (obstacle !== undefined) throw obstacle;
  return wasmFeatures();
}

/** By number of threads. */
const threaded = new Map<number, ReturnType<typeof createThreadedBackend>>();

/** The code of threads is a file of its own, as most pages never need it. */
async function startThreads(...given: Parameters<typeof createThreadedBackend>) {
  const code = await import("./threads/threaded-backend.ts").catch((cause) => {
    const remedy = "see the cause; without `threads`, one thread computes";
    throw new BackendError("wasm", "the code of its threads could not be loaded", remedy, { cause });
  });
  return code.createThreadedBackend(...given);
}

/** The backend of so many threads, another one if workers of the last were lost. */
async function withThreads(threads: number, options: ThreadPoolOptions): Promise<WasmBackend> {
  const starting = threaded.get(threads) ?? startThreads(usableFeatures().relaxedSimd, threads, options);
  threaded.set(threads, starting);
  const forget = () => threaded.get(threads) === starting && threaded.delete(threads);
  const { backend, pool } = await starting.catch((error) => {
    forget();
    throw error;
  });
  if (pool.loss === undefined) return backend;
  forget();
  return withThreads(threads, options);
}

/** A backend of its own, whose tensors meet no others. */
export function createBackend(fma: boolean): WasmBackend {
  return new HostBackend("wasm", createEngine(fma));
}
