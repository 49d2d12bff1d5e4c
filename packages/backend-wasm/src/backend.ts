/**
 * The WebAssembly backend: tensors are ordinary typed arrays and single ops run on the portable kernels; a compiled Program is
 * one generated SIMD module. Linear memory holds nothing but the arena in which Programs run.
 */
import { freshResults } from "@tapegrad/autodiff";
import { type CpuKernel, HostBackend, kernelTable } from "@tapegrad/backend-cpu";
import {
  type Backend,
  BackendError,
  type Executable,
  type Program,
  UnsupportedError,
  withBackend,
} from "@tapegrad/core";
import { f32x4, ModuleBuilder, v128 } from "./assembler/index.ts";
import { compileProgram, type Host } from "./program/executable.ts";

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
  const memory = new WebAssembly.Memory({ initial: 2 });
  const kernels = new Map<string, CpuKernel>(Object.entries(kernelTable));
  const ensure = (bytes: number) => {
    const missing = Math.ceil((bytes - memory.buffer.byteLength) / 65536);
    if (missing <= 0) return;
    try {
      memory.grow(missing);
    } catch (cause) {
      const error = new BackendError(
        "wasm",
        `out of memory: a program needs ${bytes} bytes`,
        "use smaller batches, or checkpoint",
      );
      error.cause = cause;
      throw error;
    }
  };
  const hostOf = (backend: HostBackend): Host => ({
    memory,
    fma,
    ensure,
    kernel: (op, operands, attributes, output) => {
      const kernel = kernels.get(op);
      if (kernel === undefined)
        throw new UnsupportedError(op, "the wasm backend has no kernel for it", "use another backend");
      return kernel(operands, attributes, output);
    },
    dataOf: (tensor) => backend.dataOf(tensor),
    tensorOf: (type, data) => backend.tensorOf(type, data),
  });
  return new HostBackend("wasm", (program, backend) => executableOf(program, backend, hostOf(backend)));
}

/** Generated code, or the interpreter for what cannot be generated yet. */
function executableOf(program: Program, backend: Backend, host: Host): Executable {
  try {
    return compileProgram(program, host);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    return (inputs) => withBackend(backend, () => freshResults(program, inputs));
  }
}
