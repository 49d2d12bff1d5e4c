/** How elements are folded into four running results: sums, extremes, and where an extreme was first seen. */
import { defined } from "@tapegrad/core";
import { type Expression, type FunctionBuilder, f32x4, f64x2, i32x4, type Local, v128 } from "../assembler/index.ts";
import { float32Bits } from "../math/constants.ts";
import type { ReduceStep } from "./step.ts";

type Vector = Expression<"v128">;
type Registers = readonly Local<"v128">[];

/** Folding of vectors of four elements into running results, which take `registers` variables. */
export interface Folding {
  readonly registers: 1 | 2;
  /** The bits of an element that changes no result. */
  readonly neutral: number;
  /** The results before the first element, each at its first position. */
  start(positions: Vector): readonly Vector[];
  /** The results after four more elements, at `positions`. */
  fold(f: FunctionBuilder, results: Registers, elements: Local<"v128">, positions: Vector): readonly Vector[];
  /** Two groups of four results as one. */
  merge(f: FunctionBuilder, results: Registers, others: Registers): readonly Vector[];
  /** The four results as elements of the result. */
  four(results: Registers): Vector;
  /** The four results folded into one, in lane 0. */
  one(f: FunctionBuilder, results: Registers): Vector;
}

/** The results themselves, in one register. */
function laneWise(neutral: number, combine: (a: Vector, b: Vector) => Vector): Folding {
  return {
    registers: 1,
    neutral,
    start: () => [i32x4.constant(neutral)],
    fold: (_, results, elements) => [combine(at(results, 0), elements)],
    merge: (_, results, others) => [combine(at(results, 0), at(others, 0))],
    four: (results) => at(results, 0),
    one: (f, results) => {
      const halves = f.let(combine(at(results, 0), i32x4.shuffle(at(results, 0), at(results, 0), [2, 3, 0, 1])));
      return combine(halves, i32x4.shuffle(halves, halves, [1, 0, 3, 2]));
    },
  };
}

/** In double precision: where large terms cancel the small ones are still there, and long sums are as good as short ones. */
export const floatTotal: Folding = {
  registers: 2,
  neutral: 0,
  start: () => [i32x4.constant(0), i32x4.constant(0)],
  fold: (_, results, elements) => [
    f64x2.add(at(results, 0), f64x2.promoteLowF32x4(elements)),
    f64x2.add(at(results, 1), f64x2.promoteLowF32x4(f64x2.shuffle(elements, elements, [1, 1]))),
  ],
  merge: (_, results, others) => [0, 1].map((i) => f64x2.add(at(results, i), at(others, i))),
  four: (results) =>
    f64x2.shuffle(f32x4.demoteF64x2Zero(at(results, 0)), f32x4.demoteF64x2Zero(at(results, 1)), [0, 2]),
  one: (f, results) => {
    const pair = f.let(f64x2.add(at(results, 0), at(results, 1)));
    return f32x4.demoteF64x2Zero(f64x2.add(pair, f64x2.shuffle(pair, pair, [1, 1])));
  },
};

export const integerTotal: Folding = laneWise(0, i32x4.add);

const [smallest, largest] = [-(2 ** 31), 2 ** 31 - 1];

/** An order in which one element beats another. */
interface Order {
  readonly better: (a: Vector, b: Vector) => Vector;
  /** The integer that beats none, and the one that all others do not beat. */
  readonly worst: number;
  readonly best: number;
  readonly worstFloat: number;
}

const descending: Order = { better: i32x4.gtS, worst: smallest, best: largest, worstFloat: -Infinity };
const ascending: Order = { better: i32x4.ltS, worst: largest, best: smallest, worstFloat: Infinity };

/** The best element as an integer that orders like it, and its position; of equals the first. NaN is the best of floats. */
function position({ better, worst, best, worstFloat }: Order, isFloat: boolean): Folding {
  const folding: Folding = {
    registers: 2,
    neutral: isFloat ? bitsOf(worstFloat) : worst,
    start: (positions) => [i32x4.constant(worst), positions],
    fold: (f, results, elements, positions) => {
      const key = isFloat ? f.let(orderedBits(f, elements, best)) : elements;
      const wins = f.let(better(key, at(results, 0)));
      return [v128.bitselect(key, at(results, 0), wins), v128.bitselect(positions, at(results, 1), wins)];
    },
    merge: (f, results, others) => {
      const [a, b] = [at(results, 0), at(others, 0)];
      const isEarlier = v128.and(i32x4.eq(a, b), i32x4.ltS(at(others, 1), at(results, 1)));
      const wins = f.let(v128.or(better(b, a), isEarlier));
      return [v128.bitselect(b, a, wins), v128.bitselect(at(others, 1), at(results, 1), wins)];
    },
    four: (results) => at(results, 1),
    one: (f, results) => {
      const merged = (registers: Registers, order: readonly number[]) => {
        const turned = registers.map((register) => f.let(i32x4.shuffle(register, register, order)));
        return folding.merge(f, registers, turned).map((value) => f.let(value));
      };
      return at(merged(merged(results, [2, 3, 0, 1]), [1, 0, 3, 2]), 1);
    },
  };
  return folding;
}

/** Integers that order as the floats `x` do, with −0 equal to 0: bits below the sign are flipped in negative ones. NaN is `nan`. */
function orderedBits(f: FunctionBuilder, x: Local<"v128">, nan: number): Vector {
  const bits = f.let(f32x4.add(x, f32x4.constant(0)));
  const ordered = v128.xor(bits, i32x4.shrU(i32x4.shrS(bits, 31), 1));
  return v128.bitselect(i32x4.constant(nan), ordered, f32x4.ne(x, x));
}

function bitsOf(value: number): number {
  return Number(BigInt.asIntN(32, float32Bits(value)));
}

function at<T>(list: readonly T[], index: number): T {
  return defined(list[index], "register");
}

export function foldingOf({ op, from }: ReduceStep): Folding {
  const isFloat = from.dtype === "float32";
  switch (op) {
    case "sum":
      return isFloat ? floatTotal : integerTotal;
    case "max":
      return isFloat ? laneWise(bitsOf(-Infinity), f32x4.max) : laneWise(smallest, i32x4.maxS);
    case "min":
      return isFloat ? laneWise(bitsOf(Infinity), f32x4.min) : laneWise(largest, i32x4.minS);
    case "argmax":
      return position(descending, isFloat);
    case "argmin":
      return position(ascending, isFloat);
  }
}
