/** A fused step as a function: loops over the outer axes, vectors along the innermost, the rest lane by lane. */

import { type Address, type Fold, type FusedStep, isRun, mergedAxes, type Storage } from "@tapegrad/compiler";
import { bytesPerElement, type DType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  i32,
  i32x4,
  type Local,
  type ModuleBuilder,
} from "../assembler/index.ts";
import { VectorConstants } from "../math/constants.ts";
import { type Accumulation, accumulationOf, combining, firstLanes } from "./accumulation.ts";
import { Accumulator, storeLane } from "./accumulator.ts";
import { elements } from "./elements.ts";
import { declareConstants, nodesText, valuesOfNodes } from "./fused-nodes.ts";
import { formOf, type LaneLayout, layoutOf, storeLanes } from "./lane-layout.ts";
import type { LaneMath } from "./lane-ops.ts";

/** Values whose addresses stay a fixed distance apart, so that one pointer serves them all. */
interface Pointer {
  /** The lowest of them. */
  readonly address: Address;
  /** Per merged axis, in bytes. */
  readonly strides: readonly number[];
}

interface Stream {
  readonly dtype: DType;
  readonly pointer: number;
  /** Bytes behind the pointer. */
  readonly offset: number;
}

/** How a fused step reaches its operands and results. */
export interface AccessPattern {
  readonly lengths: readonly number[];
  readonly pointers: readonly Pointer[];
  /** Of operands in memory, then of results. */
  readonly streams: readonly Stream[];
}

/** `placeOf` says where a storage lies, if all such places keep their distance. */
export function accessPatternOf(step: FusedStep, placeOf: (storage: Storage) => number | undefined): AccessPattern {
  const values = [...step.operands.filter((operand) => operand.kind === "memory"), ...step.results.map(({ to }) => to)];
  if (!values.every(isRun)) throw new Error("internal: vectors of what does not lie side by side");
  const { lengths, strides } = mergedAxes(
    step.shape,
    values.map((value) => value.strides),
  );
  const located = values.map(({ address, dtype }, i) => {
    const place = placeOf(address.storage);
    const inBytes = (strides[i] ?? []).map((stride) => stride * bytesPerElement(dtype));
    return {
      address,
      dtype,
      strides: inBytes,
      storage: place === undefined ? address.storage : undefined,
      at: (place ?? 0) + address.offset * bytesPerElement(dtype),
    };
  });
  const families = Map.groupBy(located, ({ strides, dtype, storage, address: { terms } }) =>
    JSON.stringify([
      strides,
      storage && numberOf(storage),
      terms.map(({ counter, elements }) => [numberOf(counter), elements * bytesPerElement(dtype)]),
    ]),
  );
  const pointers: Pointer[] = [];
  const streams = new Map<object, Stream>();
  for (const family of families.values()) {
    const lowest = family.reduce((a, b) => (b.at < a.at ? b : a));
    const pointer = pointers.push(lowest) - 1;
    for (const value of family) streams.set(value, { dtype: value.dtype, pointer, offset: value.at - lowest.at });
  }
  return { lengths, pointers, streams: located.map((value) => defined(streams.get(value), "stream")) };
}

const numbers = new WeakMap<object, number>();
let nextNumber = 0;

/** Different for different objects. */
function numberOf(object: object): number {
  const number = numbers.get(object) ?? nextNumber++;
  numbers.set(object, number);
  return number;
}

/** Steps with equal text can share a function. */
export function fusedText(step: FusedStep, { lengths, pointers, streams }: AccessPattern): string {
  return `fused ${nodesText(step)} ${JSON.stringify([lengths, pointers.map(({ strides }) => strides), streams])}`;
}

/** The function's parameters are the pointers. */
export function emitFused(module: ModuleBuilder, step: FusedStep, access: AccessPattern, math: LaneMath): FunctionRef {
  return module.function(
    `fused ${step.nodes.length} ops [${step.shape}]`,
    access.pointers.map(() => "i32" as const),
    "none",
    (f, pointers) => new FusedLoop(f, step, access, pointers, math).emit(),
  );
}

/** A result that a run is folded into. */
interface RunningFold {
  readonly fold: Fold;
  readonly dtype: DType;
  readonly accumulation: Accumulation;
  /** As many as vectors are in flight. */
  readonly accumulators: readonly Accumulator[];
}

/** So many vectors of a run are in flight where accumulation would otherwise wait for itself: in short loops. */
const vectorsInFlight = 2;
const shortLoop = 8;

class FusedLoop {
  readonly #f: FunctionBuilder;
  readonly #step: FusedStep;
  readonly #access: AccessPattern;
  readonly #pointers: readonly Local<"i32">[];
  readonly #math: LaneMath;
  readonly #layout: LaneLayout;
  readonly #constants: VectorConstants;
  /** By operand of the step; those in memory and not yet loaded are missing. */
  readonly #loaded = new Map<number, Local<"v128">>();
  readonly #streamOf = new Map<number, Stream>();
  readonly #outputs: readonly Stream[];
  /** By result, what the run under way is folded into. */
  readonly #running = new Map<number, RunningFold>();

  constructor(
    f: FunctionBuilder,
    step: FusedStep,
    access: AccessPattern,
    pointers: readonly Local<"i32">[],
    math: LaneMath,
  ) {
    this.#f = f;
    this.#step = step;
    this.#access = access;
    this.#pointers = pointers;
    this.#math = math;
    this.#layout = layoutOf([...step.operands, ...step.nodes].map(({ dtype }) => dtype));
    this.#constants = new VectorConstants(f);
    this.#outputs = access.streams.slice(access.streams.length - step.results.length);
    let next = 0;
    for (const [i, operand] of step.operands.entries())
      if (operand.kind === "memory") this.#streamOf.set(i, at(access.streams, next++));
  }

  emit(): void {
    declareConstants(this.#step, this.#constants, this.#math);
    for (const [i, operand] of this.#step.operands.entries()) {
      if (operand.kind === "constant")
        this.#loaded.set(i, this.#f.let(elements[operand.dtype].constant(operand.value)));
    }
    this.#loadRepeated((strides) => strides.every((stride) => stride === 0));
    this.#axis(0);
  }

  #axis(axis: number): void {
    const f = this.#f;
    const length = this.#access.lengths[axis] ?? 1;
    if (axis === this.#access.lengths.length - 1) {
      this.#innermost(length);
      return;
    }
    f.for(f.local("i32"), 0, length, 1, () => {
      this.#axis(axis + 1);
      this.#move(axis, 1);
    });
    this.#move(axis, -length);
  }

  /** Moves all pointers by so many elements along an axis. */
  #move(axis: number, elements: number): void {
    for (const [i, { strides }] of this.#access.pointers.entries()) {
      const pointer = at(this.#pointers, i);
      const bytes = (strides[axis] ?? 0) * elements;
      if (bytes !== 0) this.#f.set(pointer, i32.add(pointer, bytes));
    }
  }

  #innermost(length: number): void {
    const f = this.#f;
    const axis = this.#access.lengths.length - 1;
    const before = new Map(this.#loaded);
    f.scope(() => {
      this.#loadRepeated((strides) => strides[axis] === 0);
      const { lanes } = this.#layout;
      const inFlight = this.#beginFolds(axis, length);
      let [done, moved] = [0, 0];
      /** Vectors up to element `end`, `count` at a time; where they are all, the pointers stay where they are. */
      const vectors = (end: number, count: number) => {
        const some = (ahead: number) =>
          f.scope(() => {
            for (let k = 0; k < count; k++) this.#vector(lanes, ahead + k * lanes, k);
          });
        if (end - done === lanes * count) some(done - moved);
        else if (end > done) {
          this.#move(axis, done - moved);
          f.for(f.local("i32"), done, end, lanes * count, () => {
            some(0);
            this.#move(axis, lanes * count);
          });
          moved = end;
        }
        done = end;
      };
      vectors(length - (length % (lanes * inFlight)), inFlight);
      vectors(length - (length % lanes), 1);
      if (length > done) f.scope(() => this.#vector(length - done, done - moved, 0));
      this.#move(axis, -moved);
      this.#endFolds();
    });
    this.#loaded.clear();
    for (const [i, local] of before) this.#loaded.set(i, local);
  }

  /** Loads operands that are the same number wherever the coming loop reads them. */
  #loadRepeated(isRepeated: (strides: readonly number[]) => boolean): void {
    for (const [i, { dtype, pointer, offset }] of this.#streamOf) {
      if (!this.#loaded.has(i) && isRepeated(at(this.#access.pointers, pointer).strides))
        this.#loaded.set(i, this.#f.let(elements[dtype].splat(at(this.#pointers, pointer), offset)));
    }
  }

  /** `count` lanes, so many elements ahead of where the pointers are; vectors in flight at once have numbers. */
  #vector(count: number, ahead: number, number: number): void {
    const f = this.#f;
    const operands = this.#step.operands.map((_, i) => this.#loaded.get(i) ?? f.let(this.#load(i, ahead)));
    const context = { f, constants: this.#constants, math: this.#math, layout: this.#layout };
    const values = valuesOfNodes(this.#step, context, operands);
    for (const [i, { node, fold }] of this.#step.results.entries()) {
      const value = at(values, node);
      const running = this.#running.get(i);
      if (running !== undefined) {
        const { accumulation, accumulators } = running;
        at(accumulators, number).add(firstLanes(accumulation, value, count), i32x4.constant(0));
        continue;
      }
      const { dtype, pointer } = at(this.#outputs, i);
      const [address, offset] = [at(this.#pointers, pointer), this.#offsetOf(at(this.#outputs, i), ahead)];
      const there = () => formOf(this.#layout, dtype).load(f, address, offset);
      const stored = fold === undefined ? value : f.let(combining(fold, dtype)(there(), value));
      storeLanes(f, this.#layout, dtype, { address, offset }, stored, count);
    }
  }

  /** Sets up the results that a run along the axis is folded into. How many vectors are to be in flight. */
  #beginFolds(axis: number, length: number): number {
    const along = [...this.#step.results.entries()].flatMap(([i, { fold }]) => {
      const { dtype, pointer } = at(this.#outputs, i);
      const isAlong = this.#access.pointers[pointer]?.strides[axis] === 0;
      return fold === undefined || !isAlong ? [] : [{ i, fold, dtype }];
    });
    const isShort = along.length > 0 && this.#step.nodes.length <= shortLoop;
    const inFlight = isShort && length >= vectorsInFlight * this.#layout.lanes ? vectorsInFlight : 1;
    for (const { i, fold, dtype } of along) {
      const accumulation = accumulationOf(fold, dtype);
      const accumulators = Array.from({ length: inFlight }, () => new Accumulator(this.#f, accumulation, 0));
      for (const accumulator of accumulators) accumulator.reset();
      this.#running.set(i, { fold, dtype, accumulation, accumulators });
    }
    return inFlight;
  }

  /** Folds what the run has come to into what is in memory. */
  #endFolds(): void {
    const f = this.#f;
    for (const [i, { fold, dtype, accumulators }] of this.#running) {
      const { pointer, offset } = at(this.#outputs, i);
      const [address, first] = [at(this.#pointers, pointer), at(accumulators, 0)];
      for (const other of accumulators.slice(1)) first.merge(other);
      f.scope(() => {
        const total = f.let(combining(fold, dtype)(elements[dtype].splat(address, offset), first.one));
        f.do(storeLane(bytesPerElement(dtype), address, total, 0, offset));
      });
    }
    this.#running.clear();
  }

  /** Bytes behind its pointer of a stream's element so many ahead in the run. */
  #offsetOf({ pointer, offset }: Stream, ahead: number): number {
    return offset + ahead * (at(this.#access.pointers, pointer).strides.at(-1) ?? 0);
  }

  #load(operand: number, ahead: number): Expression<"v128"> {
    const stream = defined(this.#streamOf.get(operand), "stream");
    const address = at(this.#pointers, stream.pointer);
    return formOf(this.#layout, stream.dtype).load(this.#f, address, this.#offsetOf(stream, ahead));
  }
}

function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new Error(`internal: no element ${index}`);
  return element;
}
