/**
 * The positions that sort a view along an axis: a stable merge sort, bottom up and without branches on data. It sorts 64-bit
 * integers whose high part is a key in the order of the elements and whose low part is the position. Keys of float64 take all
 * 64 bits, so their positions are stored behind them.
 */

import { type MemoryValue, mergedAxes, type SortStep } from "@tapegrad/compiler";
import { bytesPerElement, type DType } from "@tapegrad/core";
import { computing, internal } from "@tapegrad/core/internal";
import {
  call,
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f64,
  i32,
  i64,
  type Local,
  type ModuleBuilder,
  select,
  v128,
} from "../assembler/index.ts";
import { once } from "../matmul/once.ts";
import { layoutText, nest, type StepFunction, without } from "./loop-nest.ts";

/** Bytes of an entry. */
type EntryBytes = 8 | 16;

function entryBytesOf(dtype: DType): EntryBytes {
  return bytesPerElement(dtype) === 8 ? 16 : 8;
}

/** Bytes of scratch that sorting `length` elements takes: the entries, and where they are merged to. */
export function sortScratchBytes(length: number, dtype: DType): number {
  return 2 * entryBytesOf(dtype) * length;
}

/** The function's parameters: target, source, scratch. */
export function sortFunction(step: SortStep): StepFunction {
  const { from, to, scratch, axis, descending } = step;
  return {
    text: `argsort ${descending} ${layoutText(from)} to [${to.strides}] along ${axis}`,
    values: [to, from, scratch],
    emit: (module: ModuleBuilder) =>
      module.function("argsort", ["i32", "i32", "i32"], "none", (f, [to_, from_, entries]) => {
        const { lengths, strides } = mergedAxes(
          without(from.shape, axis),
          [to, from].map((value) => without(value.strides, axis)),
        );
        const inBytes = (list: readonly number[] = [], dtype: DType) =>
          list.map((stride) => stride * bytesPerElement(dtype));
        const walkers = [
          { pointer: to_, strides: inBytes(strides[0], to.dtype) },
          { pointer: from_, strides: inBytes(strides[1], from.dtype) },
        ];
        nest(f, lengths, walkers, () => f.scope(() => emitSort(module, f, step, to_, from_, entries)));
      }),
  };
}

function emitSort(
  module: ModuleBuilder,
  f: FunctionBuilder,
  { from, to, axis, descending }: SortStep,
  to_: Local<"i32">,
  from_: Local<"i32">,
  entries: Local<"i32">,
): void {
  const length = from.shape[axis] ?? 1;
  const entryBytes = entryBytesOf(from.dtype);
  const bytes = entryBytes * length;
  /** `body` for every element of a view along the axis, and its entry. */
  const forEach = (
    view: MemoryValue,
    first: Local<"i32">,
    firstEntry: Local<"i32">,
    body: (element: Local<"i32">, entry: Local<"i32">, i: Local<"i32">) => void,
  ) =>
    f.scope(() => {
      const [i, element, entry] = [f.local("i32"), f.let(first), f.let(firstEntry)];
      const stride = (view.strides[axis] ?? 0) * bytesPerElement(view.dtype);
      f.for(i, 0, length, 1, () => {
        body(element, entry, i);
        f.set(element, i32.add(element, stride));
        f.set(entry, i32.add(entry, entryBytes));
      });
    });
  forEach(from, from_, entries, (element, entry, i) => {
    if (entryBytes === 16) {
      const key = orderedLongKey(f, element);
      f.do(i64.store(entry, descending ? i64.xor(key, -1) : key), i32.store(entry, i, 8));
    } else {
      const key = orderedKey(f, from.dtype, element);
      const ordered = descending ? i32.xor(key, -1) : key;
      f.do(i64.store(entry, i64.or(i64.shl(i64.extendI32S(ordered), 32), i64.extendI32U(i))));
    }
  });
  const [width, other, spare] = [f.local("i32"), f.let(i32.add(entries, bytes)), f.local("i32")];
  const sorted = f.let(entries);
  f.set(width, entryBytes);
  f.block((end) => {
    f.loop((next) => {
      f.brIf(end, i32.geS(width, bytes));
      f.do(call(mergePass(module, entryBytes), other, sorted, width, bytes));
      f.set(spare, sorted);
      f.set(sorted, other);
      f.set(other, spare);
      f.set(width, i32.shl(width, 1));
      f.br(next);
    });
  });
  const positionAt = entryBytes - 8;
  forEach(to, to_, sorted, (element, entry) => f.do(i32.store(element, i32.load(entry, positionAt))));
}

/** An int32 that orders like the element: −0 equals 0, NaN is largest. */
function orderedKey(f: FunctionBuilder, dtype: DType, address: Local<"i32">): Expression<"i32"> {
  switch (computing(dtype)) {
    case "bool":
      return i32.load8U(address);
    case "int32":
      return i32.load(address);
    case "float32": {
      const x = f.let(f32.add(f32.load(address), 0));
      const bits = f.let(i32.reinterpretF32(x));
      const ordered = i32.xor(bits, i32.shrU(i32.shrS(bits, 31), 1));
      return select(f32.eq(x, x), ordered, i32.constant(2 ** 31 - 1));
    }
    case "float64":
      throw internal("a key of float64 takes 64 bits");
  }
}

/** The same of a float64, as an int64. */
function orderedLongKey(f: FunctionBuilder, address: Local<"i32">): Expression<"i64"> {
  const x = f.let(f64.add(f64.load(address), 0));
  const bits = f.let(i64.reinterpretF64(x));
  const ordered = i64.xor(bits, i64.shrU(i64.shrS(bits, 63), 1));
  return select(f64.eq(x, x), ordered, i64.constant(2n ** 63n - 1n));
}

/** `(to, from, width, bytes)`: merges neighbours among the sorted runs of `width` bytes. A function, so that it is soon optimised. */
function mergePass(
  module: ModuleBuilder,
  entryBytes: EntryBytes,
): FunctionRef<readonly ["i32", "i32", "i32", "i32"], "none"> {
  const shift = Math.log2(entryBytes);
  return once(module, `merge pass ${entryBytes}`, () =>
    module.function("mergePass", ["i32", "i32", "i32", "i32"], "none", (f, [to, from, width, bytes]) => {
      const [stop, target] = [f.let(i32.add(from, bytes)), f.let(to)];
      const [left, leftEnd, right, rightEnd] = [f.let(from), f.local("i32"), f.local("i32"), f.local("i32")];
      const [a, b, takesLeft] = [f.local("i64"), f.local("i64"), f.local("i32")];
      const least = (x: Expression<"i32">, y: Expression<"i32">) => select(i32.ltU(x, y), x, y);
      f.loop((nextPair) => {
        f.set(leftEnd, least(i32.add(left, width), stop));
        f.set(right, leftEnd);
        f.set(rightEnd, least(i32.add(right, width), stop));
        f.loop((nextEntry) => {
          // Behind the last run this reads the slack, and does not use it.
          f.set(a, i64.load(left));
          f.set(b, i64.load(right));
          const leftIsLess = i32.or(i32.geU(right, rightEnd), i64.leS(a, b));
          f.set(takesLeft, i32.and(i32.ltU(left, leftEnd), leftIsLess));
          if (entryBytes === 8) f.do(i64.store(target, select(takesLeft, a, b)));
          else f.do(v128.store(target, v128.load(select(takesLeft, left, right))));
          f.set(target, i32.add(target, entryBytes));
          f.set(left, i32.add(left, i32.shl(takesLeft, shift)));
          f.set(right, i32.add(right, i32.shl(i32.eqz(takesLeft), shift)));
          f.brIf(nextEntry, i32.or(i32.ltU(left, leftEnd), i32.ltU(right, rightEnd)));
        });
        f.set(left, rightEnd);
        f.brIf(nextPair, i32.ltU(left, stop));
      });
    }),
  );
}
