/** A Program as steps: which ops become one loop, which are views, which are kernels, and what runs on the host. */

import { type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import { defined, type Program, type ProgramNode, UnsupportedError, type Variable } from "@tapegrad/core";
import { Group } from "./fusion.ts";
import { isElementwise } from "./lane-ops.ts";
import { lowerings } from "./lower.ts";
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
} from "./value.ts";

export interface Schedule {
  readonly steps: readonly Step[];
  readonly inputs: readonly MemoryValue[];
  /** Dense. */
  readonly outputs: readonly MemoryValue[];
}

/** @throws UnsupportedError for a region other than scan, and for float64. */
export function schedule(program: Program): Schedule {
  checkDTypes(program.inputs);
  const scheduler = new Scheduler(program);
  const inputs = program.inputs.map((input) => dense(input));
  for (const [i, { id }] of program.inputs.entries()) scheduler.values.set(id, defined(inputs[i], "input"));
  scheduler.run();
  const outputs = program.outputs.map((output) => scheduler.denseValue(output));
  return { steps: scheduler.steps, inputs, outputs };
}

/** @throws UnsupportedError for float64. */
function checkDTypes(variables: readonly Variable[]): void {
  for (const { dtype } of variables) {
    if (!hasDType(dtype))
      throw new UnsupportedError("compile", `the wasm backend has no ${dtype} programs yet`, "use float32");
  }
}

/** One Program or loop body on the way to steps. */
export class Scheduler {
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
    checkDTypes(node.outputs);
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
