/** Steps of Programs as plain loops over words, to compare kernels with. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import type { FusedStep, MatmulStep, MemoryValue, PlainStep, RowsStep, Value } from "@tapegrad/compiler";
import { apply, type DType, dtypeTable, type OpDefinition, type Shape } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import { primitives } from "@tapegrad/ops";
import type { Places } from "./step-runner.ts";

type Index = readonly number[];

/** All positions of a shape, in row-major order. */
export function indicesOf(shape: Shape): Index[] {
  return shape.reduce<Index[]>(
    (indices, length) => indices.flatMap((index) => Array.from({ length }, (_, i) => [...index, i])),
    [[]],
  );
}

/** What values hold, as numbers. */
export class Memory {
  readonly #integers: Int32Array;
  readonly #floats: Float32Array;
  readonly #places: Places;

  constructor(words: Uint32Array, places: Places) {
    this.#integers = new Int32Array(words.buffer);
    this.#floats = new Float32Array(words.buffer);
    this.#places = places;
  }

  /** `further`: elements to skip. */
  read(value: Value, index: Index, further = 0): number {
    if (value.kind === "constant") return value.value;
    return defined(this.#view(value.dtype)[this.#at(value, index) + further], "element");
  }

  write(value: MemoryValue, index: Index, element: number, further = 0): void {
    this.#view(value.dtype)[this.#at(value, index) + further] = element;
  }

  #view(dtype: DType) {
    return dtype === "float32" ? this.#floats : this.#integers;
  }

  #at({ address: { storage, offset }, strides }: MemoryValue, index: Index): number {
    return index.reduce(
      (at, i, axis) => at + i * (strides[axis] ?? 0),
      defined(this.#places.get(storage), "place") + offset,
    );
  }
}

export function carryOut(step: PlainStep, memory: Memory): void {
  switch (step.kind) {
    case "copy":
      if (step.clear !== undefined) for (const index of indicesOf(step.clear.shape)) memory.write(step.clear, index, 0);
      for (const index of indicesOf(step.to.shape)) memory.write(step.to, index, memory.read(step.from, index));
      return;
    case "reduce": {
      const { op, from, to } = step;
      const axis = to.strides.findIndex((stride, axis) => stride === 0 && from.shape[axis] !== 1);
      const seen = new Map<string, { index: Index; result: number; position: number }>();
      for (const index of indicesOf(from.shape)) {
        const kept = index.map((i, axis) => (to.strides[axis] === 0 ? 0 : i));
        const x = memory.read(from, index);
        const before = seen.get(kept.join());
        const isFirst = before === undefined;
        const found = before ?? { index: kept, result: x, position: index[axis] ?? 0 };
        if (isFirst) seen.set(kept.join(), found);
        else if (op === "sum") found.result += x;
        else if (op === "max" || op === "min") found.result = Math[op](found.result, x);
        else if (op === "argmax" ? isBeyond(x, found.result) : isBeyond(-x, -found.result)) {
          found.result = x;
          found.position = index[axis] ?? 0;
        }
      }
      for (const { index, result, position } of seen.values())
        memory.write(to, index, op.startsWith("arg") ? position : result);
      return;
    }
    case "cumulate": {
      const { from, to, axis } = step;
      for (const index of indicesOf(from.shape)) {
        const k = index[axis] ?? 0;
        const before = k === 0 ? 0 : memory.read(to, index.with(axis, k - 1));
        memory.write(to, index, before + memory.read(from, index));
      }
      return;
    }
    case "sort": {
      const { from, to, axis, descending } = step;
      const length = from.shape[axis] ?? 1;
      for (const line of indicesOf(from.shape.with(axis, 1))) {
        const elementAt = (k: number) => memory.read(from, line.with(axis, k));
        const compare = (a: number, b: number) => Number(isBeyond(a, b)) - Number(isBeyond(b, a));
        const order = Array.from({ length }, (_, k) => k).sort(
          (a, b) => compare(elementAt(a), elementAt(b)) * (descending ? -1 : 1),
        );
        for (const [k, position] of order.entries()) memory.write(to, line.with(axis, k), position);
      }
      return;
    }
    case "iota":
      for (const [i, index] of indicesOf(step.to.shape).entries())
        memory.write(step.to, index, step.start + i * step.step);
      return;
    case "randomBits": {
      const { bits, state, to } = step;
      const words = Int32Array.from([0, 1, 2], (i) => memory.read(state, [i]));
      const drawn = apply(primitives.randomBits, [fromHost(words, [3], "int32", cpuBackend)], {
        shape: to.shape,
        bits,
      }).dataSync();
      for (const [i, index] of indicesOf(to.shape).entries()) memory.write(to, index, drawn[i] ?? 0);
      return;
    }
    case "rows":
      carryOutRows(step, memory);
      return;
    case "matmul":
      carryOutMatmul(step, memory);
      return;
    case "fused":
      for (const index of indicesOf(step.shape))
        carryOutFused(
          step,
          memory,
          index,
          step.operands.map((operand) => memory.read(operand, index)),
        );
      return;
    case "host":
      throw new Error("no reference for steps of the host");
  }
}

function carryOutMatmul(
  { left, right, to, transposeLeft, transposeRight, epilogue }: MatmulStep,
  memory: Memory,
): void {
  const inner = left.shape.at(transposeLeft ? -2 : -1) ?? 1;
  for (const [position, index] of indicesOf(to.shape).entries()) {
    const batch = index.slice(0, -2);
    const [row = 0, column = 0] = index.slice(-2);
    let total = 0;
    for (let k = 0; k < inner; k++) {
      const a = memory.read(left, [...batch, ...(transposeLeft ? [k, row] : [row, k])]);
      const b = memory.read(right, [...batch, ...(transposeRight ? [column, k] : [k, column])]);
      total += a * b;
    }
    if (epilogue === undefined || epilogue.keepsResult) memory.write(to, index, total);
    if (epilogue === undefined) continue;
    const { step, operand } = epilogue;
    const at = placeOf(position, step.shape);
    const operands = step.operands.map((value, i) => (i === operand ? total : memory.read(value, at)));
    carryOutFused(step, memory, at, operands);
  }
}

/** The row-major `position` of a shape as an index. */
function placeOf(position: number, shape: Shape): Index {
  let rest = position;
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    index[axis] = rest % length;
    rest = Math.floor(rest / length);
  }
  return index;
}

/** One element of a fused loop, op by op on the reference backend. */
function carryOutFused(
  { nodes, operands, results }: FusedStep,
  memory: Memory,
  index: Index,
  given: readonly number[],
): void {
  const definitions = new Map(Object.values<OpDefinition>(primitives).map((op) => [op.name, op]));
  const computed: { value: number; dtype: DType }[] = [];
  for (const { op, attributes, inputs, dtype } of nodes) {
    const tensors = inputs.map(({ from, index: i }) => {
      const { value, dtype: held } =
        from === "node"
          ? defined(computed[i], "node")
          : { value: given[i], dtype: defined(operands[i], "operand").dtype };
      return fromHost(dtypeTable[held].array.from([defined(value, "operand")]), [], held, cpuBackend);
    });
    const value = apply(defined(definitions.get(op), "op"), tensors, attributes).itemSync();
    computed.push({ value, dtype });
  }
  for (const { node, to } of results) memory.write(to, index, defined(computed[node], "node").value);
}

/** In the order of values, NaN last. */
function isBeyond(a: number, b: number): boolean {
  return a > b || (Number.isNaN(a) && !Number.isNaN(b));
}

function carryOutRows({ mode, table, indices, rows, length, stride }: RowsStep, memory: Memory): void {
  for (const index of indicesOf(rows.shape)) {
    const row = memory.read(indices, index);
    const isInside = row >= 0 && row < length;
    const missing = rows.dtype === "float32" ? Number.NaN : 0;
    if (mode === "take") memory.write(rows, index, isInside ? memory.read(table, index, row * stride) : missing);
    else if (isInside) {
      const sum = memory.read(table, index, row * stride) + memory.read(rows, index);
      memory.write(table, index, sum, row * stride);
    }
  }
}
