/** The portable backend: plain typed arrays, one kernel per primitive. The reference that others are held to. */
import {
  type Backend,
  type Buffer,
  type DType,
  dtypes,
  type Kernel,
  type MemoryOptions,
  type MemoryReport,
  type TypedArray,
} from "@tapegrad/core";
import type { AttributesOf, PrimitiveName } from "@tapegrad/ops";
import { binaryKernels } from "./binary.ts";
import * as indexing from "./indexing.ts";
import type { CpuKernel } from "./kernel.ts";
import { Ledger } from "./ledger.ts";
import { matmul } from "./matmul.ts";
import * as movement from "./movement.ts";
import { randomBits } from "./random-bits.ts";
import { reduceKernels } from "./reduce.ts";
import { unaryKernels } from "./unary.ts";

/** Exhaustive: a primitive without a kernel, or a kernel for other attributes, does not compile. */
const kernelTable = {
  ...unaryKernels,
  ...binaryKernels,
  ...reduceKernels,
  alias: movement.same,
  argsort: indexing.argsort,
  broadcastTo: movement.broadcastTo,
  cast: movement.cast,
  concat: movement.concat,
  cumsum: indexing.cumsum,
  flip: movement.flip,
  full: movement.full,
  gather: indexing.gather,
  indexAdd: indexing.indexAdd,
  iota: movement.iota,
  matmul,
  pad: movement.pad,
  randomBits,
  reshape: movement.same,
  scatterAdd: indexing.scatterAdd,
  slice: movement.slice,
  stopGradient: movement.same,
  take: indexing.take,
  transpose: movement.transpose,
  where: movement.where,
} satisfies { [Name in PrimitiveName]: CpuKernel<AttributesOf<Name>> };

class CpuBuffer implements Buffer {
  readonly backend: Backend;
  readonly data: TypedArray;
  /** Tensors that were given this buffer and have not released it. */
  holders = 1;

  constructor(backend: Backend, data: TypedArray) {
    this.backend = backend;
    this.data = data;
  }
}

function ours(buffer: Buffer): CpuBuffer {
  if (!(buffer instanceof CpuBuffer)) throw new Error("internal: a foreign buffer reached backend-cpu");
  return buffer;
}

class CpuBackend implements Backend {
  readonly name = "cpu";
  readonly kernels: ReadonlyMap<string, Kernel> = new Map(
    Object.entries<CpuKernel>(kernelTable).map(([name, kernel]) => [name, this.#wrap(kernel)]),
  );
  #ledger: Ledger | undefined;

  #wrap(kernel: CpuKernel): Kernel {
    return (inputs, attributes, output) => {
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, data: ours(buffer).data }));
      const result = kernel(operands, attributes, output);
      const shared = operands.findIndex(({ data }) => data === result);
      return shared < 0 ? this.#own(result) : share(ours(inputs[shared]!.buffer));
    };
  }

  #own(data: TypedArray): CpuBuffer {
    const buffer = new CpuBuffer(this, data);
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

function share(buffer: CpuBuffer): CpuBuffer {
  buffer.holders++;
  return buffer;
}

/** The one instance: all tensors of this backend can meet. */
export const cpuBackend: Backend = new CpuBackend();

/** The portable typed-array backend: every dtype, no dependencies, no threads. */
export async function cpu(): Promise<Backend> {
  return cpuBackend;
}
