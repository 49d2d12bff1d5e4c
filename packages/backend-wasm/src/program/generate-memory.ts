/** Strided copies. */

import { type CopyStep, isDense, mergedAxes } from "@tapegrad/compiler";
import { bytesPerElement, type DType, sizeOf } from "@tapegrad/core";
import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  i32,
  i64,
  type Local,
  type ModuleBuilder,
  memory,
} from "../assembler/index.ts";
import { elements } from "./elements.ts";
import { copyBlock } from "./generate-block.ts";
import { nest } from "./loop-nest.ts";

/** The function's parameters: target address, then source address unless it is a constant, then the address to clear. */
export function emitCopy(module: ModuleBuilder, { from, to, clear }: CopyStep): FunctionRef {
  const bytes = bytesPerElement(to.dtype);
  const { lengths, strides } = mergedAxes(to.shape, [
    to.strides,
    from.kind === "memory" ? from.strides : to.shape.map(() => 0),
  ]);
  const [target = [], source = []] = strides.map((list) => list.map((stride) => stride * bytes));
  const last = lengths.length - 1;
  return module.function("copy", ["i32", "i32", "i32"], "none", (f, [to_, from_, cleared]) => {
    if (clear !== undefined) f.do(memory.fill(cleared, 0, sizeOf(clear.shape) * bytes));
    if (sizeOf(to.shape) === 0) return;
    const walkers = [
      { pointer: to_, strides: target },
      { pointer: from_, strides: source },
    ];
    nest(f, lengths.slice(0, last), walkers, () => {
      const value = from.kind === "constant" ? from.value : undefined;
      const run = { length: lengths[last] ?? 1, dt: target[last] ?? 0, ds: source[last] ?? 0 };
      innermost(f, to_, from_, run, to.dtype, value);
    });
  });
}

function innermost(
  f: FunctionBuilder,
  to: Local<"i32">,
  from: Local<"i32">,
  { length, dt, ds }: { readonly length: number; readonly dt: number; readonly ds: number },
  dtype: DType,
  value: number | undefined,
): void {
  const bytes = bytesPerElement(dtype);
  if (value === undefined && dt === bytes && ds === bytes) {
    copyBlock(f, to, from, length * bytes);
    return;
  }
  if (Object.is(value, 0) && dt === bytes) {
    f.do(memory.fill(to, 0, length * bytes));
    return;
  }
  f.scope(() => {
    const counter = f.local("i32");
    const [target, source] = [f.let(to), f.let(from)];
    f.for(counter, 0, length, 1, () => {
      f.do(value === undefined ? moved(bytes, target, source) : elements[dtype].store(target, value));
      f.set(target, i32.add(target, dt));
      f.set(source, i32.add(source, ds));
    });
  });
}

/** An element of so many bytes, copied. */
function moved(bytes: number, to: Local<"i32">, from: Local<"i32">): Expression<"none"> {
  if (bytes === 8) return i64.store(to, i64.load(from));
  if (bytes === 2) return i32.store16(to, i32.load16U(from));
  return bytes === 1 ? i32.store8(to, i32.load8U(from)) : i32.store(to, i32.load(from));
}

/** Whether copying is one block of memory. */
export function isBlockCopy({ from, to }: CopyStep): boolean {
  return from.kind === "memory" && isDense(from) && isDense(to);
}
