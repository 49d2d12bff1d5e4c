/**
 * The WebAssembly backend: tensors are ordinary typed arrays and single ops run on the portable kernels; a compiled Program is
 * one generated SIMD module. Linear memory holds the values of Parameters and the arena in which all Programs run.
 */
import { HostBackend } from "@tapegrad/backend-cpu";
import {
  type Backend,
  type Executable,
  type Program,
  type Residents,
  TapegradError,
  UnsupportedError,
} from "@tapegrad/core";
import { Arena } from "./arena.ts";
import { f32x4, ModuleBuilder, v128 } from "./assembler/index.ts";
import { eagerKernel } from "./eager-kernel.ts";
import { LinearMemory } from "./linear-memory.ts";
import { compileProgram, type Platform } from "./program/executable.ts";
import { RepeatedInputs } from "./repeated-inputs.ts";
import { mostThreads } from "./threads/control.ts";
import type { Grain } from "./threads/crew.ts";
import { sharedMemory } from "./threads/shared-memory.ts";
import { canShareMemory } from "./threads/start-worker.ts";
import { Team } from "./threads/team.ts";

/** What the platform can do: WebAssembly at all, 128-bit vectors, multiply-add. Asked by validating one such instruction. */
export interface WasmFeatures {
  readonly simd: boolean;
  readonly relaxedSimd: boolean;
}

/** At once, so that a default backend can be chosen while a module loads. */
export function wasmFeatures(): WasmFeatures {
  const zero = f32x4.constant(0);
  return { simd: isValid(f32x4.add(zero, zero)), relaxedSimd: isValid(f32x4.relaxedMadd(zero, zero, zero)) };
}

function isValid(vector: ReturnType<typeof f32x4.add>): boolean {
  if (typeof WebAssembly === "undefined") return false;
  const module = new ModuleBuilder({ memory: { module: "env", name: "memory", minimum: 1 } });
  module.function("probe", [], "none", (f) => f.do(v128.store(0, vector)));
  return WebAssembly.validate(module.build());
}

/** Options of `wasm`. */
export interface WasmOptions {
  /** How many threads run a Program that is long enough; 1 if left out. */
  readonly threads?: number;
}

/** The WebAssembly backend. */
export interface WasmBackend extends Backend {
  /** How many threads there are: 1 where the platform lets no memory be shared, whatever was asked for. */
  readonly threads: number;
}

/**
 * The backend for this platform; always the same for the same number of threads, so that all its tensors can meet.
 * @throws UnsupportedError without SIMD, TapegradError for a number of threads that is none, BackendError when workers do not
 * start.
 */
export async function wasm({ threads = 1 }: WasmOptions = {}): Promise<WasmBackend> {
  if (!Number.isInteger(threads) || threads < 1 || threads > mostThreads)
    throw new TapegradError(
      "wasm",
      `not a number of threads: ${threads} (${typeof threads})`,
      `use an integer from 1 to ${mostThreads}`,
    );
  if (threads === 1 || !canShareMemory()) return wasmBackend();
  return withThreads(threads);
}

let instance: WasmBackend | undefined;

/** Like `wasm` with one thread, at once. */
export function wasmBackend(): WasmBackend {
  instance ??= createBackend(usableFeatures().relaxedSimd);
  return instance;
}

/** @throws UnsupportedError without SIMD. */
function usableFeatures(): WasmFeatures {
  const features = wasmFeatures();
  if (!features.simd) throw new UnsupportedError("wasm", "this platform has no WebAssembly SIMD", "use cpu()");
  return features;
}

/** By number of threads. */
const threaded = new Map<number, ReturnType<typeof createThreadedBackend>>();

/** The backend of so many threads, another one if workers of the last were lost. */
async function withThreads(threads: number): Promise<WasmBackend> {
  const starting = threaded.get(threads) ?? createThreadedBackend(usableFeatures().relaxedSimd, threads);
  threaded.set(threads, starting);
  const forget = () => threaded.get(threads) === starting && threaded.delete(threads);
  const { backend, team } = await starting.catch((error) => {
    forget();
    throw error;
  });
  if (team.loss === undefined) return backend;
  forget();
  return withThreads(threads);
}

class GeneratingBackend extends HostBackend implements WasmBackend {
  readonly threads: number;

  constructor(platform: Omit<Platform, "backend">) {
    const compile = (program: Program, backend: HostBackend, residents?: Residents) =>
      executableOf(program, { ...platform, backend }, residents);
    super("wasm", {
      compile,
      accelerate: (kernel, backend) => eagerKernel(kernel, (program) => compile(program, backend)),
    });
    this.threads = platform.sharing?.team.crew.threads ?? 1;
  }
}

/** With `fma`, products and sums round once where the machine does so: relaxed SIMD must be there. */
export function createBackend(fma: boolean): WasmBackend {
  const memory = new LinearMemory(new WebAssembly.Memory({ initial: 2 }));
  return new GeneratingBackend({ memory, arena: new Arena(memory), repeated: new RepeatedInputs(memory), fma });
}

/** Like `createBackend`, with workers on shared memory: the platform must let it be shared. */
export async function createThreadedBackend(fma: boolean, threads: number, grain?: Grain) {
  const { memory, maximum } = sharedMemory();
  const team = await Team.start(threads, memory, grain);
  const linear = new LinearMemory(memory);
  const parts = { memory: linear, arena: new Arena(linear), repeated: new RepeatedInputs(linear) };
  return { backend: new GeneratingBackend({ ...parts, fma, sharing: { team, maximum } }), team };
}

/** Generated code; undefined for what cannot be generated. */
function executableOf(program: Program, platform: Platform, residents: Residents | undefined): Executable | undefined {
  try {
    return compileProgram(program, platform, residents);
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
}
