/** Lowerings of ops that are not elementwise: to a view if no element has to move, else to a step. One entry per op. */
import { isFloat, type ProgramNode, type Shape, sameShape, sizeOf, type Variable } from "@tapegrad/core";
import { type PrimitiveNode, primitiveName } from "../rewrite/primitive-node.ts";
import { type Fold, identityOf, perFold } from "./folds.ts";
import { indexingLowerings } from "./lower-indexing.ts";
import type { Lowering, Lowerings, Scheduling } from "./lowering.ts";
import type { ReduceStep } from "./step.ts";
import { broadcastView, dense, isDense, isSamePlace, type MemoryValue, type Value, view } from "./value.ts";

/** A node with one operand, and attributes A. */
interface UnaryNode<A> {
  readonly attributes: A;
  readonly inputs: readonly [Variable];
}

/** Movement of a constant is the constant. */
function movement<A>(
  move: (x: MemoryValue, attributes: A, output: Variable) => Value,
): (scheduler: Scheduling, node: UnaryNode<A>, output: Variable) => Value {
  return (scheduler, { attributes, inputs: [input] }, output) => {
    const x = scheduler.viewed(input, output);
    return x.kind === "constant" ? { ...x, shape: output.shape } : move(x, attributes, output);
  };
}

const lowerings = {
  full: (_, { attributes: { value } }, { shape, dtype }) => ({ kind: "constant", shape, dtype, value }),
  alias: movement((x) => x),
  stopGradient: movement((x) => x),
  reshape: (scheduler, { inputs: [input] }, output) => {
    const x = scheduler.viewed(input, output);
    if (x.kind === "constant") return { ...x, shape: output.shape };
    if (isDense(x)) return dense(output, x.address);
    return inBlocks(x, output.shape) ?? dense(output, scheduler.denseValue(input).address);
  },
  broadcastTo: movement((x, _, output) => broadcastView(x, output.shape)),
  transpose: movement((x, { axes }, output) =>
    view(
      x,
      output.shape,
      axes.map((axis) => x.strides[axis] ?? 0),
    ),
  ),
  slice: movement((x, { starts, steps }, output) => {
    const first = x.strides.reduce((at, stride, axis) => at + stride * (starts[axis] ?? 0), 0);
    return view(
      x,
      output.shape,
      x.strides.map((stride, axis) => stride * (steps[axis] ?? 1)),
      first,
    );
  }),
  flip: movement((x, attributes, output) => {
    const axes = attributes.axes.map((axis) => axis + x.shape.length);
    const first = axes.reduce((at, axis) => at + (x.strides[axis] ?? 0) * ((x.shape[axis] ?? 1) - 1), 0);
    return view(
      x,
      output.shape,
      x.strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      sizeOf(x.shape) === 0 ? 0 : first,
    );
  }),
  pad: (scheduler, { attributes: { low, interior }, inputs: [x] }, output) => {
    const from = scheduler.value(x);
    const to = scheduler.place(output);
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
  concat: (scheduler, { attributes, inputs }, output) => {
    const to = scheduler.place(output);
    const axis = output.shape.length + attributes.axis;
    let start = 0;
    const parts = inputs.map((input) => {
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
  iota: (scheduler, { attributes: { start, step } }, output) => {
    const to = scheduler.place(output);
    scheduler.steps.push({ kind: "iota", start, step, to });
    return to;
  },
  randomBits: (scheduler, { attributes: { bits }, inputs: [generator] }, output) => {
    const state = scheduler.denseValue(generator);
    const to = scheduler.place(output);
    scheduler.steps.push({ kind: "randomBits", bits, state, to });
    return to;
  },
  matmul: (scheduler, { attributes: { transposeLeft, transposeRight }, inputs: [a, b] }, output) => {
    if (!isFloat(output.dtype)) return undefined;
    const flags = { transposeLeft, transposeRight };
    // Sums without terms.
    if (sizeOf(a.shape) === 0) return { kind: "constant", shape: output.shape, dtype: output.dtype, value: 0 };
    const batch = output.shape.slice(0, -2);
    // One matrix on the right for every batch entry: the entries' rows are the rows of one product.
    const isTall =
      batch.length > 0 &&
      a.shape.length === output.shape.length &&
      sizeOf(b.shape.slice(0, -2)) === 1 &&
      !transposeLeft;
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
  ...perFold(reduction),
  argmax: positionReduction("argmax"),
  argmin: positionReduction("argmin"),
  ...indexingLowerings,
} satisfies Lowerings;

/** The ops that have a lowering. */
export type LoweredName = keyof typeof lowerings;
/** The names of the ops that have a lowering. */
export const loweredNames: readonly string[] = Object.keys(lowerings);

/** `x` with its first axis cut into blocks of one length, where the reshape is that: a loop over blocks reads them where they lie. */
function inBlocks(x: MemoryValue, shape: Shape): MemoryValue | undefined {
  const [stride = 0, ...inner] = x.strides;
  const [, length = 0] = shape;
  const isInBlocks = shape.length === x.shape.length + 1 && sameShape(shape.slice(2), x.shape.slice(1));
  return isInBlocks ? view(x, shape, [stride * length, stride, ...inner]) : undefined;
}

function reduction(op: Fold): Lowering<Fold> {
  return (scheduler, { inputs: [x] }, output) => {
    const { shape, dtype } = output;
    if (dtype === "bool") return undefined;
    if (sizeOf(x.shape) === 0) return { kind: "constant", shape, dtype, value: identityOf(op, dtype) };
    if (sizeOf(x.shape) === sizeOf(shape)) return scheduler.value(x);
    return reduced(scheduler, op, x, output);
  };
}

function positionReduction(op: "argmax" | "argmin"): Lowering<"argmax" | "argmin"> {
  return (scheduler, { inputs: [x] }, output) => {
    if (sizeOf(x.shape) === sizeOf(output.shape))
      return { kind: "constant", shape: output.shape, dtype: output.dtype, value: 0 };
    return reduced(scheduler, op, x, output);
  };
}

function reduced(scheduler: Scheduling, op: ReduceStep["op"], x: Variable, output: Variable): MemoryValue {
  const from = scheduler.inMemory(x);
  const to = scheduler.place(output);
  scheduler.steps.push({ kind: "reduce", op, from, to: broadcastView(to, x.shape) });
  return to;
}

/** The value of a primitive's node by its entry; undefined where there is none, or the host has to compute it. */
export function lowered(scheduler: Scheduling, node: ProgramNode, output: Variable): Value | undefined {
  const name = primitiveName(node.op);
  const lower = name && ((lowerings as Lowerings)[name] as Lowering<typeof name> | undefined);
  return lower?.(scheduler, node as PrimitiveNode, output); // The name is that of both.
}
