/**
 * The vector constants of one loop, each in a local that is set before the loop: V8 hoists no `v128.const`, and functions
 * fused into one loop share most of theirs. `declare` belongs before the loop and in the same scope or an outer one.
 */
import { internal } from "@tapegrad/core/internal";
import type { FunctionBuilder, Local } from "../assembler/index.ts";
import { i64x2 } from "../assembler/index.ts";

export class VectorConstants {
  readonly #f: FunctionBuilder;
  /** By the 64 bits that fill both halves of the vector. */
  readonly #locals = new Map<bigint, Local<"v128">>();

  constructor(f: FunctionBuilder) {
    this.#f = f;
  }

  /** How many locals have been set. */
  get size(): number {
    return this.#locals.size;
  }

  declare(bits: bigint): void {
    if (!this.#locals.has(bits)) this.#locals.set(bits, this.#f.let(i64x2.constant(BigInt.asIntN(64, bits))));
  }

  get(bits: bigint): Local<"v128"> {
    const local = this.#locals.get(bits);
    if (local === undefined)
      throw internal(`the vector constant 0x${bits.toString(16)} was not declared before the loop`);
    return local;
  }
}

const view = new DataView(new ArrayBuffer(8));

export function float32Bits(value: number): bigint {
  view.setFloat32(0, value);
  return BigInt(view.getUint32(0));
}

export function float64Bits(value: number): bigint {
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}
