/**
 * Atomic access to 32-bit words of a shared memory, and waiting on them (threads proposal, prefix 0xfe). Addresses must be
 * multiples of 4: here alignment is a condition and no hint.
 */
import type { Expression, Opcode, Operand, ValueType } from "./expression.ts";
import { instruction, lift } from "./expression.ts";

type Address = Operand<"i32">;

function access<R extends ValueType | "none">(
  opcode: Opcode,
  result: R,
  operands: readonly Expression<ValueType>[],
  offset: number,
): Expression<R> {
  return instruction(opcode, result, operands, (code) => {
    code.byte(2);
    code.unsigned(offset);
  });
}

export const atomic = {
  load: (address: Address, offset = 0): Expression<"i32"> => access(0xfe0010, "i32", [lift("i32", address)], offset),
  store: (address: Address, value: Operand<"i32">, offset = 0): Expression<"none"> =>
    access(0xfe0017, "none", [lift("i32", address), lift("i32", value)], offset),
  /** Adds, and is the value before. */
  add: (address: Address, value: Operand<"i32">, offset = 0): Expression<"i32"> =>
    access(0xfe001e, "i32", [lift("i32", address), lift("i32", value)], offset),
  /**
   * Sleeps while the word is `expected`, until a notification: 0; at once if it is another: 1; after `timeout` nanoseconds,
   * if that is not negative: 2. Traps where the platform does not let a thread sleep.
   */
  wait: (address: Address, expected: Operand<"i32">, timeout: Operand<"i64">, offset = 0): Expression<"i32"> =>
    access(0xfe0001, "i32", [lift("i32", address), lift("i32", expected), lift("i64", timeout)], offset),
  /** Wakes at most so many sleepers, all if it is −1, and is their number. */
  notify: (address: Address, count: Operand<"i32">, offset = 0): Expression<"i32"> =>
    access(0xfe0000, "i32", [lift("i32", address), lift("i32", count)], offset),
} as const;
