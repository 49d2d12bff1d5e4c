/** Tensors in typed arrays, and the kernels that work on them. */
import {
  type Backend,
  type Buffer,
  type DType,
  dtypes,
  type Executable,
  type Kernel,
  type MemoryOptions,
  type MemoryReport,
  type Program,
  Tensor,
  type TensorType,
  type TypedArray,
} from "@tapegrad/core";
import type { CpuKernel } from "./kernel.ts";
import { kernelTable } from "./kernels.ts";
import { Ledger } from "./ledger.ts";

class HostBuffer implements Buffer {
  readonly backend: Backend;
  readonly data: TypedArray;
  /** Tensors that were given this buffer and have not released it. */
  holders = 1;

  constructor(backend: Backend, data: TypedArray) {
    this.backend = backend;
    this.data = data;
  }
}

function ours(buffer: Buffer): HostBuffer {
  if (!(buffer instanceof HostBuffer)) throw new Error("internal: a foreign buffer reached backend-cpu");
  return buffer;
}

/** A backend whose tensors are ordinary typed arrays, so that the garbage collector is enough. */
export class HostBackend implements Backend {
  readonly name: string;
  readonly compile?: (program: Program) => Executable;
  readonly kernels: ReadonlyMap<string, Kernel> = new Map(
    Object.entries<CpuKernel>(kernelTable).map(([name, kernel]) => [name, this.#wrap(kernel)]),
  );
  #ledger: Ledger | undefined;

  /** With `compile`, Programs run otherwise than by these kernels. */
  constructor(name: string, compile?: (program: Program, backend: HostBackend) => Executable) {
    this.name = name;
    if (compile !== undefined) this.compile = (program) => compile(program, this);
  }

  /** The very array that holds a tensor's data: to be read, never written. */
  dataOf(tensor: Tensor): TypedArray {
    return ours(tensor.buffer).data;
  }

  /** A tensor that takes over `data`. */
  tensorOf(type: TensorType, data: TypedArray): Tensor {
    return new Tensor(type, this.#own(data));
  }

  #wrap(kernel: CpuKernel): Kernel {
    return (inputs, attributes, output) => {
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, data: ours(buffer).data }));
      const result = kernel(operands, attributes, output);
      const shared = operands.findIndex(({ data }) => data === result);
      return shared < 0 ? this.#own(result) : share(ours(inputs[shared]!.buffer));
    };
  }

  #own(data: TypedArray): HostBuffer {
    const buffer = new HostBuffer(this, data);
    this.#ledger?.add(buffer, data.byteLength);
    return buffer;
  }

  supports(dtype: DType): boolean {
    return dtypes.includes(dtype);
  }

  upload(data: TypedArray): Buffer {
    return this.#own(data.slice());
  }

  readSync(buffer: Buffer): TypedArray {
    return ours(buffer).data.slice();
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    return this.readSync(buffer);
  }

  /** The garbage collector frees what no tensor holds; this only keeps the account. */
  release(buffer: Buffer): void {
    const released = ours(buffer);
    released.holders--;
    if (released.holders === 0) this.#ledger?.remove(released);
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
