/** A fused step as a function: loops over the outer axes, vectors along the innermost, the rest lane by lane. */

import { type Address, type FusedNode, type FusedStep, isRun, mergedAxes, type Storage } from "@tapegrad/compiler";
import { bytesPerElement, type DType, defined } from "@tapegrad/core";
import {
  type Expression,
  type FunctionBuilder,
  type FunctionRef,
  i32,
  type Local,
  type ModuleBuilder,
} from "../assembler/index.ts";
import { VectorConstants } from "../math/constants.ts";
import { constantVector, formOf, type LaneLayout, layoutOf, splatLoad } from "./lane-layout.ts";
import { type LaneMath, laneOp } from "./lane-ops.ts";

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
export interface Access {
  readonly lengths: readonly number[];
  readonly pointers: readonly Pointer[];
  /** Of operands in memory, then of results. */
  readonly streams: readonly Stream[];
}

/** `placeOf` says where a storage lies, if all such places keep their distance. */
export function accessOf(step: FusedStep, placeOf: (storage: Storage) => number | undefined): Access {
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
export function fusedText(step: FusedStep, { lengths, pointers, streams }: Access): string {
  const constants = step.operands.map((operand) =>
    operand.kind === "memory"
      ? operand.dtype
      : `${operand.dtype}=${Object.is(operand.value, -0) ? "-0" : operand.value}`,
  );
  const nodes = step.nodes.map(
    ({ op, attributes, inputs, dtype }) =>
      `${op}${JSON.stringify(attributes)}${inputs.map(({ from, index }) => `${from === "node" ? "n" : "o"}${index}`)}${dtype}`,
  );
  const layout = [lengths, pointers.map(({ strides }) => strides), streams, step.results.map(({ node }) => node)];
  return `fused ${constants.join(" ")} ${nodes.join(" ")} ${JSON.stringify(layout)}`;
}

/** The function's parameters are the pointers. */
export function emitFused(module: ModuleBuilder, step: FusedStep, access: Access, math: LaneMath): FunctionRef {
  return module.function(
    `fused ${step.nodes.length} ops [${step.shape}]`,
    access.pointers.map(() => "i32" as const),
    "none",
    (f, pointers) => new FusedLoop(f, step, access, pointers, math).emit(),
  );
}

class FusedLoop {
  readonly #f: FunctionBuilder;
  readonly #step: FusedStep;
  readonly #access: Access;
  readonly #pointers: readonly Local<"i32">[];
  readonly #math: LaneMath;
  readonly #layout: LaneLayout;
  readonly #constants: VectorConstants;
  /** By operand of the step; those in memory and not yet loaded are missing. */
  readonly #loaded = new Map<number, Local<"v128">>();
  readonly #streamOf = new Map<number, Stream>();
  readonly #outputs: readonly Stream[];

  constructor(f: FunctionBuilder, step: FusedStep, access: Access, pointers: readonly Local<"i32">[], math: LaneMath) {
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
    for (const node of this.#step.nodes)
      laneOp(node.op).declare?.(this.#constants, this.#math, this.#typeOf(node), node.dtype);
    for (const [i, operand] of this.#step.operands.entries()) {
      if (operand.kind === "constant") this.#loaded.set(i, this.#f.let(constantVector(operand.value, operand.dtype)));
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
      const whole = length - (length % lanes);
      const vector = () => f.scope(() => this.#vector(lanes));
      if (whole === lanes) vector();
      else if (whole > 0)
        f.for(f.local("i32"), 0, whole, lanes, () => {
          vector();
          this.#move(axis, lanes);
        });
      if (whole === length) {
        if (whole > lanes) this.#move(axis, -whole);
        return;
      }
      if (whole === lanes) this.#move(axis, lanes);
      f.scope(() => this.#vector(length - whole));
      this.#move(axis, -whole);
    });
    this.#loaded.clear();
    for (const [i, local] of before) this.#loaded.set(i, local);
  }

  /** Loads operands that are the same number wherever the coming loop reads them. */
  #loadRepeated(isRepeated: (strides: readonly number[]) => boolean): void {
    for (const [i, { dtype, pointer, offset }] of this.#streamOf) {
      if (!this.#loaded.has(i) && isRepeated(at(this.#access.pointers, pointer).strides))
        this.#loaded.set(i, this.#f.let(splatLoad(dtype, at(this.#pointers, pointer), offset)));
    }
  }

  /** `count` lanes from where the pointers are. */
  #vector(count: number): void {
    const f = this.#f;
    const operands = this.#step.operands.map((_, i) => this.#loaded.get(i) ?? f.let(this.#load(i)));
    const values: Local<"v128">[] = [];
    const context = { f, constants: this.#constants, math: this.#math, layout: this.#layout };
    for (const node of this.#step.nodes) {
      const given = node.inputs.map(({ from, index }) => at(from === "node" ? values : operands, index));
      values.push(f.let(laneOp(node.op).emit(context, given, this.#typeOf(node), node.dtype)));
    }
    for (const [i, { node }] of this.#step.results.entries()) {
      const { dtype, pointer, offset } = at(this.#outputs, i);
      const form = formOf(this.#layout, dtype);
      const [address, value] = [at(this.#pointers, pointer), at(values, node)];
      if (count === this.#layout.lanes) form.store(f, address, value, offset);
      else form.storeSome(f, address, value, offset, count);
    }
  }

  /** Of a node's operands, the last if they differ. */
  #typeOf({ inputs }: FusedNode): DType {
    const { from, index } = defined(inputs.at(-1), "operand");
    return at<{ readonly dtype: DType }>(from === "node" ? this.#step.nodes : this.#step.operands, index).dtype;
  }

  #load(operand: number): Expression<"v128"> {
    const { dtype, pointer, offset } = defined(this.#streamOf.get(operand), "stream");
    return formOf(this.#layout, dtype).load(this.#f, at(this.#pointers, pointer), offset);
  }
}

function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new Error(`internal: no element ${index}`);
  return element;
}
