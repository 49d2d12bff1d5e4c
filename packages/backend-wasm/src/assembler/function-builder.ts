/**
 * The body of one function: locals, structured control and statements, written in the order of the calls. Blocks take
 * callbacks and branches take label objects, so that nesting in the source is nesting in the code.
 */
import { internal } from "@tapegrad/core/internal";
import { ByteWriter } from "./byte-writer.ts";
import type { Expression, Local, Operand, Operands, ResultType, ValueType } from "./expression.ts";
import { lift } from "./expression.ts";
import { i32 } from "./instructions.ts";

export const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const satisfies Record<
  ValueType,
  number
>;

/** A function of the module under construction: imported, finished, or still being written. */
export interface FunctionRef<P extends readonly ValueType[] = readonly ValueType[], R extends ResultType = ResultType> {
  readonly name: string;
  readonly index: number;
  readonly parameters: P;
  readonly result: R;
}

/** Where a branch goes: to the end of a block, or back to the start of a loop. */
export interface Label {
  readonly depth: number;
}

/** The locals that hold a function's arguments. */
export type Locals<P extends readonly ValueType[]> = { readonly [K in keyof P]: Local<P[K]> };

export function call<P extends readonly ValueType[], R extends ResultType>(
  target: FunctionRef<P, R>,
  ...values: Operands<P>
): Expression<R> {
  return {
    type: target.result,
    emit(code) {
      target.parameters.forEach((type, i) => {
        const value: Expression<ValueType> | number | undefined = values[i];
        if (value === undefined) throw internal(`call of ${target.name}: argument ${i} is missing`);
        lift<ValueType>(type, value).emit(code);
      });
      code.byte(0x10);
      code.unsigned(target.index);
    },
  };
}

export class FunctionBuilder<R extends ResultType = ResultType> {
  readonly name: string;
  readonly result: R;
  readonly #code = new ByteWriter(1024);
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];
  readonly #free: Local<ValueType>[] = [];
  #scope: Local<ValueType>[] | undefined;
  #depth = 0;
  readonly #open: Label[] = [];

  constructor(name: string, parameters: readonly ValueType[], result: R) {
    this.name = name;
    this.result = result;
    this.#parameters = parameters.length;
  }

  /** A variable, zero on entry to the function; inside a `scope` it may come with an older variable's value. */
  local<T extends ValueType>(type: T): Local<T> {
    const reusable = this.#free.findIndex((local) => local.type === type);
    const index = this.#free[reusable]?.index ?? this.#parameters + this.#locals.push(type) - 1;
    if (reusable >= 0) this.#free.splice(reusable, 1);
    const local = localAt(type, index);
    this.#scope?.push(local);
    return local;
  }

  /** A new variable with the value that the expression has here. */
  let<T extends ValueType>(value: Expression<T>): Local<T> {
    const local = this.local(value.type);
    this.set(local, value);
    return local;
  }

  set<T extends ValueType>(local: Local<T>, value: Operand<T>): void {
    lift<T>(local.type, value).emit(this.#code);
    this.#code.byte(0x21);
    this.#code.unsigned(local.index);
  }

  /** An expression that sets the variable and is its new value. */
  tee<T extends ValueType>(local: Local<T>, value: Operand<T>): Expression<T> {
    return {
      type: local.type,
      emit(code) {
        lift<T>(local.type, value).emit(code);
        code.byte(0x22);
        code.unsigned(local.index);
      },
    };
  }

  /** Runs stores and calls; the value of anything else is dropped. */
  do(...statements: readonly Expression<ResultType>[]): void {
    for (const statement of statements) {
      statement.emit(this.#code);
      if (statement.type !== "none") this.#code.byte(0x1a);
    }
  }

  /** Variables made inside are free for later ones when it ends. */
  scope(body: () => void): void {
    const outer = this.#scope;
    const own: Local<ValueType>[] = [];
    this.#scope = own;
    body();
    this.#scope = outer;
    this.#free.push(...own);
  }

  /** A branch to the label leaves the block. */
  block(body: (end: Label) => void): void {
    this.#nest(0x02, body);
  }

  /** A branch to the label starts the next round; without one the loop ends. */
  loop(body: (next: Label) => void): void {
    this.#nest(0x03, body);
  }

  if(condition: Operand<"i32">, then: (end: Label) => void, otherwise?: () => void): void {
    lift("i32", condition).emit(this.#code);
    this.#nest(0x04, (end) => {
      then(end);
      if (otherwise === undefined) return;
      this.#code.byte(0x05);
      otherwise();
    });
  }

  br(label: Label): void {
    this.#branch(0x0c, label);
  }

  brIf(label: Label, condition: Operand<"i32">): void {
    lift("i32", condition).emit(this.#code);
    this.#branch(0x0d, label);
  }

  /**
   * for (i = from; i < to; i += step), signed; `to` is evaluated every round. With numbers at both ends the first test is
   * made here.
   */
  for(i: Local<"i32">, from: Operand<"i32">, to: Operand<"i32">, step: number, body: () => void): void {
    const known = typeof from === "number" && typeof to === "number";
    if (known && from >= to) return;
    this.set(i, from);
    this.block((end) => {
      if (!known) this.brIf(end, i32.geS(i, to));
      this.loop((next) => {
        body();
        this.set(i, i32.add(i, step));
        this.brIf(next, i32.ltS(i, to));
      });
    });
  }

  return(...value: R extends ValueType ? [Operand<R>] : []): void {
    const [result]: readonly (Expression<ValueType> | number)[] = value;
    if (result !== undefined && this.result !== "none") lift<ValueType>(this.result, result).emit(this.#code);
    this.#code.byte(0x0f);
  }

  unreachable(): void {
    this.#code.byte(0x00);
  }

  /** The function's entry in the code section: local declarations, instructions, end. */
  finish(): ByteWriter {
    const runs: { type: ValueType; count: number }[] = [];
    for (const type of this.#locals) {
      const last = runs.at(-1);
      if (last?.type === type) last.count++;
      else runs.push({ type, count: 1 });
    }
    const body = new ByteWriter(this.#code.length + 4 * runs.length + 8);
    body.unsigned(runs.length);
    for (const { type, count } of runs) {
      body.unsigned(count);
      body.byte(typeCodes[type]);
    }
    body.append(this.#code.bytes);
    body.byte(0x0b);
    return body;
  }

  #nest(opcode: number, body: (label: Label) => void): void {
    const label = { depth: this.#depth++ };
    this.#open.push(label);
    this.#code.append([opcode, 0x40]);
    body(label);
    this.#code.byte(0x0b);
    this.#open.pop();
    this.#depth--;
  }

  #branch(opcode: number, label: Label): void {
    if (this.#open[label.depth] !== label) throw internal(`${this.name}: branch to a block that is not open here`);
    this.#code.byte(opcode);
    this.#code.unsigned(this.#depth - 1 - label.depth);
  }
}

export function localAt<T extends ValueType>(type: T, index: number): Local<T> {
  return {
    type,
    index,
    emit(code) {
      code.byte(0x20);
      code.unsigned(index);
    },
  };
}
