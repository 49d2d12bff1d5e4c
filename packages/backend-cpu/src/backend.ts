/** The portable backend: plain typed arrays, one kernel per primitive. The reference that others are held to. */
import { type Backend, type Buffer, dtypes, type Kernel, type TypedArray } from "@tapegrad/core";
import type { AttributesOf, PrimitiveName } from "@tapegrad/ops";
import { binaryKernels } from "./binary.ts";
import * as indexing from "./indexing.ts";
import type { CpuKernel } from "./kernel.ts";
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

  constructor(backend: Backend, data: TypedArray) {
    this.backend = backend;
    this.data = data;
  }
}

function hostData(buffer: Buffer): TypedArray {
  if (!(buffer instanceof CpuBuffer)) throw new Error("internal: a foreign buffer reached backend-cpu");
  return buffer.data;
}

class CpuBackend implements Backend {
  readonly name = "cpu";
  readonly kernels: ReadonlyMap<string, Kernel> = new Map(
    Object.entries<CpuKernel>(kernelTable).map(([name, kernel]) => [name, this.#wrap(kernel)]),
  );

  #wrap(kernel: CpuKernel): Kernel {
    return (inputs, attributes, output) => {
      const operands = inputs.map(({ shape, dtype, buffer }) => ({ shape, dtype, data: hostData(buffer) }));
      return new CpuBuffer(this, kernel(operands, attributes, output));
    };
  }

  supports(dtype: (typeof dtypes)[number]): boolean {
    return dtypes.includes(dtype);
  }

  upload(data: TypedArray): Buffer {
    return new CpuBuffer(this, data.slice());
  }

  readSync(buffer: Buffer): TypedArray {
    return hostData(buffer).slice();
  }

  async read(buffer: Buffer): Promise<TypedArray> {
    return this.readSync(buffer);
  }

  /** Nothing to do: results share buffers, and the garbage collector frees what no tensor holds. */
  release(): void {}

  async synchronize(): Promise<void> {}
}

/** The one instance: all tensors of this backend can meet. */
export const cpuBackend: Backend = new CpuBackend();

/** The portable typed-array backend: every dtype, no dependencies, no threads. */
export async function cpu(): Promise<Backend> {
  return cpuBackend;
}
