/** How ops that are not elementwise become values: as views where nothing has to move, else as steps. One entry per op. */
import { type DType, isFloat, type ProgramNode, type Shape, sameShape, sizeOf, type Variable } from "@tapegrad/core";
import type { PrimitiveName } from "@tapegrad/ops";
import { indexingLowerings } from "./lower-indexing.ts";
import { attribute, type Lowering, operandAt } from "./lowering.ts";
import type { Scheduler } from "./schedule.ts";
import type { Fold, ReduceStep } from "./step.ts";
import { broadcastView, dense, isDense, isSamePlace, type MemoryValue, type Value, view } from "./value.ts";

/** Movement of a constant is the constant. */
function movement(
  move: (x: MemoryValue, node: ProgramNode, output: Variable, scheduler: Scheduler) => Value,
): Lowering {
  return (scheduler, node, output) => {
    const x = scheduler.viewed(operandAt(node, 0), output);
    return x.kind === "constant" ? { ...x, shape: output.shape } : move(x, node, output, scheduler);
  };
}

export const lowerings: Readonly<Partial<Record<PrimitiveName, Lowering>>> = {
  full: (_, node, { shape, dtype }) => ({ kind: "constant", shape, dtype, value: attribute<number>(node, "value") }),
  alias: movement((x) => x),
  stopGradient: movement((x) => x),
  reshape: (scheduler, node, output) => {
    const input = operandAt(node, 0);
    const x = scheduler.viewed(input, output);
    if (x.kind === "constant") return { ...x, shape: output.shape };
    if (isDense(x)) return dense(output, x.address);
    return inBlocks(x, output.shape) ?? dense(output, scheduler.denseValue(input).address);
  },
  broadcastTo: movement((x, _, output) => broadcastView(x, output.shape)),
  transpose: movement((x, node, output) =>
    view(
      x,
      output.shape,
      attribute<readonly number[]>(node, "axes").map((axis) => x.strides[axis] ?? 0),
    ),
  ),
  slice: movement((x, node, output) => {
    const [starts, steps] = [attribute<readonly number[]>(node, "starts"), attribute<readonly number[]>(node, "steps")];
    const first = x.strides.reduce((at, stride, axis) => at + stride * (starts[axis] ?? 0), 0);
    return view(
      x,
      output.shape,
      x.strides.map((stride, axis) => stride * (steps[axis] ?? 1)),
      first,
    );
  }),
  flip: movement((x, node, output) => {
    const axes = attribute<readonly number[]>(node, "axes").map((axis) => axis + x.shape.length);
    const first = axes.reduce((at, axis) => at + (x.strides[axis] ?? 0) * ((x.shape[axis] ?? 1) - 1), 0);
    return view(
      x,
      output.shape,
      x.strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      sizeOf(x.shape) === 0 ? 0 : first,
    );
  }),
  pad: (scheduler, node, output) => {
    const from = scheduler.value(operandAt(node, 0));
    const to = scheduler.place(output);
    const [low, interior] = [attribute<readonly number[]>(node, "low"), attribute<readonly number[]>(node, "interior")];
    const first = to.strides.reduce((at, stride, axis) => at + stride * (low[axis] ?? 0), 0);
    const inside = view(
      to,
      from.shape,
      to.strides.map((stride, axis) => stride * ((interior[axis] ?? 0) + 1)),
      first,
    );
    scheduler.steps.push({ kind: "copy", from, to: inside, clear: to });
    return to;
  },
  concat: (scheduler, node, output) => {
    const to = scheduler.place(output);
    const axis = output.shape.length + attribute<number>(node, "axis");
    let start = 0;
    const parts = node.inputs.map((input) => {
      const part = view(to, input.shape, to.strides, start * (to.strides[axis] ?? 1));
      scheduler.placeEarly(input, part);
      start += input.shape[axis] ?? 0;
      return { input, part };
    });
    for (const { input, part } of parts) {
      const from = scheduler.value(input);
      if (!isSamePlace(from, part)) scheduler.steps.push({ kind: "copy", from, to: part });
    }
    return to;
  },
  iota: (scheduler, node, output) => {
    const to = scheduler.place(output);
    const [start, step] = [attribute<number>(node, "start"), attribute<number>(node, "step")];
    scheduler.steps.push({ kind: "iota", start, step, to });
    return to;
  },
  randomBits: (scheduler, node, output) => {
    const state = scheduler.denseValue(operandAt(node, 0));
    const to = scheduler.place(output);
    scheduler.steps.push({ kind: "randomBits", bits: attribute<number>(node, "bits"), state, to });
    return to;
  },
  matmul: (scheduler, node, output) => {
    if (!isFloat(output.dtype)) return undefined;
    const [a, b] = [operandAt(node, 0), operandAt(node, 1)];
    const flags = {
      transposeLeft: attribute<boolean>(node, "transposeLeft"),
      transposeRight: attribute<boolean>(node, "transposeRight"),
    };
    // Sums of nothing.
    if (sizeOf(a.shape) === 0) return { kind: "constant", shape: output.shape, dtype: output.dtype, value: 0 };
    const batch = output.shape.slice(0, -2);
    // One matrix on the right for every batch entry: the entries' rows are the rows of one product.
    const isTall =
      batch.length > 0 &&
      a.shape.length === output.shape.length &&
      sizeOf(b.shape.slice(0, -2)) === 1 &&
      !flags.transposeLeft;
    const [left, right] = [scheduler.denseValue(a), scheduler.denseValue(b)];
    const to = scheduler.place(output);
    const matrix = ({ shape, dtype, address }: MemoryValue, rows: number) =>
      dense({ shape: [rows, shape.at(-1) ?? 1], dtype }, address);
    const entries = (value: MemoryValue) => broadcastView(value, [...batch, ...value.shape.slice(-2)]);
    scheduler.steps.push(
      isTall
        ? {
            kind: "matmul",
            left: matrix(left, sizeOf(left.shape.slice(0, -1))),
            right: matrix(right, right.shape.at(-2) ?? 1),
            to: matrix(to, sizeOf(to.shape.slice(0, -1))),
            ...flags,
          }
        : { kind: "matmul", left: entries(left), right: entries(right), to, ...flags },
    );
    return to;
  },
  sum: reduction("sum"),
  max: reduction("max"),
  min: reduction("min"),
  argmax: positionReduction("argmax"),
  argmin: positionReduction("argmin"),
  ...indexingLowerings,
};

/** `x` with its first axis cut into blocks of one length, where the reshape is that: a loop over blocks reads them where they lie. */
function inBlocks(x: MemoryValue, shape: Shape): MemoryValue | undefined {
  const [stride = 0, ...inner] = x.strides;
  const [, length = 0] = shape;
  const isInBlocks = shape.length === x.shape.length + 1 && sameShape(shape.slice(2), x.shape.slice(1));
  return isInBlocks ? view(x, shape, [stride * length, stride, ...inner]) : undefined;
}

export const folds: readonly Fold[] = ["sum", "max", "min"];

/** The result of no elements. */
export function neutral(fold: Fold, dtype: DType): number {
  if (fold === "sum") return 0;
  if (fold === "max") return isFloat(dtype) ? -Infinity : -(2 ** 31);
  return isFloat(dtype) ? Infinity : 2 ** 31 - 1;
}

function reduction(op: Fold): Lowering {
  return (scheduler, node, output) => {
    const x = operandAt(node, 0);
    const { shape, dtype } = output;
    if (dtype === "bool") return undefined;
    if (sizeOf(x.shape) === 0) return { kind: "constant", shape, dtype, value: neutral(op, dtype) };
    if (sizeOf(x.shape) === sizeOf(shape)) return scheduler.value(x);
    return reduced(scheduler, op, x, output);
  };
}

function positionReduction(op: "argmax" | "argmin"): Lowering {
  return (scheduler, node, output) => {
    const x = operandAt(node, 0);
    if (sizeOf(x.shape) === sizeOf(output.shape))
      return { kind: "constant", shape: output.shape, dtype: output.dtype, value: 0 };
    return reduced(scheduler, op, x, output);
  };
}

function reduced(scheduler: Scheduler, op: ReduceStep["op"], x: Variable, output: Variable): MemoryValue {
  const from = scheduler.inMemory(x);
  const to = scheduler.place(output);
  scheduler.steps.push({ kind: "reduce", op, from, to: broadcastView(to, x.shape) });
  return to;
}
