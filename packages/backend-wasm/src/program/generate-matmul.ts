/**
 * Matrix products: which kernel, which scratch space, and when to pack. A right operand that does not change while a loop runs
 * is packed once, before the loop.
 */

import {
  type Address,
  bodiesOf,
  dense,
  type EpilogueFilter,
  isPlain,
  isSamePlace,
  type LoopStep,
  type MatmulStep,
  type MemoryValue,
  mergedAxes,
  type Step,
  type Storage,
  writesSome,
} from "@tapegrad/compiler";
import { bytesPerElement } from "@tapegrad/core";
import { call, type Expression, type FunctionBuilder, i32, type ModuleBuilder } from "../assembler/index.ts";
import {
  emitMatmul,
  emitPack,
  type MatmulSpec,
  type Order,
  packedBytes,
  scratchBytes,
  takesEpilogue,
} from "../matmul/index.ts";
import { laneFloatOf } from "./elements.ts";
import type { LaneMath } from "./lane-ops.ts";
import { nest } from "./loop-nest.ts";
import { epilogueOf, isShortEpilogue, valuesOfEpilogue } from "./product-epilogue.ts";

export type AddressOf = (address: Address) => Expression<"i32">;

/** What a kernel depends on besides its step. */
export type Flags = Pick<MatmulSpec, "fma" | "packedRight">;

/** Which thread computes what: the parts of a step, one per thread. */
export interface StepPartition {
  readonly threads: number;
  of(step: MatmulStep): readonly MatmulStep[];
  threadOf(part: Step): number;
  /** How the sums of a part are made: as those of the whole; undefined for a step that is not divided. */
  orderOf(part: MatmulStep, flags: Flags): Order | undefined;
}

function words(bytes: number): Storage {
  return { dtype: "float32", elements: bytes / 4 };
}

/** One thread does it all. */
const undivided: StepPartition = { threads: 1, of: (step) => [step], threadOf: () => 0, orderOf: () => undefined };

export class MatmulEmitter {
  readonly #module: ModuleBuilder;
  readonly #math: LaneMath;
  readonly #partition: StepPartition;
  /** One for all products of a thread, so many bytes from thread to thread: a kernel leaves nothing in it. */
  #scratchBytes = 0;
  #scratch: Address | undefined;
  /** Packed right operands, by the step that reads them. */
  readonly #packed = new Map<MatmulStep, Address>();
  /** By loop, the operands to pack before it. */
  readonly #before = new Map<LoopStep, MatmulStep[]>();

  constructor(module: ModuleBuilder, math: LaneMath, partition: StepPartition = undivided) {
    this.#module = module;
    this.#math = math;
    this.#partition = partition;
  }

  /** The storages that products in `steps` need for themselves. */
  prepare(steps: readonly Step[]): Storage[] {
    let bytes = 0;
    const visit = (list: readonly Step[], loop: LoopStep | undefined) => {
      for (const step of list) {
        if (!isPlain(step)) {
          const around = loop ?? (step.kind === "loop" ? step : undefined);
          for (const body of bodiesOf(step)) visit(body, around);
        }
        if (step.kind !== "matmul") continue;
        const parts = this.#partition.of(step);
        for (const part of parts) {
          if (loop !== undefined && isConstantIn(loop, part.right)) this.#packBefore(loop, part, parts);
          bytes = Math.max(bytes, 64 * Math.ceil(scratchBytes(this.#specOf(part)) / 64));
        }
      }
    };
    visit(steps, undefined);
    this.#scratchBytes = bytes;
    const scratch = words(bytes * this.#partition.threads);
    this.#scratch = { storage: scratch, offset: 0, terms: [] };
    return [scratch, ...new Set([...this.#packed.values()].map(({ storage }) => storage))];
  }

  #packBefore(loop: LoopStep, step: MatmulStep, parts: readonly MatmulStep[]): void {
    const bytes = packedBytes(this.#specOf(step));
    if (step.to.shape.length !== 2 || bytes === 0) return;
    // Threads that have as many rows of a product read what one of them has packed.
    const isTwin = ({ to, right }: MatmulStep) => to.shape[0] === step.to.shape[0] && isSamePlace(right, step.right);
    const known = this.#packed.get(parts.find(isTwin) ?? step);
    this.#packed.set(step, known ?? { storage: words(bytes), offset: 0, terms: [] });
    if (known === undefined) this.#before.set(loop, [...(this.#before.get(loop) ?? []), step]);
  }

  /** The packed right operand of a product, if it is packed before a loop. */
  packedOf(step: Step): MemoryValue | undefined {
    const address = step.kind === "matmul" ? this.#packed.get(step) : undefined;
    return address && dense({ shape: [address.storage.elements], dtype: address.storage.dtype }, address);
  }

  /** The steps whose right operand is packed before a loop, each by the thread whose part it is. */
  packedBefore(loop: LoopStep): readonly MatmulStep[] {
    return this.#before.get(loop) ?? [];
  }

  /** The packing for a step that comes before a loop. */
  emitPacking(f: FunctionBuilder, step: MatmulStep, addressOf: AddressOf): void {
    const packed = this.#packed.get(step);
    if (packed === undefined) throw new Error("internal: nowhere to pack");
    f.do(call(emitPack(this.#module, this.#specOf(step)), addressOf(step.right.address), addressOf(packed)));
  }

  emit(f: FunctionBuilder, step: MatmulStep, addressOf: AddressOf): void {
    const kernel = emitMatmul(this.#module, this.#specOf(step));
    const offset = (this.#scratchBytes / 4) * this.#partition.threadOf(step);
    const scratch = this.#scratch === undefined ? i32.constant(0) : addressOf({ ...this.#scratch, offset });
    const batch = step.to.shape.slice(0, -2);
    const bytes = bytesPerElement(step.to.dtype);
    const right = this.#packed.get(step) ?? step.right.address;
    if (step.epilogue !== undefined) {
      const to = step.epilogue.keepsResult ? addressOf(step.to.address) : i32.constant(0);
      const others = valuesOfEpilogue(step).map(({ address }) => addressOf(address));
      f.do(call(kernel, addressOf(step.left.address), addressOf(right), to, scratch, ...others));
      return;
    }
    f.scope(() => {
      const [a, b, c] = [step.left.address, right, step.to.address].map((address) => f.let(addressOf(address)));
      if (a === undefined || b === undefined || c === undefined) throw new Error("internal: three addresses");
      const { lengths, strides } = mergedAxes(
        batch,
        [step.left, step.right, step.to].map((value) => value.strides.slice(0, -2)),
      );
      const walkers = [a, b, c].map((pointer, i) => ({ pointer, strides: (strides[i] ?? []).map((n) => n * bytes) }));
      nest(f, lengths, walkers, () => f.do(call(kernel, a, b, c, scratch)));
    });
  }

  #specOf(step: MatmulStep): MatmulSpec {
    const flags = { fma: this.#math.fma, packedRight: this.#packed.has(step) };
    return {
      ...specOf(step, flags),
      order: this.#partition.orderOf(step, flags),
      epilogue: epilogueOf(step, this.#math),
    };
  }
}

/** Which loops are computed by the kernels of products before them. */
export function epilogueFilter(fma: boolean): EpilogueFilter {
  return (product, step, around) => {
    const packedRight = around !== undefined && isConstantIn(around, product.right);
    return isShortEpilogue(product, step) && takesEpilogue(specOf(product, { fma, packedRight }));
  };
}

/** The kernel of a product. */
export function specOf(step: MatmulStep, flags: Flags): MatmulSpec {
  const { left, right, to, transposeLeft, transposeRight } = step;
  const [rows = 1, columns = 1] = to.shape.slice(-2);
  const inner = left.shape.at(transposeLeft ? -2 : -1) ?? 1;
  return {
    dtype: laneFloatOf(to.dtype),
    rows,
    columns,
    inner,
    transposeLeft,
    transposeRight,
    ...{ leftStride: rowStride(left), rightStride: rowStride(right), outputStride: rowStride(to) },
    start: step.accumulates === true ? "accumulate" : "zero",
    ...flags,
  };
}

/** Elements from row to row, which are more than a row has in a thread's part of the columns. */
function rowStride({ shape, strides }: MemoryValue): number {
  const columns = shape.at(-1) ?? 1;
  return shape.at(-2) === 1 ? columns : (strides.at(-2) ?? columns);
}

/** Whether nothing in the loop writes the storage, and no round reads another part of it. */
function isConstantIn(loop: LoopStep, { address }: MemoryValue): boolean {
  if (address.terms.length > 0) return false;
  return !writesSome(loop.body, (value) => value.address.storage === address.storage);
}
