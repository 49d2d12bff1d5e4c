/** Strided copies. */
import { bytesPerElement, sizeOf } from "@tapegrad/core";
import {
  type FunctionBuilder,
  type FunctionRef,
  f32,
  i32,
  type Local,
  type ModuleBuilder,
  memory,
} from "../assembler/index.ts";
import { nest } from "./generate-nest.ts";
import type { CopyStep } from "./step.ts";
import { isDense, mergedAxes } from "./value.ts";

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
      innermost(f, to_, from_, run, bytes, value, to.dtype === "float32");
    });
  });
}

function innermost(
  f: FunctionBuilder,
  to: Local<"i32">,
  from: Local<"i32">,
  { length, dt, ds }: { readonly length: number; readonly dt: number; readonly ds: number },
  bytes: number,
  value: number | undefined,
  isFloat: boolean,
): void {
  if (value === undefined && dt === bytes && ds === bytes) {
    f.do(memory.copy(to, from, length * bytes));
    return;
  }
  f.scope(() => {
    const counter = f.local("i32");
    const [target, source] = [f.let(to), f.let(from)];
    f.for(counter, 0, length, 1, () => {
      if (bytes === 1) f.do(i32.store8(target, value === undefined ? i32.load8U(source) : Number(value !== 0)));
      else if (value === undefined) f.do(i32.store(target, i32.load(source)));
      else f.do(isFloat ? f32.store(target, value) : i32.store(target, value));
      f.set(target, i32.add(target, dt));
      f.set(source, i32.add(source, ds));
    });
  });
}

/** Whether copying is one block of memory. */
export function isBlockCopy({ from, to }: CopyStep): boolean {
  return from.kind === "memory" && isDense(from) && isDense(to);
}
