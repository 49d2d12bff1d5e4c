/** How ops that are not elementwise become values: as views where nothing has to move, else as steps. One entry per op. */
import { defined, type ProgramNode, type Shape, sizeOf, type Variable } from "@tapegrad/core";
import type { Scheduler } from "./schedule.ts";
import { broadcastView, dense, type MemoryValue, type Value, view } from "./value.ts";

/** How an op that is not elementwise becomes a value, adding steps; undefined leaves it to the host. */
type Lowering = (scheduler: Scheduler, node: ProgramNode, output: Variable) => Value | undefined;

function attribute<T>(node: ProgramNode, name: string): T {
  return (node.attributes as Record<string, T>)[name] as T; // The record's own attributes, by its name in the table below.
}

/** Movement of a constant is the constant. */
function movement(
  move: (x: MemoryValue, node: ProgramNode, output: Variable, scheduler: Scheduler) => Value,
): Lowering {
  return (scheduler, node, output) => {
    const x = scheduler.value(defined(node.inputs[0], "operand"));
    return x.kind === "constant" ? { ...x, shape: output.shape } : move(x, node, output, scheduler);
  };
}

export const lowerings: Readonly<Record<string, Lowering>> = {
  full: (_, node, { shape, dtype }) => ({ kind: "constant", shape, dtype, value: attribute<number>(node, "value") }),
  alias: movement((x) => x),
  stopGradient: movement((x) => x),
  reshape: (scheduler, node, output) => {
    const x = scheduler.value(defined(node.inputs[0], "operand"));
    if (x.kind === "constant") return { ...x, shape: output.shape };
    return dense(output, scheduler.denseValue(defined(node.inputs[0], "operand")).address);
  },
  broadcastTo: movement((x, _, output) => broadcastView(x, output.shape)),
  transpose: movement((x, node, output) =>
    view(
      x,
      output.shape,
      attribute<number[]>(node, "axes").map((axis) => x.strides[axis] ?? 0),
    ),
  ),
  slice: movement((x, node, output) => {
    const [starts, steps] = [attribute<number[]>(node, "starts"), attribute<number[]>(node, "steps")];
    const first = x.strides.reduce((at, stride, axis) => at + stride * (starts[axis] ?? 0), 0);
    return view(
      x,
      output.shape,
      x.strides.map((stride, axis) => stride * (steps[axis] ?? 1)),
      first,
    );
  }),
  flip: movement((x, node, output) => {
    const axes = attribute<number[]>(node, "axes").map((axis) => axis + x.shape.length);
    const first = axes.reduce((at, axis) => at + (x.strides[axis] ?? 0) * ((x.shape[axis] ?? 1) - 1), 0);
    return view(
      x,
      output.shape,
      x.strides.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
      sizeOf(x.shape) === 0 ? 0 : first,
    );
  }),
  pad: (scheduler, node, output) => {
    const from = scheduler.value(defined(node.inputs[0], "operand"));
    const to = scheduler.place(output);
    const [low, interior] = [attribute<number[]>(node, "low"), attribute<number[]>(node, "interior")];
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
    for (const input of node.inputs) {
      const from = scheduler.value(input);
      scheduler.steps.push({
        kind: "copy",
        from,
        to: view(to, input.shape, to.strides, start * (to.strides[axis] ?? 1)),
      });
      start += input.shape[axis] ?? 0;
    }
    return to;
  },
  matmul: (scheduler, node, output) => {
    const [a, b] = node.inputs.map(({ shape }) => shape);
    const flags = {
      transposeLeft: attribute<boolean>(node, "transposeLeft"),
      transposeRight: attribute<boolean>(node, "transposeRight"),
    };
    const rank = output.shape.length;
    const batch = output.shape.slice(0, -2);
    const isBatched = (shape: Shape | undefined) => shape?.slice(0, -2).join() === batch.join();
    // One matrix on the right for every batch entry: the entries' rows are the rows of one product.
    const isTall = isBatched(a) && b?.length === 2 && rank > 2 && !flags.transposeLeft;
    if (!(isTall || (isBatched(a) && isBatched(b))) || output.dtype !== "float32") return undefined;
    if ([a, b, output.shape].some((shape) => shape?.includes(0))) return undefined;
    const [left, right] = [operandDense(scheduler, node.inputs[0]), operandDense(scheduler, node.inputs[1])];
    const to = scheduler.place(output);
    const rows = (value: MemoryValue) =>
      dense({ shape: [sizeOf(value.shape.slice(0, -1)), value.shape.at(-1) ?? 1], dtype: value.dtype }, value.address);
    scheduler.steps.push({
      kind: "matmul",
      left: isTall ? rows(left) : left,
      right,
      to: isTall ? rows(to) : to,
      ...flags,
    });
    return to;
  },
  sum: reduction("sum"),
  max: reduction("max"),
  min: reduction("min"),
  take: (scheduler, node, output) => {
    const [x, indices] = node.inputs;
    if (
      attribute<number>(node, "axis") !== -(x?.shape.length ?? 0) ||
      output.dtype === "bool" ||
      sizeOf(output.shape) === 0
    )
      return undefined;
    const step = {
      kind: "rows",
      mode: "take",
      table: operandDense(scheduler, x),
      indices: operandDense(scheduler, indices),
      rows: scheduler.place(output),
    } as const;
    scheduler.steps.push(step);
    return step.rows;
  },
  indexAdd: (scheduler, node, output) => {
    const [x, indices, updates] = node.inputs;
    if (
      attribute<number>(node, "axis") !== -(x?.shape.length ?? 0) ||
      output.dtype !== "float32" ||
      sizeOf(output.shape) === 0
    )
      return undefined;
    const table = scheduler.place(output);
    scheduler.steps.push({ kind: "copy", from: scheduler.value(defined(x, "operand")), to: table });
    const step = {
      kind: "rows",
      mode: "add",
      table,
      indices: operandDense(scheduler, indices),
      rows: operandDense(scheduler, updates),
    } as const;
    scheduler.steps.push(step);
    return table;
  },
};

function operandDense(scheduler: Scheduler, variable: Variable | undefined): MemoryValue {
  return scheduler.denseValue(defined(variable, "operand"));
}

function reduction(op: "sum" | "max" | "min"): Lowering {
  return (scheduler, node, output) => {
    const x = defined(node.inputs[0], "operand");
    const axes = attribute<number[]>(node, "axes").map((axis) => axis + x.shape.length);
    const [first, last] = [Math.min(...axes), Math.max(...axes)];
    const isBlock = axes.length === last - first + 1;
    if (!isBlock || output.dtype !== "float32" || sizeOf(x.shape) === 0) return undefined;
    const [outer, length, inner] = [
      x.shape.slice(0, first),
      x.shape.slice(first, last + 1),
      x.shape.slice(last + 1),
    ].map(sizeOf);
    const step = {
      kind: "reduce",
      op,
      from: operandDense(scheduler, x),
      to: scheduler.place(output),
      outer: outer ?? 1,
      length: length ?? 1,
      inner: inner ?? 1,
    } as const;
    scheduler.steps.push(step);
    return step.to;
  };
}
