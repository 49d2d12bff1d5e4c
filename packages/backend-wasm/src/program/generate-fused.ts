/** A fused step as a function: loops over the outer axes, vectors of four along the innermost, the rest lane by lane. */
import {
  type FunctionBuilder,
  type FunctionRef,
  f32x4,
  i8x16,
  i16x8,
  i32,
  i32x4,
  type Local,
  type ModuleBuilder,
  v128,
} from "../assembler/index.ts";
import { VectorConstants } from "../math/constants.ts";
import type { MathOptions } from "../math/kernels.ts";
import { laneOp } from "./lane-ops.ts";
import type { FusedStep } from "./step.ts";
import { type MemoryValue, mergedAxes, type Value } from "./value.ts";

type Lane = "bool" | "int32" | "float32";

interface Stream {
  readonly dtype: Lane;
  /** Per merged axis, in bytes. */
  readonly strides: readonly number[];
  readonly pointer: Local<"i32">;
}

/** The values that the function takes addresses of, in the order of its parameters: operands in memory, then results. */
export function fusedParameters({ operands, results }: FusedStep): MemoryValue[] {
  return [...operands.filter((operand) => operand.kind === "memory"), ...results.map(({ to }) => to)];
}

/** For callers that have emitted it: steps with equal text can share a function. */
export function fusedSignature(step: FusedStep): string {
  const typeOf = (value: Value) =>
    `${value.dtype}${value.kind === "constant" ? `=${Object.is(value.value, -0) ? "-0" : value.value}` : `:${value.strides}`}`;
  const nodes = step.nodes.map(
    ({ op, attributes, inputs, dtype }) =>
      `${op}${JSON.stringify(attributes)}${inputs.map(({ from, index }) => `${from === "node" ? "n" : "o"}${index}`)}${dtype}`,
  );
  return `fused ${step.shape} ${step.operands.map(typeOf).join(" ")} ${nodes.join(" ")} ${step.results.map(({ node, to }) => `${node}:${to.strides}`).join(" ")}`;
}

export function emitFused(module: ModuleBuilder, step: FusedStep, math: MathOptions): FunctionRef {
  const values = fusedParameters(step);
  const { lengths, strides } = mergedAxes(
    step.shape,
    values.map((value) => value.strides),
  );
  return module.function(
    "fused",
    values.map(() => "i32" as const),
    "none",
    (f, pointers) => {
      const streams = values.map(({ dtype }, i): Stream => {
        const bytes = dtype === "bool" ? 1 : 4;
        return {
          dtype: laneType(dtype),
          strides: (strides[i] ?? []).map((stride) => stride * bytes),
          pointer: at(pointers, i),
        };
      });
      new FusedLoop(f, step, streams, lengths, math).emit();
    },
  );
}

class FusedLoop {
  readonly #f: FunctionBuilder;
  readonly #step: FusedStep;
  readonly #inputs: readonly Stream[];
  readonly #outputs: readonly Stream[];
  readonly #lengths: readonly number[];
  readonly #math: MathOptions;
  readonly #constants: VectorConstants;
  /** By operand of the step; those in memory and not yet loaded are missing. */
  readonly #loaded = new Map<number, Local<"v128">>();
  readonly #streamOf = new Map<number, Stream>();

  constructor(
    f: FunctionBuilder,
    step: FusedStep,
    streams: readonly Stream[],
    lengths: readonly number[],
    math: MathOptions,
  ) {
    this.#f = f;
    this.#step = step;
    this.#lengths = lengths;
    this.#math = math;
    this.#constants = new VectorConstants(f);
    const count = streams.length - step.results.length;
    this.#inputs = streams.slice(0, count);
    this.#outputs = streams.slice(count);
    let next = 0;
    for (const [i, operand] of step.operands.entries())
      if (operand.kind === "memory") this.#streamOf.set(i, at(this.#inputs, next++));
  }

  emit(): void {
    for (const { op } of this.#step.nodes) laneOp(op).declare?.(this.#constants, this.#math);
    for (const [i, operand] of this.#step.operands.entries()) {
      if (operand.kind === "constant")
        this.#loaded.set(i, this.#f.let(constantVector(operand.value, laneType(operand.dtype))));
    }
    this.#loadRepeated((stream) => stream.strides.every((stride) => stride === 0));
    this.#axis(0);
  }

  #axis(axis: number): void {
    const f = this.#f;
    const length = this.#lengths[axis] ?? 1;
    if (axis === this.#lengths.length - 1) {
      this.#innermost(length);
      return;
    }
    const counter = f.local("i32");
    const moving = [...this.#inputs, ...this.#outputs].filter(({ strides }) => strides[axis] !== 0);
    f.for(counter, 0, length, 1, () => {
      this.#axis(axis + 1);
      for (const { pointer, strides } of moving) f.set(pointer, i32.add(pointer, strides[axis] ?? 0));
    });
    for (const { pointer, strides } of moving) f.set(pointer, i32.sub(pointer, (strides[axis] ?? 0) * length));
  }

  #innermost(length: number): void {
    const f = this.#f;
    const before = new Map(this.#loaded);
    f.scope(() => {
      this.#loadRepeated((stream) => stream.strides.at(-1) === 0);
      const position = f.local("i32");
      const whole = length - (length % 4);
      if (whole > 0) f.for(position, 0, whole, 4, () => f.scope(() => this.#vector(position, 4)));
      if (whole === length) return;
      f.set(position, whole);
      f.scope(() => this.#vector(position, length - whole));
    });
    this.#loaded.clear();
    for (const [i, local] of before) this.#loaded.set(i, local);
  }

  /** Loads operands that are the same number wherever the coming loop reads them. */
  #loadRepeated(isRepeated: (stream: Stream) => boolean): void {
    for (const [i, stream] of this.#streamOf) {
      if (!this.#loaded.has(i) && isRepeated(stream)) this.#loaded.set(i, this.#f.let(splatLoad(stream)));
    }
  }

  /** `count` lanes at element `position` of the innermost axis. */
  #vector(position: Local<"i32">, count: number): void {
    const f = this.#f;
    const operands = this.#step.operands.map(
      (_, i) => this.#loaded.get(i) ?? f.let(vectorLoad(f, this.#streamAt(i), position)),
    );
    const values: Local<"v128">[] = [];
    for (const { op, attributes, inputs } of this.#step.nodes) {
      const given = inputs.map(({ from, index }) => at(from === "node" ? values : operands, index));
      const last = inputs.at(-1);
      const type =
        last?.from === "node"
          ? at(this.#step.nodes, last.index).dtype
          : laneType(at(this.#step.operands, last?.index ?? 0).dtype);
      const context = { f, constants: this.#constants, math: this.#math };
      values.push(f.let(laneOp(op).emit(context, given, type, attributes)));
    }
    for (const [i, { node }] of this.#step.results.entries())
      store(f, at(this.#outputs, i), position, at(values, node), count);
  }

  #streamAt(operand: number): Stream {
    const stream = this.#streamOf.get(operand);
    if (stream === undefined) throw new Error("internal: a constant has no stream");
    return stream;
  }
}

function at<T>(list: readonly T[], index: number): T {
  const element = list[index];
  if (element === undefined) throw new Error(`internal: no element ${index}`);
  return element;
}

function laneType(dtype: string): Lane {
  if (dtype === "bool" || dtype === "int32" || dtype === "float32") return dtype;
  throw new Error(`internal: ${dtype} in a fused loop`);
}

function constantVector(value: number, type: Lane) {
  if (type === "float32") return f32x4.constant(value);
  return i32x4.constant(type === "bool" ? -Number(value !== 0) : value);
}

function splatLoad({ dtype, pointer }: Stream) {
  if (dtype !== "bool") return v128.load32Splat(pointer);
  return i32x4.ne(i32x4.splat(i32.load8U(pointer)), i32x4.constant(0));
}

function vectorLoad(f: FunctionBuilder, { dtype, pointer }: Stream, position: Local<"i32">) {
  if (dtype !== "bool") return v128.load(i32.add(pointer, i32.shl(position, 2)));
  const bytes = f.let(v128.load32Zero(i32.add(pointer, position)));
  return i32x4.ne(i32x4.extendLowI16x8U(i16x8.extendLowI8x16U(bytes)), i32x4.constant(0));
}

/** Exactly `count` lanes: what follows may belong to somebody else. */
function store(
  f: FunctionBuilder,
  { dtype, pointer }: Stream,
  position: Local<"i32">,
  value: Local<"v128">,
  count: number,
): void {
  if (dtype === "bool") {
    const words = f.let(v128.and(value, i32x4.constant(1)));
    const bytes = f.let(i8x16.narrowI16x8U(i16x8.narrowI32x4U(words, words), i16x8.narrowI32x4U(words, words)));
    const address = f.let(i32.add(pointer, position));
    if (count === 4) f.do(v128.store32Lane(address, bytes, 0));
    else for (let lane = 0; lane < count; lane++) f.do(v128.store8Lane(address, bytes, lane, lane));
    return;
  }
  const address = f.let(i32.add(pointer, i32.shl(position, 2)));
  if (count === 4) f.do(v128.store(address, value));
  else for (let lane = 0; lane < count; lane++) f.do(v128.store32Lane(address, value, lane, lane * 4));
}
