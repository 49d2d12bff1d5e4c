/** Accumulates elements into running results, one per lane: sums, extremes, and the first position of an extreme. */

import type { Fold, ReduceStep } from "@tapegrad/compiler";
import { type ComputedDType, type DType, isFloat } from "@tapegrad/core";
import { computing, defined } from "@tapegrad/core/internal";
import {
  type Expression,
  type FunctionBuilder,
  f32x4,
  f64x2,
  i32x4,
  i64x2,
  type Local,
  v128,
} from "../assembler/index.ts";
import { float32Bits } from "../math/constants.ts";

type Vector = Expression<"v128">;
type Registers = readonly Local<"v128">[];

/** The lanes that elements are folded in: four of 32 bits or two of 64. */
interface LaneFormat {
  readonly count: 2 | 4;
  /** An element in every lane: the bits of a word, or a double. */
  readonly fill: (element: number) => Vector;
  /** Lanes in other orders, so that combining a vector with the first of them, and the result with the next, combines all lanes. */
  readonly rotations: readonly ((x: Vector) => Vector)[];
}

const words: LaneFormat = {
  count: 4,
  fill: i32x4.constant,
  rotations: [(x) => i32x4.shuffle(x, x, [2, 3, 0, 1]), (x) => i32x4.shuffle(x, x, [1, 0, 3, 2])],
};
const doubles: LaneFormat = { count: 2, fill: f64x2.constant, rotations: [(x) => f64x2.shuffle(x, x, [1, 0])] };

/** Accumulation of vectors of elements into running results, which take `registers` variables. */
export interface Accumulation {
  readonly lanes: 2 | 4;
  readonly registers: 1 | 2;
  /** An element that changes no result: the bits of a word, or a double. */
  readonly identityElement: number;
  /** The results before the first element, each at its first position; positions are words from lane 0 on. */
  identity(positions: Vector): readonly Vector[];
  /** The results after one more element per lane, at `positions`. */
  add(f: FunctionBuilder, results: Registers, elements: Local<"v128">, positions: Vector): readonly Vector[];
  /** Two groups of results as one. */
  merge(f: FunctionBuilder, results: Registers, others: Registers): readonly Vector[];
  /** The results of all lanes as elements of the result, from lane 0 on. */
  all(results: Registers): Vector;
  /** The results folded into one, in lane 0. */
  one(f: FunctionBuilder, results: Registers): Vector;
}

/** The results themselves, in one register. */
function laneWise(
  { count, fill, rotations }: LaneFormat,
  identityElement: number,
  combine: (a: Vector, b: Vector) => Vector,
): Accumulation {
  return {
    lanes: count,
    registers: 1,
    identityElement,
    identity: () => [fill(identityElement)],
    add: (_, results, elements) => [combine(at(results, 0), elements)],
    merge: (_, results, others) => [combine(at(results, 0), at(others, 0))],
    all: (results) => at(results, 0),
    one: (f, results) =>
      rotations.reduce<Vector>(
        (value, rotate, i) => {
          const held = i === 0 ? value : f.let(value);
          return combine(held, rotate(held));
        },
        at(results, 0),
      ),
  };
}

/** In double precision: where large terms cancel the small ones are still there, and long sums are as good as short ones. */
const floatTotal: Accumulation = {
  lanes: 4,
  registers: 2,
  identityElement: 0,
  identity: () => [i32x4.constant(0), i32x4.constant(0)],
  add: (_, results, elements) => [
    f64x2.add(at(results, 0), f64x2.promoteLowF32x4(elements)),
    f64x2.add(at(results, 1), f64x2.promoteLowF32x4(f64x2.shuffle(elements, elements, [1, 1]))),
  ],
  merge: (_, results, others) => [0, 1].map((i) => f64x2.add(at(results, i), at(others, i))),
  all: (results) => f64x2.shuffle(f32x4.demoteF64x2Zero(at(results, 0)), f32x4.demoteF64x2Zero(at(results, 1)), [0, 2]),
  one: (f, results) => {
    const pair = f.let(f64x2.add(at(results, 0), at(results, 1)));
    return f32x4.demoteF64x2Zero(f64x2.add(pair, f64x2.shuffle(pair, pair, [1, 1])));
  },
};

const integerTotal: Accumulation = laneWise(words, 0, i32x4.add);
const doubleTotal: Accumulation = laneWise(doubles, 0, f64x2.add);

/** Sums of numbers of a dtype. */
export function totalOf(dtype: DType): Accumulation {
  return kinds[computing(dtype)].total;
}

const [smallest, largest] = [-(2 ** 31), 2 ** 31 - 1];

/** An order in which one element beats another, and the infinity that beats none. */
interface Ranking {
  readonly better: "gtS" | "ltS";
  readonly worst: number;
}

const descending: Ranking = { better: "gtS", worst: -Infinity };
const ascending: Ranking = { better: "ltS", worst: Infinity };

/** Integers that order like elements, as wide as their lanes. */
interface Keys {
  readonly lanes: LaneFormat;
  readonly integer: typeof i32x4 | typeof i64x2;
  readonly signBit: number;
  readonly smallest: Vector;
  readonly largest: Vector;
  /** Positions as integers of that width, and back. */
  readonly fromWords: (positions: Vector) => Vector;
  readonly toWords: (positions: Vector) => Vector;
}

const wordKeys: Keys = {
  lanes: words,
  integer: i32x4,
  signBit: 31,
  smallest: i32x4.constant(smallest),
  largest: i32x4.constant(largest),
  fromWords: (positions) => positions,
  toWords: (positions) => positions,
};
const doubleKeys: Keys = {
  lanes: doubles,
  integer: i64x2,
  signBit: 63,
  smallest: i64x2.constant(-(2n ** 63n)),
  largest: i64x2.constant(2n ** 63n - 1n),
  fromWords: i64x2.extendLowI32x4S,
  toWords: (positions) => i32x4.shuffle(positions, positions, [0, 2, 0, 2]),
};

/** The best element as an integer that orders like it, and its position; of equals the first. NaN is the best of floats. */
function position(ranking: Ranking, dtype: DType): Accumulation {
  const { keys } = kinds[computing(dtype)];
  const { integer, lanes, fromWords, toWords } = keys;
  const better = integer[ranking.better];
  const [worst, best] = ranking === descending ? [keys.smallest, keys.largest] : [keys.largest, keys.smallest];
  const accumulation: Accumulation = {
    lanes: lanes.count,
    registers: 2,
    identityElement: identityOf(ranking.worst, dtype),
    identity: (positions) => [worst, fromWords(positions)],
    add: (f, results, elements, positions) => {
      const key = isFloat(dtype) ? f.let(orderedBits(f, elements, best, keys)) : elements;
      const wins = f.let(better(key, at(results, 0)));
      return [v128.bitselect(key, at(results, 0), wins), v128.bitselect(fromWords(positions), at(results, 1), wins)];
    },
    merge: (f, results, others) => {
      const [a, b] = [at(results, 0), at(others, 0)];
      const isEarlier = v128.and(integer.eq(a, b), integer.ltS(at(others, 1), at(results, 1)));
      const wins = f.let(v128.or(better(b, a), isEarlier));
      return [v128.bitselect(b, a, wins), v128.bitselect(at(others, 1), at(results, 1), wins)];
    },
    all: (results) => toWords(at(results, 1)),
    one: (f, results) => {
      const merged = (registers: Registers, rotate: (x: Vector) => Vector) => {
        const rotated = registers.map((register) => f.let(rotate(register)));
        return accumulation.merge(f, registers, rotated).map((value) => f.let(value));
      };
      return at(lanes.rotations.reduce(merged, results), 1);
    },
  };
  return accumulation;
}

/**
 * Integers that order as the floats `x` do, with −0 equal to 0: bits below the sign are flipped in negative ones. NaN is `nan`.
 */
function orderedBits(f: FunctionBuilder, x: Local<"v128">, nan: Vector, { integer, signBit }: Keys): Vector {
  const float = signBit === 63 ? f64x2 : f32x4;
  const bits = f.let(float.add(x, float.constant(0)));
  const ordered = v128.xor(bits, integer.shrU(integer.shrS(bits, signBit), 1));
  return v128.bitselect(nan, ordered, float.ne(x, x));
}

/** An infinity as an element: of integers the most extreme one. */
function identityOf(infinity: number, dtype: DType): number {
  return kinds[computing(dtype)].identityOf(infinity);
}

/** How the elements of a dtype are folded. */
interface Kind {
  readonly combine: Readonly<Record<Fold, (a: Vector, b: Vector) => Vector>>;
  readonly keys: Keys;
  readonly total: Accumulation;
  readonly identityOf: (infinity: number) => number;
}

const integers: Kind = {
  keys: wordKeys,
  total: integerTotal,
  identityOf: (infinity) => (infinity < 0 ? smallest : largest),
  combine: { sum: i32x4.add, max: i32x4.maxS, min: i32x4.minS },
};

const kinds: Readonly<Record<ComputedDType, Kind>> = {
  bool: integers,
  int32: integers,
  float32: {
    keys: wordKeys,
    total: floatTotal,
    identityOf: (value) => Number(BigInt.asIntN(32, float32Bits(value))),
    combine: { sum: f32x4.add, max: f32x4.max, min: f32x4.min },
  },
  float64: {
    keys: doubleKeys,
    total: doubleTotal,
    identityOf: (value) => value,
    combine: { sum: f64x2.add, max: f64x2.max, min: f64x2.min },
  },
};

function at<T>(list: readonly T[], index: number): T {
  return defined(list[index], "register");
}

/** The larger or the smaller of elements, lane by lane. */
function extreme(op: "max" | "min", dtype: DType): Accumulation {
  const identityElement = identityOf(op === "max" ? -Infinity : Infinity, dtype);
  return laneWise(kinds[computing(dtype)].keys.lanes, identityElement, combining(op, dtype));
}

/** The first `count` lanes, and in the others elements that change no result. */
export function firstLanes({ lanes, identityElement }: Accumulation, elements: Vector, count: number): Vector {
  if (count >= lanes) return elements;
  const [a = 0, b = 0, c = 0, d = 0] = [0, 1, 2, 3].map((word) => (word < (count * 4) / lanes ? -1 : 0));
  const { fill } = lanes === 2 ? doubles : words;
  return v128.bitselect(elements, fill(identityElement), i32x4.constant(a, b, c, d));
}

/** One op on two vectors of elements. */
export function combining(op: Fold, dtype: DType): (a: Vector, b: Vector) => Vector {
  return kinds[computing(dtype)].combine[op];
}

export function accumulationOf(op: ReduceStep["op"], dtype: DType): Accumulation {
  switch (op) {
    case "sum":
      return totalOf(dtype);
    case "max":
    case "min":
      return extreme(op, dtype);
    case "argmax":
      return position(descending, dtype);
    case "argmin":
      return position(ascending, dtype);
  }
}
