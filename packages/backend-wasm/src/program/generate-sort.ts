/**
 * The positions that sort a view along an axis: a merge sort, bottom up and without branches on data, of 64-bit integers that
 * hold a key which orders like the element, and below it the position, so that equals keep their order.
 */
import { bytesPerElement, type DType } from "@tapegrad/core";
import {
  call,
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f32,
  i32,
  i64,
  type Local,
  type ModuleBuilder,
  select,
} from "../assembler/index.ts";
import { once } from "../matmul/once.ts";
import { layoutText, nest, type StepFunction, without } from "./generate-nest.ts";
import type { SortStep } from "./step.ts";
import { type MemoryValue, mergedAxes } from "./value.ts";

/** Bytes of an entry. */
const entryBytes = 8;

/** Bytes of scratch that sorting `length` elements takes: the entries, and where they are merged to. */
export function sortScratchBytes(length: number): number {
  return 2 * entryBytes * length;
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
    const key = orderedKey(f, from.dtype, element);
    const ordered = descending ? i32.xor(key, -1) : key;
    f.do(i64.store(entry, i64.or(i64.shl(i64.extendI32S(ordered), 32), i64.extendI32U(i))));
  });
  const [width, other, spare] = [f.local("i32"), f.let(i32.add(entries, bytes)), f.local("i32")];
  const sorted = f.let(entries);
  f.set(width, entryBytes);
  f.block((end) => {
    f.loop((next) => {
      f.brIf(end, i32.geS(width, bytes));
      f.do(call(mergePass(module), other, sorted, width, bytes));
      f.set(spare, sorted);
      f.set(sorted, other);
      f.set(other, spare);
      f.set(width, i32.shl(width, 1));
      f.br(next);
    });
  });
  forEach(to, to_, sorted, (element, entry) => f.do(i32.store(element, i32.load(entry))));
}

/** An int32 that orders like the element: −0 equals 0, NaN is largest. */
function orderedKey(f: FunctionBuilder, dtype: DType, address: Local<"i32">): Expression<"i32"> {
  if (dtype === "bool") return i32.load8U(address);
  if (dtype === "int32") return i32.load(address);
  const x = f.let(f32.add(f32.load(address), 0));
  const bits = f.let(i32.reinterpretF32(x));
  const ordered = i32.xor(bits, i32.shrU(i32.shrS(bits, 31), 1));
  return select(f32.eq(x, x), ordered, i32.constant(2 ** 31 - 1));
}

/** `(to, from, width, bytes)`: merges neighbours among the sorted runs of `width` bytes. A function, so that it is soon optimised. */
function mergePass(module: ModuleBuilder): FunctionRef<readonly ["i32", "i32", "i32", "i32"], "none"> {
  return once(module, "merge pass", () =>
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
          f.do(i64.store(target, select(takesLeft, a, b)));
          f.set(target, i32.add(target, entryBytes));
          f.set(left, i32.add(left, i32.shl(takesLeft, 3)));
          f.set(right, i32.add(right, i32.shl(i32.eqz(takesLeft), 3)));
          f.brIf(nextEntry, i32.or(i32.ltU(left, leftEnd), i32.ltU(right, rightEnd)));
        });
        f.set(left, rightEnd);
        f.brIf(nextPair, i32.ltU(left, stop));
      });
    }),
  );
}
