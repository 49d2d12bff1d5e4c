/**
 * Typed expression trees. A tree is only a description: its instructions are written wherever a statement uses it, once per
 * use. So a value that is needed twice belongs in a local, and a tree that reads a local reads it at the place of use.
 */
import { internal } from "@tapegrad/core/internal";
import type { ByteWriter } from "./byte-writer.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
/** What an expression leaves on the stack; "none" for stores and for calls without a result. */
export type ResultType = ValueType | "none";

export interface Expression<T extends ResultType> {
  readonly type: T;
  /** Writes the instructions that leave the value on the stack. */
  emit(code: ByteWriter): void;
}

/** An expression, or for scalars a JS number, which becomes a constant. */
export type Operand<T extends ValueType> = Expression<T> | (T extends "v128" ? never : number);

/** The operands of a call, one for each parameter type. */
export type Operands<P extends readonly ValueType[]> = { readonly [K in keyof P]: Operand<P[K]> };

/** A variable of a function; as an expression it reads itself. */
export interface Local<T extends ValueType> extends Expression<T> {
  readonly index: number;
}

/**
 * An opcode as one number: a single byte below 256, else the prefix byte in bits 16–23 and the sub-opcode below, such as
 * 0xfd00e4 for f32x4.add.
 */
export type Opcode = number;

export function writeOpcode(code: ByteWriter, opcode: Opcode): void {
  if (opcode < 0x100) {
    code.byte(opcode);
  } else {
    code.byte(opcode >> 16);
    code.unsigned(opcode & 0xffff);
  }
}

/** The instruction that takes `operands` from the stack, with its immediates after the opcode. */
export function instruction<T extends ResultType>(
  opcode: Opcode,
  type: T,
  operands: readonly Expression<ValueType>[],
  immediates?: (code: ByteWriter) => void,
): Expression<T> {
  return {
    type,
    emit(code) {
      for (const operand of operands) operand.emit(code);
      writeOpcode(code, opcode);
      immediates?.(code);
    },
  };
}

const constants: { [T in ValueType]: ((code: ByteWriter, value: number) => void) | undefined } = {
  i32: (code, value) => {
    code.byte(0x41);
    code.signed(value);
  },
  i64: (code, value) => {
    code.byte(0x42);
    code.signed64(BigInt(value));
  },
  f32: (code, value) => {
    code.byte(0x43);
    code.float32(value);
  },
  f64: (code, value) => {
    code.byte(0x44);
    code.float64(value);
  },
  v128: undefined,
};

/** Turns an operand into an expression of the type that its place asks for. */
export function lift<T extends ValueType>(type: T, operand: Expression<T> | number): Expression<T> {
  if (typeof operand !== "number") return operand;
  const write = constants[type];
  if (write === undefined) throw internal(`${type} takes no JS number; use f32x4.constant or a splat`);
  return { type, emit: (code) => write(code, operand) };
}
