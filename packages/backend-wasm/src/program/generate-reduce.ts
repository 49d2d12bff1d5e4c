/**
 * Reductions of views over any axes. The innermost loop runs along the axis that is contiguous in memory: if that axis is
 * reduced, several vectors at a time along it, else a vector of columns at a time across it.
 */

import { mergedAxes, type ReduceStep } from "@tapegrad/compiler";
import { bytesPerElement, type ComputedDType, type DType } from "@tapegrad/core";
import { computing, defined } from "@tapegrad/core/internal";
import {
  type Expression,
  type FunctionBuilder,
  f64x2,
  i16x8,
  i32,
  i32x4,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import { type Accumulation, accumulationOf } from "./accumulation.ts";
import { Accumulator, storeLane, upFrom } from "./accumulator.ts";
import { layoutText, nest, parameter, type StepFunction, type Walker } from "./loop-nest.ts";

type Vector = Expression<"v128">;

/** The function's parameters: target, source. */
export function reduceFunction(step: ReduceStep): StepFunction {
  const { op, from, to } = step;
  return {
    text: `${op} ${layoutText(from)} to [${to.strides}]`,
    values: [to, from],
    emit: (module: ModuleBuilder) =>
      module.function(op, ["i32", "i32"], "none", (f, parameters) => {
        new Reduction(f, step, parameter(parameters, 0), parameter(parameters, 1)).emit();
      }),
  };
}

interface Loads {
  /** An element for every lane. */
  readonly all: (address: Expression<"i32">, offset: number) => Vector;
  /** One element for lane 0; in the others `identity`. */
  readonly alone: (address: Expression<"i32">, identity: number) => Vector;
}

/** How elements come into the lanes that they are folded in. */
const word: Loads = {
  all: (address, offset) => v128.load(address, offset),
  alone: (address, identity) =>
    identity === 0 ? v128.load32Zero(address) : v128.load32Lane(address, i32x4.constant(identity), 0),
};
const loads: Readonly<Record<ComputedDType, Loads>> = {
  bool: {
    all: (address, offset) => i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(v128.load32Zero(address, offset))),
    alone: (address, identity) => i32x4.replaceLane(i32x4.constant(identity), 0, i32.load8U(address)),
  },
  int32: word,
  float32: word,
  float64: {
    all: word.all,
    alone: (address, identity) =>
      identity === 0 ? v128.load64Zero(address) : v128.load64Lane(address, f64x2.constant(identity), 0),
  },
};

/** How many vectors along a row have running results of their own, so that one need not wait for the other. */
const registersAlong = 4;
/** So many columns at a time are a cache line. */
const columnVectors = 4;

class Reduction {
  readonly #f: FunctionBuilder;
  readonly #to: Local<"i32">;
  readonly #from: Local<"i32">;
  readonly #accumulation: Accumulation;
  readonly #load: Loads;
  readonly #bytes: number;
  readonly #resultBytes: number;
  readonly #lengths: readonly number[];
  /** In bytes, per merged axis. */
  readonly #source: readonly number[];
  readonly #target: readonly number[];

  constructor(f: FunctionBuilder, step: ReduceStep, to: Local<"i32">, from: Local<"i32">) {
    this.#f = f;
    this.#to = to;
    this.#from = from;
    this.#accumulation = accumulationOf(step.op, step.from.dtype);
    this.#load = loads[computing(step.from.dtype)];
    this.#bytes = bytesPerElement(step.from.dtype);
    this.#resultBytes = bytesPerElement(step.to.dtype);
    const { lengths, source, target } = layout(step);
    this.#lengths = lengths;
    this.#source = source;
    this.#target = target;
  }

  emit(): void {
    const last = this.#lengths.length - 1;
    const isAcross = this.#target[last] !== 0 && this.#source[last] === this.#bytes;
    const kept = this.#axes((axis) => this.#target[axis] !== 0 && !(isAcross && axis === last));
    nest(
      this.#f,
      kept.map((axis) => this.#lengths[axis] ?? 1),
      [this.#walker(this.#to, this.#target, kept), this.#walker(this.#from, this.#source, kept)],
      () => {
        if (isAcross) this.#acrossRows(last);
        else this.#alongRow();
      },
    );
  }

  get #reducedAxes(): number[] {
    return this.#axes((axis) => this.#target[axis] === 0);
  }

  #axes(test: (axis: number) => boolean): number[] {
    return [...this.#lengths.keys()].filter(test);
  }

  #walker(pointer: Local<"i32">, strides: readonly number[], axes: readonly number[]): Walker {
    return { pointer, strides: axes.map((axis) => strides[axis] ?? 0) };
  }

  /** All reduced axes but the innermost around `body`, which gets that one. */
  #reduced(pointer: Local<"i32">, body: (length: number, stride: number) => void): void {
    const inner = defined(this.#reducedAxes.at(-1), "reduced axis");
    const outer = this.#reducedAxes.slice(0, -1);
    const lengths = outer.map((axis) => this.#lengths[axis] ?? 1);
    nest(this.#f, lengths, [this.#walker(pointer, this.#source, outer)], () =>
      body(this.#lengths[inner] ?? 1, this.#source[inner] ?? 0),
    );
  }

  #alongRow(): void {
    const f = this.#f;
    const { lanes } = this.#accumulation;
    f.scope(() => {
      const longest = Math.max(1, Math.floor((this.#lengths[this.#reducedAxes.at(-1) ?? 0] ?? 1) / lanes));
      const count = Math.min(longest, registersAlong / this.#accumulation.registers);
      const accumulators = Array.from({ length: count }, (_, k) => new Accumulator(f, this.#accumulation, lanes * k));
      const first = defined(accumulators[0], "accumulator");
      for (const accumulator of accumulators) accumulator.reset();
      this.#reduced(this.#from, (length, stride) => {
        const i = f.local("i32");
        const address = i32.add(this.#from, i32.mul(i, stride));
        const vectors = (start: number, stop: number, used: readonly Accumulator[]) =>
          f.for(i, start, stop, lanes * used.length, () => {
            for (const [k, accumulator] of used.entries()) {
              const positions = i32x4.add(i32x4.splat(i), upFrom(lanes * k));
              accumulator.add(this.#load.all(address, lanes * k * this.#bytes), positions);
            }
          });
        const isDense = stride === this.#bytes;
        const lines = isDense ? length - (length % (lanes * count)) : 0;
        const whole = isDense ? length - (length % lanes) : 0;
        vectors(0, lines, accumulators);
        vectors(lines, whole, [first]);
        f.for(i, whole, length, 1, () =>
          first.add(this.#load.alone(address, this.#accumulation.identityElement), i32x4.splat(i)),
        );
      });
      for (const other of accumulators.slice(1)) first.merge(other);
      f.do(storeLane(this.#resultBytes, this.#to, f.let(first.one), 0));
    });
  }

  #acrossRows(axis: number): void {
    const f = this.#f;
    const width = this.#lengths[axis] ?? 1;
    const stride = this.#target[axis] ?? 0;
    const { lanes } = this.#accumulation;
    f.scope(() => {
      const [j, source, target] = [f.local("i32"), f.local("i32"), f.local("i32")];
      const accumulators = Array.from({ length: columnVectors }, () => new Accumulator(f, this.#accumulation, 0));
      /** Reduces columns `start` to `stop`, `count` at a time; beyond an odd number of them the last vector may read. */
      const columns = (start: number, stop: number, count: number) => {
        const used = accumulators.slice(0, Math.ceil(count / lanes));
        f.for(j, start, stop, count, () => {
          f.set(source, i32.add(this.#from, i32.mul(j, this.#bytes)));
          f.set(target, i32.add(this.#to, i32.mul(j, stride)));
          for (const accumulator of used) accumulator.reset(i32x4.constant(0));
          this.#reduced(source, (length, step) => {
            const i = f.local("i32");
            f.for(i, 0, length, 1, () => {
              for (const [k, accumulator] of used.entries())
                accumulator.add(this.#load.all(source, lanes * k * this.#bytes), i32x4.splat(i));
              f.set(source, i32.add(source, step));
            });
            f.set(source, i32.sub(source, step * length));
          });
          for (const [k, { all }] of used.entries())
            f.scope(() => this.#storeColumns(target, stride, all, lanes * k, Math.min(lanes, count)));
        });
      };
      const lines = width - (width % (lanes * columnVectors));
      const whole = width - (width % lanes);
      columns(0, lines, lanes * columnVectors);
      columns(lines, whole, lanes);
      columns(whole, width, width - whole);
    });
  }

  /** `count` columns from number `first` on. */
  #storeColumns(target: Local<"i32">, stride: number, columns: Vector, first: number, count: number): void {
    const f = this.#f;
    const bytes = this.#resultBytes;
    if (count * bytes === 16 && stride === bytes) {
      f.do(v128.store(target, columns, bytes * first));
      return;
    }
    const vector = f.let(columns);
    for (let lane = 0; lane < count; lane++)
      f.do(storeLane(bytes, i32.add(target, (first + lane) * stride), vector, lane));
  }
}

/** Merged axes from the farthest apart in memory to the closest, repeated ones outermost; strides in bytes. */
function layout({ from, to }: ReduceStep): { lengths: number[]; source: number[]; target: number[] } {
  const distance = (axis: number) => Math.abs(from.strides[axis] ?? 0) || Number.POSITIVE_INFINITY;
  const order = [...from.shape.keys()].sort((a, b) =>
    distance(a) === distance(b) ? a - b : distance(b) - distance(a),
  );
  const ordered = (list: readonly number[]) => order.map((axis) => list[axis] ?? 0);
  const { lengths, strides } = mergedAxes(ordered(from.shape), [ordered(from.strides), ordered(to.strides)]);
  const inBytes = (list: readonly number[] | undefined, dtype: DType) =>
    (list ?? []).map((stride) => stride * bytesPerElement(dtype));
  return { lengths, source: inBytes(strides[0], from.dtype), target: inBytes(strides[1], to.dtype) };
}
