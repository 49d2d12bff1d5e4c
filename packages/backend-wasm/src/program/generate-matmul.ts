/**
 * Matrix products: which kernel, with which scratch space, and when to pack. A right operand that stays the same while a loop
 * runs is packed once before it.
 */
import { call, type Expression, type FunctionBuilder, i32, type ModuleBuilder } from "../assembler/index.ts";
import { emitMatmul, emitPack, type MatmulSpec, packedBytes, scratchBytes } from "../matmul/index.ts";
import { nest } from "./generate-nest.ts";
import { bodiesOf, isPlain, type LoopStep, type MatmulStep, type Step, writesSome } from "./step.ts";
import { type Address, type MemoryValue, mergedAxes, type Storage } from "./value.ts";

export type AddressOf = (address: Address) => Expression<"i32">;

export class MatmulEmitter {
  readonly #module: ModuleBuilder;
  readonly #fma: boolean;
  /** One for all products: a kernel leaves nothing in it. */
  #scratch: Address | undefined;
  /** Packed right operands, by the step that reads them. */
  readonly #packed = new Map<MatmulStep, Address>();
  /** By loop, the operands to pack before it. */
  readonly #before = new Map<LoopStep, MatmulStep[]>();

  constructor(module: ModuleBuilder, fma: boolean) {
    this.#module = module;
    this.#fma = fma;
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
        if (loop !== undefined && isConstantIn(loop, step.right)) this.#packBefore(loop, step);
        bytes = Math.max(bytes, scratchBytes(this.#specOf(step)));
      }
    };
    visit(steps, undefined);
    const scratch = { bytes };
    this.#scratch = { storage: scratch, offset: 0, terms: [] };
    return [scratch, ...[...this.#packed.values()].map(({ storage }) => storage)];
  }

  #packBefore(loop: LoopStep, step: MatmulStep): void {
    const bytes = packedBytes(this.#specOf(step));
    if (step.to.shape.length !== 2 || bytes === 0) return;
    this.#packed.set(step, { storage: { bytes }, offset: 0, terms: [] });
    this.#before.set(loop, [...(this.#before.get(loop) ?? []), step]);
  }

  /** The packing that comes before a loop. */
  emitBefore(f: FunctionBuilder, loop: LoopStep, addressOf: AddressOf): void {
    for (const step of this.#before.get(loop) ?? []) {
      const packed = this.#packed.get(step);
      if (packed === undefined) throw new Error("internal: nowhere to pack");
      f.do(call(emitPack(this.#module, this.#specOf(step)), addressOf(step.right.address), addressOf(packed)));
    }
  }

  emit(f: FunctionBuilder, step: MatmulStep, addressOf: AddressOf): void {
    const kernel = emitMatmul(this.#module, this.#specOf(step));
    const scratch = this.#scratch === undefined ? i32.constant(0) : addressOf(this.#scratch);
    const batch = step.to.shape.slice(0, -2);
    const right = this.#packed.get(step) ?? step.right.address;
    f.scope(() => {
      const [a, b, c] = [step.left.address, right, step.to.address].map((address) => f.let(addressOf(address)));
      if (a === undefined || b === undefined || c === undefined) throw new Error("internal: three addresses");
      const { lengths, strides } = mergedAxes(
        batch,
        [step.left, step.right, step.to].map((value) => value.strides.slice(0, -2)),
      );
      const walkers = [a, b, c].map((pointer, i) => ({ pointer, strides: (strides[i] ?? []).map((n) => n * 4) }));
      nest(f, lengths, walkers, () => f.do(call(kernel, a, b, c, scratch, 0)));
    });
  }

  #specOf(step: MatmulStep): MatmulSpec {
    const { left, to, transposeLeft, transposeRight } = step;
    const [rows = 1, columns = 1] = to.shape.slice(-2);
    const inner = left.shape.at(transposeLeft ? -2 : -1) ?? 1;
    return {
      dtype: "float32",
      rows,
      columns,
      inner,
      transposeLeft,
      transposeRight,
      fma: this.#fma,
      packedRight: this.#packed.has(step),
    };
  }
}

/** Whether nothing in the loop writes the storage, and no round reads another part of it. */
function isConstantIn(loop: LoopStep, { address }: MemoryValue): boolean {
  if (address.terms.length > 0) return false;
  return !writesSome(loop.body, (value) => value.address.storage === address.storage);
}
