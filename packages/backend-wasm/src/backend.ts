/**
 * The WebAssembly backend: tensors are ordinary typed arrays and single ops run on the portable kernels; a compiled Program is
 * one generated SIMD module. Linear memory holds the values of Parameters and the arena in which all Programs run.
 */
import { HostBackend, type HostEngine, hostBackend, kernelTable } from "@tapegrad/backend-cpu";
import {
  type Backend,
  type Executable,
  type Kernel,
  type Program,
  type Residents,
  UnsupportedError,
} from "@tapegrad/core";
import { checkCount, countFrom, type OptionCheck, optionsOf } from "@tapegrad/core/internal";
import { Arena } from "./arena.ts";
import { eagerKernel } from "./eager-kernel.ts";
import { type WasmFeatures, wasmFeatures, wasmObstacle } from "./features.ts";
import { LinearMemory } from "./linear-memory.ts";
import { compileProgram, type Platform } from "./program/executable.ts";
import { RepeatedInputs } from "./repeated-inputs.ts";
import { mostThreads } from "./threads/control.ts";
import { sharedMemory } from "./threads/shared-memory.ts";
import { canShareMemory, type WorkerUrl } from "./threads/start-worker.ts";
import { Team, type TeamOptions } from "./threads/team.ts";

/** Options of `wasm`. */
export interface WasmOptions {
  /** How many threads run a Program that is long enough; 1 if left out. */
  readonly threads?: number | undefined;
  /**
   * Where a page serves the package's file `worker.js`, for pages whose Content-Security-Policy or Trusted Types allow no workers
   * from `blob:`; a TrustedScriptURL will do. Node needs none.
   */
  readonly workerUrl?: WorkerUrl | undefined;
  /** Milliseconds within which the workers have to start; 30,000 if left out. */
  readonly startTimeout?: number | undefined;
}

const wasmOptions = {
  threads: (op: string, what: string, value: number) => checkCount(op, what, value, 1, mostThreads),
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
  if (threads === 1 || !canShareMemory()) return wasmBackend();
  return withThreads(threads, starting);
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

/** The backend of so many threads, another one if workers of the last were lost. */
async function withThreads(threads: number, options: TeamOptions): Promise<WasmBackend> {
  const starting = threaded.get(threads) ?? createThreadedBackend(usableFeatures().relaxedSimd, threads, options);
  threaded.set(threads, starting);
  const forget = () => threaded.get(threads) === starting && threaded.delete(threads);
  const { backend, team } = await starting.catch((error) => {
    forget();
    throw error;
  });
  if (team.loss === undefined) return backend;
  forget();
  return withThreads(threads, options);
}

function generating(platform: Omit<Platform, "backend">): HostEngine {
  const compile = (program: Program, backend: HostBackend, residents?: Residents) =>
    executableOf(program, { ...platform, backend }, residents);
  const accelerate = (kernel: Kernel, backend: HostBackend) =>
    eagerKernel(kernel, (program) => compile(program, backend));
  return { kernels: kernelTable, compile, accelerate };
}

/** What computes on a memory of its own. With `fma`, products and sums round once where the machine does so: relaxed SIMD must be there. */
export function createEngine(fma: boolean): HostEngine {
  const memory = new LinearMemory(new WebAssembly.Memory({ initial: 2 }));
  return generating({ memory, arena: new Arena(memory), repeated: new RepeatedInputs(memory), fma });
}

/** A backend of its own, whose tensors meet no others. */
export function createBackend(fma: boolean): WasmBackend {
  return new HostBackend("wasm", createEngine(fma));
}

/** Like `createBackend`, with workers on shared memory: the platform must let it be shared. */
export async function createThreadedBackend(fma: boolean, threads: number, options?: TeamOptions) {
  const { memory, maximum } = sharedMemory();
  const team = await Team.start(threads, memory, options);
  const linear = new LinearMemory(memory);
  const parts = { memory: linear, arena: new Arena(linear), repeated: new RepeatedInputs(linear) };
  return { backend: new HostBackend("wasm", generating({ ...parts, fma, sharing: { team, maximum } }), threads), team };
}

/** Generated code; undefined for what cannot be generated, or may not. */
function executableOf(program: Program, platform: Platform, residents: Residents | undefined): Executable | undefined {
  if (wasmObstacle() !== undefined) return undefined;
  try {
    return compileProgram(program, platform, residents);
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}
