/**
 * Copies an operand into the order in which the row tiles read it. A packed B is panels of `width` vectors, each panel all k
 * one after the other, the last panel as narrow as its columns allow and padded with zeros to whole vectors. A packed A, for
 * operands stored transposed, is the few rows of one tile, k by k.
 */
import type { FunctionBuilder, FunctionRef, Local, ModuleBuilder } from "../assembler/index.ts";
import { i32, i64, v128 } from "../assembler/index.ts";
import { once } from "./once.ts";
import type { VectorDType, VectorOps } from "./vector-ops.ts";
import { vectorOpsOf } from "./vector-ops.ts";

export interface RightPack {
  readonly dtype: VectorDType;
  readonly inner: number;
  readonly columns: number;
  /** Vectors of a panel. */
  readonly width: number;
  /** Bytes from row to row of B as it is stored: [inner, columns], or [columns, inner] if transposed. */
  readonly row: number;
  readonly transposed: boolean;
}

type Copy = FunctionRef<["i32", "i32"], "none">;

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Bytes of a packed B. */
export function packedRightBytes({ dtype, inner, columns }: Pick<RightPack, "dtype" | "inner" | "columns">): number {
  return 16 * inner * Math.ceil(columns / vectorOpsOf[dtype].count);
}

/** `(b, packed)`. */
export function emitRightPack(module: ModuleBuilder, pack: RightPack): Copy {
  return once(module, `pack ${JSON.stringify(pack)}`, () => {
    const name = `pack ${pack.dtype} ${pack.inner}x${pack.columns}${pack.transposed ? " transposed" : ""}`;
    return module.function(name, ["i32", "i32"], "none", (f, [from, to]) => {
      const lanes = vectorOpsOf[pack.dtype];
      const panel = pack.width * lanes.count;
      const panels = Math.floor(pack.columns / panel);
      const rest = pack.columns % panel;
      const emit = pack.transposed ? emitTransposingPanels : emitStraightPanels;
      emit(f, lanes, pack, panels, panel, from, to);
      if (rest === 0) return;
      f.set(from, i32.add(from, panels * panel * (pack.transposed ? pack.row : lanes.bytes)));
      f.set(to, i32.add(to, panels * 16 * pack.width * pack.inner));
      emit(f, lanes, pack, 1, rest, from, to);
    });
  });
}

/** Four rows of B at a time across all panels, so that reads and writes run along cache lines. */
function emitStraightPanels(
  f: FunctionBuilder,
  lanes: VectorOps,
  pack: RightPack,
  panels: number,
  columns: number,
  from: Local<"i32">,
  to: Local<"i32">,
): void {
  const width = Math.ceil(columns / lanes.count);
  const step = 16 * width;
  const [source, target, rowFrom, rowTo] = [f.local("i32"), f.local("i32"), f.local("i32"), f.local("i32")];
  const [panel, block] = [f.local("i32"), f.local("i32")];
  const copyRows = (rows: number): void => {
    f.set(source, rowFrom);
    f.set(target, rowTo);
    f.for(panel, 0, panels, 1, () => {
      for (const row of range(rows)) {
        for (const v of range(width)) {
          const value = lanes.load(source, row * pack.row + 16 * v, Math.min(lanes.count, columns - v * lanes.count));
          f.do(v128.store(target, value, row * step + 16 * v, lanes.bytes));
        }
      }
      f.set(source, i32.add(source, columns * lanes.bytes));
      f.set(target, i32.add(target, step * pack.inner));
    });
  };
  f.set(rowFrom, from);
  f.set(rowTo, to);
  f.for(block, 0, Math.floor(pack.inner / 4), 1, () => {
    copyRows(4);
    f.set(rowFrom, i32.add(rowFrom, 4 * pack.row));
    f.set(rowTo, i32.add(rowTo, 4 * step));
  });
  if (pack.inner % 4 > 0) copyRows(pack.inner % 4);
}

/** Squares of as many rows as lanes are transposed in registers. */
function emitTransposingPanels(
  f: FunctionBuilder,
  lanes: VectorOps,
  pack: RightPack,
  panels: number,
  columns: number,
  from: Local<"i32">,
  to: Local<"i32">,
): void {
  const width = Math.ceil(columns / lanes.count);
  const step = 16 * width;
  const [source, target, panelFrom] = [f.local("i32"), f.local("i32"), f.local("i32")];
  const [panel, block] = [f.local("i32"), f.local("i32")];
  const squares = (count: number): void => {
    for (const v of range(width)) {
      const rows = range(Math.min(lanes.count, columns - v * lanes.count));
      f.scope(() => {
        const loaded = rows.map((row) => lanes.load(source, (v * lanes.count + row) * pack.row, count));
        lanes.transpose(f, loaded).forEach((value, k) => {
          if (k < count) f.do(v128.store(target, value, k * step + 16 * v, lanes.bytes));
        });
      });
    }
  };
  f.set(panelFrom, from);
  f.set(target, to);
  f.for(panel, 0, panels, 1, () => {
    f.set(source, panelFrom);
    f.for(block, 0, Math.floor(pack.inner / lanes.count), 1, () => {
      squares(lanes.count);
      f.set(source, i32.add(source, 16));
      f.set(target, i32.add(target, lanes.count * step));
    });
    const rest = pack.inner % lanes.count;
    if (rest > 0) {
      squares(rest);
      f.set(target, i32.add(target, rest * step));
    }
    f.set(panelFrom, i32.add(panelFrom, columns * pack.row));
  });
}

/** `(a, packed)`: `height` neighbours out of every row of a stored-transposed A; `row` is its row stride in bytes. */
export function emitLeftPack(
  module: ModuleBuilder,
  pack: { readonly dtype: VectorDType; readonly inner: number; readonly height: number; readonly row: number },
): Copy {
  return once(module, `rows of ${JSON.stringify(pack)}`, () => {
    const name = `rows ${pack.dtype} ${pack.height}x${pack.inner}`;
    return module.function(name, ["i32", "i32"], "none", (f, [from, to]) => {
      const { bytes } = vectorOpsOf[pack.dtype];
      const length = pack.height * bytes;
      const unroll = 2;
      const copyRow = (k: number): void => {
        for (let at = 0; at < length; ) {
          const [read, write] = [k * pack.row + at, k * length + at];
          if (length - at >= 16) f.do(v128.store(to, v128.load(from, read, bytes), write, bytes));
          else if (length - at >= 8) f.do(i64.store(to, i64.load(from, read, bytes), write, bytes));
          else f.do(i32.store(to, i32.load(from, read), write));
          at += length - at >= 16 ? 16 : length - at >= 8 ? 8 : 4;
        }
      };
      f.for(f.local("i32"), 0, Math.floor(pack.inner / unroll), 1, () => {
        for (const k of range(unroll)) copyRow(k);
        f.set(from, i32.add(from, unroll * pack.row));
        f.set(to, i32.add(to, unroll * length));
      });
      if (pack.inner % unroll > 0) copyRow(0);
    });
  });
}
