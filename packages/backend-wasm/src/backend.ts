/**
 * The WebAssembly backend: tensors are ordinary typed arrays and single ops run on the portable kernels; a compiled Program is
 * one generated SIMD module. Linear memory holds the values of Parameters and the arena in which all Programs run.
 */
import { HostBackend } from "@tapegrad/backend-cpu";
import { type Backend, type Executable, type Program, type Residents, UnsupportedError } from "@tapegrad/core";
import { Arena } from "./arena.ts";
import { f32x4, ModuleBuilder, v128 } from "./assembler/index.ts";
import { eagerKernel } from "./eager-kernel.ts";
import { LinearMemory } from "./linear-memory.ts";
import { compileProgram, type Platform } from "./program/executable.ts";
import { RepeatedInputs } from "./repeated-inputs.ts";

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

/** The backend for this platform; always the same, so that all its tensors can meet. @throws UnsupportedError without SIMD. */
export async function wasm(): Promise<Backend> {
  return wasmBackend();
}

let instance: Backend | undefined;

/** Like `wasm`, at once. */
export function wasmBackend(): Backend {
  if (instance !== undefined) return instance;
  const { simd, relaxedSimd } = wasmFeatures();
  if (!simd) throw new UnsupportedError("wasm", "this platform has no WebAssembly SIMD", "use cpu()");
  instance = createBackend(relaxedSimd);
  return instance;
}

/** With `fma`, products and sums round once where the machine does so: relaxed SIMD must be there. */
export function createBackend(fma: boolean): Backend {
  const memory = new LinearMemory(new WebAssembly.Memory({ initial: 2 }));
  const arena = new Arena(memory);
  const repeated = new RepeatedInputs(memory);
  const compile = (program: Program, backend: HostBackend, residents?: Residents) =>
    executableOf(program, { backend, memory, arena, repeated, fma }, residents);
  return new HostBackend("wasm", {
    compile,
    accelerate: (kernel, backend) => eagerKernel(kernel, (program) => compile(program, backend)),
  });
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
