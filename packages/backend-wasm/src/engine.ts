/** The engine of the backend: the portable kernels for single ops, and generated modules on one linear memory. */
import type { HostBackend, HostEngine } from "@tapegrad/backend-cpu";
import { type Executable, type Kernel, type Program, type Residents, UnsupportedError } from "@tapegrad/core";
import { eagerKernels } from "./eager/kernels.ts";
import { eagerKernel } from "./eager-kernel.ts";
import { wasmObstacle } from "./features.ts";
import { Arena } from "./memory/arena.ts";
import { LinearMemory } from "./memory/linear-memory.ts";
import { RepeatedInputs } from "./memory/repeated-inputs.ts";
import { compileProgram, type Platform } from "./program/executable.ts";

export interface EngineOptions extends Pick<Platform, "sharing"> {
  readonly memory: WebAssembly.Memory;
  /** Products and sums round once where the machine does so: relaxed SIMD must be there. */
  readonly fma: boolean;
}

export function engineOn({ memory, fma, sharing }: EngineOptions): HostEngine {
  const linear = new LinearMemory(memory);
  const parts = { memory: linear, arena: new Arena(linear), repeated: new RepeatedInputs(linear), fma, sharing };
  const compile = (program: Program, backend: HostBackend, residents?: Residents) =>
    executableOf(program, { ...parts, backend }, residents);
  const accelerate = (kernel: Kernel, backend: HostBackend) =>
    eagerKernel(kernel, (program) => compile(program, backend));
  return { kernels: eagerKernels(fma), compile, accelerate };
}

/** What computes on a memory of its own. */
export function createEngine(fma: boolean): HostEngine {
  return engineOn({ memory: new WebAssembly.Memory({ initial: 2 }), fma });
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
