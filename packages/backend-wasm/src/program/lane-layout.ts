/**
 * The layout of a fused loop's elements in vectors: four at a time, or two if a float64 is among its values. Of two, integers
 * and float32 are in the low half, and the high half is unused. Bools are masks as wide as a lane.
 */
import { bytesPerElement, type DType, dtypeTable } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import {
  type Expression,
  type FunctionBuilder,
  i8x16,
  i16x8,
  i32x4,
  i64x2,
  type Local,
  v128,
} from "../assembler/index.ts";
import type { Place } from "../matmul/index.ts";

type Vector = Expression<"v128">;

/** Memory to vector and back. Loads may read behind the lanes, as far as there is slack. */
interface Form {
  load(f: FunctionBuilder, pointer: Local<"i32">, offset: number): Vector;
  /** All lanes. */
  store(f: FunctionBuilder, pointer: Local<"i32">, value: Local<"v128">, offset: number): void;
  /** Exactly `count` lanes, fewer than all: what follows may belong to somebody else. */
  storeSome(f: FunctionBuilder, pointer: Local<"i32">, value: Local<"v128">, offset: number, count: number): void;
}

type Bytes = (typeof dtypeTable)[DType]["bytes"];

export interface LaneLayout {
  readonly lanes: 2 | 4;
  /** By the bytes of an element; of one byte, a bool. */
  readonly forms: Readonly<Record<Bytes, Form | undefined>>;
  /** The mask of this layout, where 32-bit lanes were compared. */
  masked(words: Vector): Vector;
  /** A mask of this layout as one of 32-bit lanes. */
  words(mask: Vector): Vector;
}

const word: Form = {
  load: (_, pointer, offset) => v128.load(pointer, offset),
  store: (f, pointer, value, offset) => f.do(v128.store(pointer, value, offset)),
  storeSome: (f, pointer, value, offset, count) => {
    for (let lane = 0; lane < count; lane++) f.do(v128.store32Lane(pointer, value, lane, offset + lane * 4));
  },
};

/** The lanes of a mask as bytes, 0 or 1. */
function maskBytes(f: FunctionBuilder, mask: Local<"v128">): Local<"v128"> {
  const words = f.let(v128.and(mask, i32x4.constant(1)));
  return f.let(i8x16.narrowI16x8U(i16x8.narrowI32x4U(words, words), i16x8.narrowI32x4U(words, words)));
}

/** The lower 16 bits of each lane, one after the other. */
function packed(f: FunctionBuilder, value: Local<"v128">): Local<"v128"> {
  return f.let(i16x8.narrowI32x4U(value, value));
}

const four: LaneLayout = {
  lanes: 4,
  forms: {
    1: {
      load: (f, pointer, offset) => {
        const bytes = f.let(v128.load32Zero(pointer, offset));
        return i32x4.ne(i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(bytes)), i32x4.constant(0));
      },
      store: (f, pointer, value, offset) => f.do(v128.store32Lane(pointer, maskBytes(f, value), 0, offset)),
      storeSome: (f, pointer, value, offset, count) => {
        const bytes = maskBytes(f, value);
        for (let lane = 0; lane < count; lane++) f.do(v128.store8Lane(pointer, bytes, lane, offset + lane));
      },
    },
    2: {
      load: (_, pointer, offset) => i32x4.extendLowI16x8U(v128.load64Zero(pointer, offset)),
      store: (f, pointer, value, offset) => f.do(v128.store64Lane(pointer, packed(f, value), 0, offset)),
      storeSome: (f, pointer, value, offset, count) => {
        const halves = packed(f, value);
        for (let lane = 0; lane < count; lane++) f.do(v128.store16Lane(pointer, halves, lane, offset + 2 * lane));
      },
    },
    4: word,
    8: undefined,
  },
  masked: (words) => words,
  words: (mask) => mask,
};

const halfWord: Form = {
  load: (_, pointer, offset) => v128.load64Zero(pointer, offset),
  store: (f, pointer, value, offset) => f.do(v128.store64Lane(pointer, value, 0, offset)),
  storeSome: (f, pointer, value, offset) => f.do(v128.store32Lane(pointer, value, 0, offset)),
};

const two: LaneLayout = {
  lanes: 2,
  forms: {
    1: {
      load: (f, pointer, offset) => {
        const bytes = f.let(v128.load16Splat(pointer, offset));
        const wide = i64x2.extendLowI32x4U(i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(bytes)));
        return i64x2.ne(wide, i64x2.constant(0n));
      },
      store: (f, pointer, value, offset) => {
        const bits = f.let(v128.and(value, i64x2.constant(1n)));
        f.do(v128.store8Lane(pointer, bits, 0, offset), v128.store8Lane(pointer, bits, 8, offset + 1));
      },
      storeSome: (f, pointer, value, offset) =>
        f.do(v128.store8Lane(pointer, f.let(v128.and(value, i64x2.constant(1n))), 0, offset)),
    },
    2: {
      load: (_, pointer, offset) => i32x4.extendLowI16x8U(v128.load32Zero(pointer, offset)),
      store: (f, pointer, value, offset) => f.do(v128.store32Lane(pointer, packed(f, value), 0, offset)),
      storeSome: (f, pointer, value, offset) => f.do(v128.store16Lane(pointer, value, 0, offset)),
    },
    4: halfWord,
    8: {
      load: word.load,
      store: word.store,
      storeSome: (f, pointer, value, offset) => f.do(v128.store64Lane(pointer, value, 0, offset)),
    },
  },
  masked: (words) => i64x2.extendLowI32x4S(words),
  words: (mask) => i32x4.shuffle(mask, mask, [0, 2, 0, 2]),
};

/** The layout of a loop with values of these dtypes. */
export function layoutOf(dtypes: readonly DType[]): LaneLayout {
  return dtypes.some((dtype) => bytesPerElement(dtype) === 8) ? two : four;
}

export function formOf({ forms }: LaneLayout, dtype: DType): Form {
  return defined(forms[dtypeTable[dtype].bytes], "form");
}

/** Writes the first `count` lanes, and nothing behind them. */
export function storeLanes(
  f: FunctionBuilder,
  layout: LaneLayout,
  dtype: DType,
  { address, offset }: Place,
  value: Local<"v128">,
  count: number,
): void {
  const form = formOf(layout, dtype);
  if (count === layout.lanes) form.store(f, address, value, offset);
  else form.storeSome(f, address, value, offset, count);
}
