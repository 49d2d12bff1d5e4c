/** Reductions of the middle of three axes: along rows several vectors wide, or across rows a vector of columns at a time. */
import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  f32,
  f32x4,
  f64,
  f64x2,
  i32,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import type { ReduceStep } from "./step.ts";

type Vector = Expression<"v128">;

/** How vectors of four floats are folded into four running results, which take `registers` variables. */
interface Folding {
  readonly registers: 1 | 2;
  /** What changes no result. */
  readonly initial: number;
  combine(result: Vector, other: Vector): Vector;
  /** Register `index`'s share of four floats. */
  widen(x: Local<"v128">, index: number): Vector;
  /** The four results as floats. */
  four(low: Local<"v128">, high: Local<"v128">): Vector;
  /** The four results folded into one. */
  one(low: Local<"v128">, high: Local<"v128">): Expression<"f32">;
}

function extreme(initial: number, combine: Folding["combine"], scalar: typeof f32.max): Folding {
  const lane = f32x4.extractLane;
  return {
    registers: 1,
    initial,
    combine,
    widen: (x) => x,
    four: (x) => x,
    one: (x) => scalar(scalar(lane(x, 0), lane(x, 1)), scalar(lane(x, 2), lane(x, 3))),
  };
}

/** In double precision: where large terms cancel the small ones are still there, and long sums are as good as short ones. */
const total: Folding = {
  registers: 2,
  initial: 0,
  combine: f64x2.add,
  widen: (x, index) => f64x2.promoteLowF32x4(index === 0 ? x : f64x2.shuffle(x, x, [1, 1])),
  four: (low, high) => f64x2.shuffle(f32x4.demoteF64x2Zero(low), f32x4.demoteF64x2Zero(high), [0, 2]),
  one: (low, high) => {
    const lane = f64x2.extractLane;
    return f32.demoteF64(f64.add(f64.add(lane(low, 0), lane(low, 1)), f64.add(lane(high, 0), lane(high, 1))));
  },
};

const foldings: Readonly<Record<ReduceStep["op"], Folding>> = {
  sum: total,
  max: extreme(-Infinity, f32x4.max, f32.max),
  min: extreme(Infinity, f32x4.min, f32.min),
};

/** The function's parameters: target, source. */
export function emitReduce(module: ModuleBuilder, { op, outer, length, inner }: ReduceStep): FunctionRef {
  const folding = foldings[op];
  return module.function(op, ["i32", "i32"], "none", (f, [to, from]) => {
    const o = f.local("i32");
    f.for(o, 0, outer, 1, () => {
      if (inner === 1) alongRow(f, folding, to, from, length);
      else acrossRows(f, folding, to, from, length, inner);
      f.set(to, i32.add(to, inner * 4));
      f.set(from, i32.add(from, length * inner * 4));
    });
  });
}

/** Four running results. */
class Accumulator {
  readonly #f: FunctionBuilder;
  readonly #folding: Folding;
  readonly #registers: readonly [Local<"v128">, Local<"v128">];

  constructor(f: FunctionBuilder, folding: Folding) {
    this.#f = f;
    this.#folding = folding;
    const low = f.local("v128");
    this.#registers = [low, folding.registers === 2 ? f.local("v128") : low];
  }

  reset(): void {
    const { initial, widen, registers } = this.#folding;
    const value = this.#f.let(f32x4.constant(initial));
    for (let i = 0; i < registers; i++) this.#f.set(this.#at(i), widen(value, i));
  }

  /** Folds in four floats. */
  add(floats: Vector): void {
    const { combine, widen, registers } = this.#folding;
    const x = this.#f.let(floats);
    for (let i = 0; i < registers; i++) this.#f.set(this.#at(i), combine(this.#at(i), widen(x, i)));
  }

  merge(other: Accumulator): void {
    const { combine, registers } = this.#folding;
    for (let i = 0; i < registers; i++) this.#f.set(this.#at(i), combine(this.#at(i), other.#at(i)));
  }

  get four(): Vector {
    return this.#folding.four(...this.#registers);
  }

  get one(): Expression<"f32"> {
    return this.#folding.one(...this.#registers);
  }

  #at(index: number): Local<"v128"> {
    return index === 0 ? this.#registers[0] : this.#registers[1];
  }
}

/** The float at `address` in a vector that changes no other result. */
function alone({ initial }: Folding, address: Expression<"i32">): Vector {
  return f32x4.replaceLane(f32x4.constant(initial), 0, f32.load(address));
}

function alongRow(f: FunctionBuilder, folding: Folding, to: Local<"i32">, from: Local<"i32">, length: number): void {
  f.scope(() => {
    const i = f.local("i32");
    const address = i32.add(from, i32.shl(i, 2));
    const [first, ...others] = Array.from({ length: 4 / folding.registers }, () => new Accumulator(f, folding));
    if (first === undefined) throw new Error("internal: no accumulator");
    for (const accumulator of [first, ...others]) accumulator.reset();
    const step = 4 * (1 + others.length);
    const whole = length - (length % step);
    f.for(i, 0, whole, step, () => {
      for (const [k, accumulator] of [first, ...others].entries()) accumulator.add(v128.load(address, k * 16));
    });
    for (const other of others) first.merge(other);
    f.for(i, whole, length, 1, () => first.add(alone(folding, address)));
    f.do(f32.store(to, first.one));
  });
}

/** So many columns at a time are a cache line. */
const lineColumns = 16;

function acrossRows(
  f: FunctionBuilder,
  folding: Folding,
  to: Local<"i32">,
  from: Local<"i32">,
  length: number,
  inner: number,
): void {
  f.scope(() => {
    const [j, i, source] = [f.local("i32"), f.local("i32"), f.local("i32")];
    const accumulators = Array.from({ length: lineColumns / 4 }, () => new Accumulator(f, folding));
    const [lone] = accumulators;
    if (lone === undefined) throw new Error("internal: no accumulator");
    const target = i32.add(to, i32.shl(j, 2));
    /** Reduces columns `start` to `stop`, some at a time: what `add` folds in row by row is what `write` stores. */
    const columns = (start: number, stop: number, step: number, add: () => void, write: () => void) =>
      f.for(j, start, stop, step, () => {
        f.set(source, i32.add(from, i32.shl(j, 2)));
        for (const accumulator of accumulators) accumulator.reset();
        f.for(i, 0, length, 1, () => {
          add();
          f.set(source, i32.add(source, inner * 4));
        });
        write();
      });
    const vectors = (start: number, stop: number, used: readonly Accumulator[]) =>
      columns(
        start,
        stop,
        used.length * 4,
        () => {
          for (const [k, accumulator] of used.entries()) accumulator.add(v128.load(source, k * 16));
        },
        () => {
          for (const [k, accumulator] of used.entries()) f.do(v128.store(target, accumulator.four, k * 16));
        },
      );
    const lines = inner - (inner % lineColumns);
    const whole = inner - (inner % 4);
    vectors(0, lines, accumulators);
    vectors(lines, whole, [lone]);
    columns(
      whole,
      inner,
      1,
      () => lone.add(alone(folding, source)),
      () => f.do(f32.store(target, f32x4.extractLane(lone.four, 0))),
    );
  });
}
