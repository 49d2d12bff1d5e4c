/** Tensors in typed arrays, and the kernels that work on them. */
import {
  type Backend,
  type Buffer,
  bufferOf,
  bytesPerElement,
  type DType,
  dtypes,
  type Executable,
  fromBuffer,
  type Kernel,
  type MemoryOptions,
  type MemoryReport,
  type Program,
  type Residents,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
} from "@tapegrad/core";
import { HostBuffer, type Remote } from "./host-buffer.ts";
import type { CpuKernel } from "./kernel.ts";
import { kernelTable } from "./kernels.ts";
import { Ledger } from "./ledger.ts";

function ours(buffer: Buffer): HostBuffer {
  if (!(buffer instanceof HostBuffer)) throw new Error("internal: a foreign buffer reached backend-cpu");
  return buffer;
}

/** What backends on host memory change in this one. */
export interface HostBackendOptions {
  /** Programs run otherwise than by the kernels. */
  readonly compile?: (program: Program, backend: HostBackend, residents?: Residents) => Executable | undefined;
  /** What runs in place of a kernel. */
  readonly accelerate?: (kernel: Kernel, backend: HostBackend) => Kernel;
}

/** A backend whose tensors are ordinary typed arrays, so that the garbage collector is enough. */
export class HostBackend implements Backend {
  /** What messages call it. */
  readonly name: string;
  readonly compile?: (program: Program, residents?: Residents) => Executable | undefined;
  readonly kernels: ReadonlyMap<string, Kernel>;
  #ledger: Ledger | undefined;

  constructor(name: string, { compile, accelerate = (kernel) => kernel }: HostBackendOptions = {}) {
    this.name = name;
    if (compile !== undefined) this.compile = (program, residents) => compile(program, this, residents);
    this.kernels = new Map(
      Object.entries<CpuKernel>(kernelTable).map(([op, kernel]) => [op, accelerate(this.#wrap(kernel), this)]),
    );
  }

  /** Its data are to be read, never written. */
  bufferOf(tensor: Tensor): HostBuffer {
    return ours(bufferOf(tensor));
  }

  /** A tensor that takes over `data`. */
  tensorOf(type: TensorType, data: TypedArray | Remote): Tensor {
    return fromBuffer(type, this.#own(data, sizeOf(type.shape) * bytesPerElement(type.dtype)));
  }

  #wrap(kernel: CpuKernel): Kernel {
    return (inputs, attributes, output) => {
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, data: ours(buffer).data }));
      const result = kernel(operands, attributes, output);
      const shared = operands.findIndex(({ data }) => data === result);
      return shared < 0 ? this.#own(result, result.byteLength) : share(ours(inputs[shared]!.buffer));
    };
  }

  #own(data: TypedArray | Remote, bytes: number): HostBuffer {
    const buffer = new HostBuffer(this, data);
    this.#ledger?.add(buffer, bytes);
    return buffer;
  }

  /** Whether tensors can have that dtype. */
  supports(dtype: DType): boolean {
    return dtypes.includes(dtype);
  }

  upload(data: TypedArray): Buffer {
    return this.#own(data.slice(), data.byteLength);
  }

  readSync(buffer: Buffer): TypedArray {
    return ours(buffer).data.slice();
  }

  view(buffer: Buffer): TypedArray {
    return ours(buffer).view;
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    return this.readSync(buffer);
  }

  /** The garbage collector frees what no tensor holds; this only keeps the account. */
  release(buffer: Buffer): void {
    const released = ours(buffer);
    released.holders--;
    if (released.holders > 0) return;
    released.free();
    this.#ledger?.remove(released);
  }

  retire(buffer: Buffer): void {
    ours(buffer).retire();
  }

  async synchronize(): Promise<void> {}

  memory({ debug = false }: MemoryOptions): MemoryReport {
    this.#ledger ??= new Ledger();
    this.#ledger.debug ||= debug;
    return this.#ledger.report(this.name);
  }
}

function share(buffer: HostBuffer): HostBuffer {
  buffer.holders++;
  return buffer;
}
