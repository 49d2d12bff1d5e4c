/** Running results in registers, and stores of single elements to memory. */
import { defined } from "@tapegrad/core/internal";
import { type Expression, type FunctionBuilder, i32x4, type Local, v128 } from "../assembler/index.ts";
import type { Accumulation } from "./accumulation.ts";

type Vector = Expression<"v128">;

/** A running result per lane. */
export class Accumulator {
  readonly #f: FunctionBuilder;
  readonly #accumulation: Accumulation;
  readonly #registers: readonly Local<"v128">[];
  readonly #starts: Vector;

  /** `first`: the position of the first element that lane 0 sees; the other lanes see those after it. */
  constructor(f: FunctionBuilder, accumulation: Accumulation, first: number) {
    this.#f = f;
    this.#accumulation = accumulation;
    this.#registers = Array.from({ length: accumulation.registers }, () => f.local("v128"));
    this.#starts = upFrom(first);
  }

  /** `positions`: of the first elements, where they are not those after `first`. */
  reset(positions: Vector = this.#starts): void {
    this.#set(this.#accumulation.identity(positions));
  }

  add(elements: Vector, positions: Vector): void {
    this.#f.scope(() => {
      const x = this.#f.let(elements);
      this.#set(this.#accumulation.add(this.#f, this.#registers, x, positions));
    });
  }

  merge(other: Accumulator): void {
    this.#f.scope(() => this.#set(this.#accumulation.merge(this.#f, this.#registers, other.#registers)));
  }

  get all(): Vector {
    return this.#accumulation.all(this.#registers);
  }

  get one(): Vector {
    return this.#accumulation.one(this.#f, this.#registers);
  }

  /** A value may read registers that come before its own, so all are computed before any is set. */
  #set(values: readonly Vector[]): void {
    const computed = values.length === 1 ? values : values.map((value) => this.#f.let(value));
    for (const [i, register] of this.#registers.entries()) this.#f.set(register, defined(computed[i], "result"));
  }
}

/** One element of so many bytes. */
export function storeLane(
  bytes: number,
  address: Expression<"i32">,
  vector: Local<"v128">,
  lane: number,
  offset = 0,
): Expression<"none"> {
  return (bytes === 8 ? v128.store64Lane : v128.store32Lane)(address, vector, lane, offset);
}

/** Four integers. */
export function upFrom(first: number): Vector {
  return i32x4.constant(first, first + 1, first + 2, first + 3);
}
