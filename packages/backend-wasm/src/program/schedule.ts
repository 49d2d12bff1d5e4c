/** A Program as steps: which ops become one loop, which are views, which are kernels, and what runs on the host. */

import { type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import {
  defined,
  type Program,
  type ProgramNode,
  type Shape,
  sizeOf,
  UnsupportedError,
  type Variable,
} from "@tapegrad/core";
import { Group } from "./fusion.ts";
import { isElementwise } from "./lane-ops.ts";
import type { Step } from "./step.ts";
import {
  type Address,
  broadcastView,
  dense,
  elementOf,
  hasDType,
  isDense,
  type MemoryValue,
  mergedAxes,
  slotOf,
  type Value,
  view,
} from "./value.ts";

export interface Schedule {
  readonly steps: readonly Step[];
  readonly inputs: readonly MemoryValue[];
  /** Dense. */
  readonly outputs: readonly MemoryValue[];
}

/** @throws UnsupportedError for a region other than scan, and for float64. */
export function schedule(program: Program): Schedule {
  const scheduler = new Scheduler(program);
  const inputs = program.inputs.map((input) => dense(input));
  for (const [i, { id }] of program.inputs.entries()) scheduler.values.set(id, defined(inputs[i], "input"));
  scheduler.run();
  const outputs = program.outputs.map((output) => scheduler.denseValue(output));
  return { steps: scheduler.steps, inputs, outputs };
}

/** One Program or loop body on the way to steps. */
class Scheduler {
  readonly steps: Step[] = [];
  readonly values = new Map<number, Value>();
  /** Where the result of a variable has to be, when that is known before it is computed. */
  readonly places = new Map<number, Address>();
  readonly #program: Program;
  readonly #groups: Group[] = [];
  readonly #readers = new Map<number, ProgramNode[]>();
  readonly #returned: ReadonlySet<number>;

  constructor(program: Program) {
    this.#program = program;
    this.#returned = new Set(program.outputs.map(({ id }) => id));
    for (const node of program.nodes) {
      for (const { id } of node.inputs) this.#readers.set(id, [...(this.#readers.get(id) ?? []), node]);
    }
  }

  run(): void {
    for (const node of this.#program.nodes) this.#node(node);
    for (const group of [...this.#groups]) this.#flush(group);
  }

  #node(node: ProgramNode): void {
    for (const { dtype } of node.outputs) {
      if (!hasDType(dtype))
        throw new UnsupportedError("compile", `the wasm backend has no ${dtype} programs yet`, "use float32");
    }
    if (node.op === scanOp) {
      this.#loop(node, node.attributes as ScanAttributes); // By the record's identity.
      return;
    }
    if ("run" in node.op) throw new UnsupportedError("compile", `the wasm backend cannot compile ${node.op.name} yet`);
    if (isElementwise(node)) {
      this.#elementwise(node);
      return;
    }
    const output = defined(node.outputs[0], "output");
    const value = lowerings[node.op.name]?.(this, node, output) ?? this.#host(node, output);
    this.values.set(output.id, value);
  }

  #elementwise(node: ProgramNode): void {
    const [output] = node.outputs;
    const { shape } = defined(output, "output");
    const sources = [
      ...new Set(node.inputs.map((input) => this.#groupOf(input)).filter((group) => group !== undefined)),
    ];
    const joined = sources.filter((group) => group.accepts(shape));
    for (const group of sources) if (!joined.includes(group)) this.#flush(group);
    const [first, ...others] = joined;
    for (const other of others) {
      first?.absorb(other);
      this.#groups.splice(this.#groups.indexOf(other), 1);
    }
    const group = first ?? new Group(shape);
    if (first === undefined) this.#groups.push(group);
    group.add(node, (variable) => this.#operand(variable, shape));
  }

  #groupOf(variable: Variable): Group | undefined {
    return this.#groups.find((group) => group.indexOf(variable) >= 0);
  }

  /** An operand of a fused loop over `shape`: innermost it must be contiguous or repeat. */
  #operand(variable: Variable, shape: readonly number[]): Value {
    const value = this.value(variable);
    if (value.kind === "constant") return value;
    const seen = broadcastView(value, shape);
    const { strides } = mergedAxes(shape, [seen.strides]);
    const innermost = strides[0]?.at(-1) ?? 0;
    return innermost === 0 || innermost === 1 ? seen : broadcastView(this.#copied(value), shape);
  }

  /** Ends a group: its loop becomes a step, and whatever is read outside gets a place. */
  #flush(group: Group): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
    const results = group.variables.flatMap((variable, node) => {
      const readers = this.#readers.get(variable.id) ?? [];
      if (!this.#returned.has(variable.id) && readers.every((reader) => group.members.has(reader))) return [];
      const to = this.place(variable);
      this.values.set(variable.id, to);
      return [{ node, to }];
    });
    if (results.length === 0) return;
    this.steps.push({ kind: "fused", shape: group.shape, operands: group.operands, nodes: group.nodes, results });
  }

  /** A value that is computed by now. */
  value(variable: Variable): Value {
    const group = this.#groupOf(variable);
    if (group !== undefined) this.#flush(group);
    return defined(this.values.get(variable.id), "value");
  }

  inMemory(variable: Variable): MemoryValue {
    const value = this.value(variable);
    return value.kind === "memory" ? value : this.#copied(value);
  }

  denseValue(variable: Variable): MemoryValue {
    const value = this.inMemory(variable);
    if (isDense(value)) return value;
    const copy = this.#copied(value);
    this.values.set(variable.id, copy);
    return copy;
  }

  #copied(value: Value): MemoryValue {
    const to = dense(value);
    this.steps.push({ kind: "copy", from: value, to });
    return to;
  }

  /** Where the result of `variable` is written. */
  place(variable: Variable): MemoryValue {
    return dense(variable, this.places.get(variable.id));
  }

  #host(node: ProgramNode, output: Variable): MemoryValue {
    const to = this.place(output);
    const operands = node.inputs.map((input) => this.denseValue(input));
    this.steps.push({ kind: "host", op: node.op.name, attributes: node.attributes, operands, to });
    return to;
  }

  #loop(node: ProgramNode, { body, carries, elements, length, reverse }: ScanAttributes): void {
    const outer = node.inputs.map((input) => this.value(input));
    const counter = { name: `t${this.steps.length}` };
    const inner = new Scheduler(body);
    const states = body.inputs.slice(0, carries).map((input) => dense(input));
    for (const [i, state] of states.entries())
      this.steps.push({ kind: "copy", from: defined(outer[i], "initial carry"), to: state });
    for (const [i, { id }] of body.inputs.entries()) {
      const value = defined(outer[i], "operand");
      const isElement = i >= carries && i < carries + elements;
      inner.values.set(id, states[i] ?? (isElement ? elementOf(value, counter) : value));
    }
    const stacks = body.outputs.slice(carries).map(({ shape, dtype }) => dense({ shape: [length, ...shape], dtype }));
    const slots = stacks.map((stack) => slotOf(stack, counter));
    const given = new Set(body.inputs.map(({ id }) => id));
    for (const [k, { id }] of body.outputs.slice(carries).entries()) {
      if (!given.has(id) && !inner.places.has(id)) inner.places.set(id, defined(slots[k], "slot"));
    }
    inner.run();
    inner.#store(body.outputs.slice(carries), slots);
    inner.#advance(body.outputs.slice(0, carries), states);
    this.steps.push({ kind: "loop", counter, length, reverse, body: inner.steps });
    for (const [i, { id }] of node.outputs.entries())
      this.values.set(id, defined(states[i] ?? stacks[i - carries], "result"));
  }

  /** Outputs that were not computed in their slots are copied there. */
  #store(outputs: readonly Variable[], slots: readonly Address[]): void {
    for (const [k, output] of outputs.entries()) {
      const slot = defined(slots[k], "slot");
      const value = this.value(output);
      if (value.kind === "memory" && value.address === slot) continue;
      this.steps.push({ kind: "copy", from: value, to: dense(output, slot) });
    }
  }

  /** The carries take their next values, all at once: one that lies in another carry's place is saved first. */
  #advance(next: readonly Variable[], states: readonly MemoryValue[]): void {
    const places = new Set(states.map(({ address }) => address.storage));
    const values = next.map((variable, i) => {
      const value = this.value(variable);
      const isOwn = value.kind === "memory" && value.address.storage === states[i]?.address.storage && isDense(value);
      return value.kind === "memory" && places.has(value.address.storage) && !isOwn ? this.#copied(value) : value;
    });
    for (const [i, from] of values.entries()) {
      const to = defined(states[i], "state");
      if (from.kind === "memory" && from.address.storage === to.address.storage) continue;
      this.steps.push({ kind: "copy", from, to });
    }
  }
}

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

const lowerings: Readonly<Record<string, Lowering>> = {
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
