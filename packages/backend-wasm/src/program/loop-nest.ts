/** Loops over axes with a pointer per operand, which all steps on strided values share. */

import type { MemoryValue } from "@tapegrad/compiler";
import { defined } from "@tapegrad/core/internal";
import { type FunctionBuilder, type FunctionRef, i32, type Local, type ModuleBuilder } from "../assembler/index.ts";

/** A step as a function of the addresses of its values; steps with equal text can share one. */
export interface StepFunction {
  readonly text: string;
  readonly values: readonly MemoryValue[];
  emit(module: ModuleBuilder): FunctionRef;
}

export interface Walker {
  readonly pointer: Local<"i32">;
  /** Bytes to the next position, per axis. */
  readonly strides: readonly number[];
}

/** Runs `body` for every position, in row-major order. The pointers are back where they were at the end. */
export function nest(
  f: FunctionBuilder,
  lengths: readonly number[],
  walkers: readonly Walker[],
  body: () => void,
  axis = 0,
): void {
  const length = lengths[axis];
  if (length === undefined) {
    body();
    return;
  }
  const moving = walkers.filter(({ strides }) => (strides[axis] ?? 0) !== 0);
  f.scope(() => {
    const counter = f.local("i32");
    f.for(counter, 0, length, 1, () => {
      f.scope(() => nest(f, lengths, walkers, body, axis + 1));
      for (const { pointer, strides } of moving) f.set(pointer, i32.add(pointer, strides[axis] ?? 0));
    });
  });
  for (const { pointer, strides } of moving) f.set(pointer, i32.sub(pointer, (strides[axis] ?? 0) * length));
}

/** The parameter with this number. */
export function parameter(parameters: readonly Local<"i32">[], index: number): Local<"i32"> {
  return defined(parameters[index], "parameter");
}

/** `list` without its element at `index`. */
export function without<T>(list: readonly T[], index: number): T[] {
  return list.toSpliced(index, 1);
}

/** What generated code depends on: everything but the address. */
export function layoutText({ dtype, shape, strides }: MemoryValue): string {
  return `${dtype} [${shape}] by [${strides}]`;
}
