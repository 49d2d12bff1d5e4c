/** Steps that move elements: strided copies, and rows by index. */
import { sizeOf } from "@tapegrad/core";
import {
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f32x4,
  i32,
  type Local,
  type ModuleBuilder,
  memory,
  v128,
} from "../assembler/index.ts";
import type { CopyStep, RowsStep } from "./step.ts";
import { isDense, mergedAxes } from "./value.ts";

/** The function's parameters: target address, then source address unless it is a constant, then the address to clear. */
export function emitCopy(module: ModuleBuilder, { from, to, clear }: CopyStep): FunctionRef {
  const bytes = to.dtype === "bool" ? 1 : 4;
  const { lengths, strides } = mergedAxes(to.shape, [
    to.strides,
    from.kind === "memory" ? from.strides : to.shape.map(() => 0),
  ]);
  const [target = [], source = []] = strides;
  return module.function("copy", ["i32", "i32", "i32"], "none", (f, [to_, from_, cleared]) => {
    if (clear !== undefined) f.do(memory.fill(cleared, 0, sizeOf(clear.shape) * bytes));
    if (sizeOf(to.shape) === 0) return;
    const axis = (k: number): void => {
      const length = lengths[k] ?? 1;
      const [dt, ds] = [(target[k] ?? 0) * bytes, (source[k] ?? 0) * bytes];
      if (k === lengths.length - 1) {
        innermost(
          f,
          to_,
          from_,
          length,
          dt,
          ds,
          bytes,
          from.kind === "constant" ? from.value : undefined,
          to.dtype === "float32",
        );
        return;
      }
      const counter = f.local("i32");
      f.for(counter, 0, length, 1, () => {
        axis(k + 1);
        f.set(to_, i32.add(to_, dt));
        f.set(from_, i32.add(from_, ds));
      });
      f.set(to_, i32.sub(to_, dt * length));
      f.set(from_, i32.sub(from_, ds * length));
    };
    axis(0);
  });
}

function innermost(
  f: FunctionBuilder,
  to: Local<"i32">,
  from: Local<"i32">,
  length: number,
  dt: number,
  ds: number,
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

/** The function's parameters: table, indices, rows. An index out of range reads NaN, or 0 in integers, and adds nowhere. */
export function emitRows(module: ModuleBuilder, { mode, table, indices, rows }: RowsStep): FunctionRef {
  const count = sizeOf(indices.shape);
  const height = table.shape[0] ?? 0;
  const width = sizeOf(table.shape.slice(1));
  return module.function(mode, ["i32", "i32", "i32"], "none", (f, [table_, indices_, rows_]) => {
    const [i, index] = [f.local("i32"), f.local("i32")];
    f.for(i, 0, count, 1, () => {
      f.set(index, i32.load(indices_));
      const row = f.let(i32.add(table_, i32.mul(index, width * 4)));
      const inRange = i32.ltU(index, height);
      if (mode === "add") f.if(inRange, () => addRow(f, row, rows_, width));
      else
        f.if(
          inRange,
          () => f.do(memory.copy(rows_, row, width * 4)),
          () => fillRow(f, rows_, width, rows.dtype === "float32"),
        );
      f.set(indices_, i32.add(indices_, 4));
      f.set(rows_, i32.add(rows_, width * 4));
    });
  });
}

function addRow(f: FunctionBuilder, to: Local<"i32">, from: Local<"i32">, width: number): void {
  const i = f.local("i32");
  const whole = width - (width % 4);
  const target = (): ReturnType<typeof i32.add> => i32.add(to, i32.shl(i, 2));
  const source = (): ReturnType<typeof i32.add> => i32.add(from, i32.shl(i, 2));
  if (whole > 0)
    f.for(i, 0, whole, 4, () => f.do(v128.store(target(), f32x4.add(v128.load(target()), v128.load(source())))));
  if (whole < width)
    f.for(i, whole, width, 1, () => f.do(f32.store(target(), f32.add(f32.load(target()), f32.load(source())))));
}

function fillRow(f: FunctionBuilder, to: Local<"i32">, width: number, isFloat: boolean): void {
  const i = f.local("i32");
  f.for(i, 0, width, 1, () =>
    f.do(isFloat ? f32.store(i32.add(to, i32.shl(i, 2)), Number.NaN) : i32.store(i32.add(to, i32.shl(i, 2)), 0)),
  );
}
