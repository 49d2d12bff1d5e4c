/** A Program as steps: which ops become one loop, which are views, which are kernels, and what runs on the host. */

import { type CondAttributes, condOp, type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import {
  isFloat,
  isRegion,
  type Program,
  type ProgramNode,
  type Shape,
  sameShape,
  sizeOf,
  UnsupportedError,
  type Variable,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { nameOf } from "../rewrite/graph.ts";
import { absorbCopies } from "./absorb-copies.ts";
import { Group } from "./fusion.ts";
import { folds, lowerings, neutral } from "./lower.ts";
import { operandAt } from "./lowering.ts";
import { newState, type State } from "./state.ts";
import type { FusedResult, Schedule, Step } from "./step.ts";
import type { Target } from "./target.ts";
import {
  type Address,
  broadcastView,
  dense,
  elementOf,
  isDense,
  isRun,
  isSamePlace,
  type MemoryValue,
  slotOf,
  type Value,
} from "./value.ts";

/**
 * Makes the steps of a Program.
 * @throws UnsupportedError for a region other than scan and cond, and for what only a host could do where there is none.
 */
export function schedule(program: Program, target: Target): Schedule {
  const scheduler = new Scheduler(program, target);
  const inputs = program.inputs.map((input) => dense(input));
  for (const [i, { id }] of program.inputs.entries()) scheduler.values.set(id, defined(inputs[i], "input"));
  scheduler.run();
  const outputs = program.outputs.map((output) => scheduler.denseValue(output));
  return { steps: absorbCopies(scheduler.steps, target), inputs, outputs };
}

/** One Program or loop body on the way to steps. */
export class Scheduler {
  readonly steps: Step[] = [];
  readonly values = new Map<number, Value>();
  /** Where the result of a variable has to be, when that is known before it is computed. */
  readonly places = new Map<number, MemoryValue>();
  readonly target: Target;
  /** A loop's states whose next values may be computed in place, once nothing else reads the values of now. */
  readonly #states = new Map<number, MemoryValue>();
  /** The node being looked at. */
  #position = 0;
  readonly #program: Program;
  readonly #groups: Group[] = [];
  readonly #readers = new Map<number, ProgramNode[]>();
  readonly #returned: ReadonlySet<number>;

  constructor(program: Program, target: Target) {
    this.target = target;
    this.#program = program;
    this.#returned = new Set(program.outputs.map(({ id }) => id));
    for (const node of program.nodes) {
      for (const { id } of node.inputs) this.#readers.set(id, [...(this.#readers.get(id) ?? []), node]);
    }
  }

  run(): void {
    for (const [position, node] of this.#program.nodes.entries()) {
      this.#position = position;
      this.#node(node);
    }
    this.#position = this.#program.nodes.length;
    for (const group of [...this.#groups]) this.#flush(group);
  }

  #node(node: ProgramNode): void {
    if (node.op === scanOp) {
      this.#loop(node, node.attributes as ScanAttributes); // By the record's identity.
      return;
    }
    if (node.op === condOp) {
      this.#cond(node, node.attributes as CondAttributes); // By the record's identity.
      return;
    }
    if (isRegion(node.op)) throw this.#unsupported(node);
    const output = defined(node.outputs[0], "output");
    // Of nothing, nothing is computed.
    if (sizeOf(output.shape) === 0) {
      this.values.set(output.id, this.place(output));
      return;
    }
    if (this.target.isElementwise(node)) {
      this.#elementwise(node);
      return;
    }
    if (this.#fold(node, output)) return;
    const lower = node.op.host === undefined ? lowerings[nameOf(node.op)] : undefined;
    const value = lower?.(this, node, output) ?? this.#host(node, output);
    this.values.set(output.id, value);
  }

  #unsupported({ op }: ProgramNode): UnsupportedError {
    return new UnsupportedError("compile", `the ${this.target.name} backend cannot compile ${op.name}`);
  }

  #elementwise(node: ProgramNode): void {
    const [output] = node.outputs;
    const { shape } = defined(output, "output");
    for (const input of node.inputs) {
      const group = this.#groupOf(input);
      if (group?.hasFold(input)) this.#flush(group);
    }
    const sources = [
      ...new Set(node.inputs.map((input) => this.#groupOf(input)).filter((group) => group !== undefined)),
    ];
    const first = sources.find((group) => group.accepts(node));
    for (const other of sources) {
      if (other === first) continue;
      if (first?.accepts(node, other) !== true || !sameShape(other.shape, shape)) {
        this.#flush(other);
        continue;
      }
      first.absorb(other);
      this.#groups.splice(this.#groups.indexOf(other), 1);
    }
    const group = first ?? new Group(shape, this.target);
    if (first === undefined) this.#groups.push(group);
    group.add(node, (variable) => this.#operand(variable, shape));
  }

  /** Whether the node became part of the open loop that computes its operand. */
  #fold(node: ProgramNode, output: Variable): boolean {
    const fold = folds.find((name) => name === node.op.name);
    if (fold === undefined) return false;
    const input = operandAt(node, 0);
    const group = this.#groupOf(input);
    if (group === undefined || group.hasFold(input)) return false;
    if (sizeOf(input.shape) === sizeOf(output.shape) || !this.target.foldsInLoop(input, output)) return false;
    if (!group.hasRoom(fold)) return false;
    const to = this.place(output);
    this.values.set(output.id, to);
    group.addFold(node, fold, to);
    return true;
  }

  /** What `output` is a view of: a value that is computed by now, or a fold of a loop that is still open. */
  viewed(variable: Variable, output: Variable): Value {
    const group = this.#groupOf(variable);
    if (!group?.hasFold(variable)) return this.value(variable);
    group.addView(output);
    return defined(this.values.get(variable.id), "value");
  }

  #groupOf(variable: Variable): Group | undefined {
    return this.#groups.find((group) => group.indexOf(variable) >= 0 || group.hasFold(variable));
  }

  /** An operand of a fused loop over `shape`; where the loop reads runs, innermost it must be contiguous or repeat. */
  #operand(variable: Variable, shape: readonly number[]): Value {
    const value = this.value(variable);
    if (value.kind === "constant") return value;
    const seen = broadcastView(value, shape);
    if (!this.target.needsRuns) return seen;
    return isRun(seen) ? seen : broadcastView(this.#copied(value), shape);
  }

  /** Ends a group: its loop becomes a step, and whatever is read outside gets a place. */
  #flush(group: Group): void {
    this.#groups.splice(this.#groups.indexOf(group), 1);
    const isInStep = ({ storage }: Address, to: Shape) =>
      group.operands.every(
        (operand) =>
          operand.kind === "constant" ||
          operand.address.storage !== storage ||
          (isDense(operand) && sameShape(operand.shape, to)),
      );
    const results = group.variables.flatMap((variable, node): FusedResult[] => {
      const readers = this.#readers.get(variable.id) ?? [];
      if (!this.#returned.has(variable.id) && readers.every((reader) => group.members.has(reader))) return [];
      const to = this.place(variable, ({ address }) => isInStep(address, variable.shape));
      this.values.set(variable.id, to);
      return [{ node, to }];
    });
    const folded = group.folds.map(({ node, fold, to }): FusedResult => {
      const { shape, dtype } = to;
      this.steps.push({ kind: "copy", from: { kind: "constant", shape, dtype, value: neutral(fold, dtype) }, to });
      return { node, fold, to: broadcastView(to, group.shape) };
    });
    if (results.length + folded.length === 0) return;
    this.steps.push({
      kind: "fused",
      shape: group.shape,
      operands: group.operands,
      nodes: group.nodes,
      results: [...results, ...folded],
    });
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

  /**
   * Where the result of `variable` is written. A loop's state takes its next value in place if nothing reads the value of now
   * any more; `mayOverwrite` says whether the step that is being made does not mind.
   */
  place(variable: Variable, mayOverwrite: (state: MemoryValue) => boolean = () => true): MemoryValue {
    const state = this.#states.get(variable.id);
    if (state !== undefined && mayOverwrite(state) && this.#isReadNoMore(state)) return state;
    return this.places.get(variable.id) ?? dense(variable);
  }

  /** A result that is computed only when a loop ends up as a step is computed right where it is to be. */
  placeEarly(variable: Variable, to: MemoryValue): void {
    const isOpen = this.#groupOf(variable) !== undefined && !this.#returned.has(variable.id);
    if (isOpen && isRun(to) && !this.places.has(variable.id)) this.places.set(variable.id, to);
  }

  /** Whether there is one reader, of this Program, and no other. */
  isReadOnce({ id }: Variable): boolean {
    return !this.#returned.has(id) && this.#readers.get(id)?.length === 1;
  }

  #host(node: ProgramNode, output: Variable): MemoryValue {
    if (!this.target.hasHost || isRegion(node.op)) throw this.#unsupported(node);
    const to = this.place(output);
    const operands = node.inputs.map((input) => this.denseValue(input));
    this.steps.push({ kind: "host", op: node.op, attributes: node.attributes, operands, to });
    return to;
  }

  /** Whether no step to come, of this round, reads what lies where `state` does. */
  #isReadNoMore({ address: { storage } }: MemoryValue): boolean {
    const isThere = (value: Value) => value.kind === "memory" && value.address.storage === storage;
    if (this.#groups.some(({ operands }) => operands.some(isThere))) return false;
    const toCome = new Set(this.#program.nodes.slice(this.#position));
    return [...this.values].every(
      ([id, value]) =>
        !isThere(value) ||
        !(this.#returned.has(id) || (this.#readers.get(id) ?? []).some((reader) => toCome.has(reader))),
    );
  }

  #loop(node: ProgramNode, { body, carries, elements, length, reverse }: ScanAttributes): void {
    const outer = node.inputs.map((input) => this.value(input));
    // Indices are there before the loop, so that sums by index over its rounds may begin in it.
    for (const group of [...this.#groups]) if (!group.variables.some(({ dtype }) => isFloat(dtype))) this.#flush(group);
    const counter = { name: `t${this.steps.length}` };
    const inner = new Scheduler(body, this.target);
    const next = body.outputs.slice(0, carries);
    const outputs = body.outputs.slice(carries);
    const states = body.inputs.slice(0, carries).map((input, i) =>
      newState(input, next.indexOf(defined(next[i], "carry")) === i ? next[i] : undefined, {
        outputs,
        length,
        reverse,
        counter,
      }),
    );
    for (const [i, { first }] of states.entries())
      this.steps.push({ kind: "copy", from: defined(outer[i], "initial carry"), to: first });
    for (const [i, { id }] of body.inputs.entries()) {
      const value = defined(outer[i], "operand");
      const isElement = i >= carries && i < carries + elements;
      inner.values.set(id, states[i]?.now ?? (isElement ? elementOf(value, counter) : value));
    }
    const given = new Set(body.inputs.map(({ id }) => id));
    for (const [i, { id }] of next.entries()) {
      const { now, next: place } = defined(states[i], "state");
      if (given.has(id) || inner.places.has(id) || inner.#states.has(id)) continue;
      if (now === place) inner.#states.set(id, place);
      else inner.places.set(id, place);
    }
    const stacks = outputs.map(({ id, shape, dtype }) => {
      const known = states.map(({ stacks }) => stacks.get(id)).find((stack) => stack !== undefined);
      return known ?? dense({ shape: [length, ...shape], dtype });
    });
    inner.#compute(
      outputs,
      stacks.map((stack) => slotOf(stack, counter)),
    );
    inner.#advance(next, states);
    this.steps.push({ kind: "loop", counter, length, reverse, body: inner.steps });
    for (const [i, { id }] of node.outputs.entries())
      this.values.set(id, defined(states[i]?.last ?? stacks[i - carries], "result"));
  }

  #cond(node: ProgramNode, { whenTrue, whenFalse }: CondAttributes): void {
    const [predicate, ...inputs] = node.inputs;
    const operands = inputs.map((input) => this.value(input));
    const test = this.inMemory(defined(predicate, "predicate"));
    const results = node.outputs.map((output) => this.place(output));
    const branch = (body: Program): readonly Step[] => {
      const inner = new Scheduler(body, this.target);
      for (const [i, { id }] of body.inputs.entries()) inner.values.set(id, defined(operands[i], "operand"));
      inner.#compute(
        body.outputs,
        results.map(({ address }) => address),
      );
      return inner.steps;
    };
    this.steps.push({ kind: "cond", test, whenTrue: branch(whenTrue), whenFalse: branch(whenFalse) });
    for (const [i, { id }] of node.outputs.entries()) this.values.set(id, defined(results[i], "result"));
  }

  /** Runs the body so that outputs lie in their slots: computed there where that can be, else copied. */
  #compute(outputs: readonly Variable[], slots: readonly Address[]): void {
    const given = new Set(this.#program.inputs.map(({ id }) => id));
    for (const [k, output] of outputs.entries()) {
      if (!given.has(output.id) && !this.places.has(output.id))
        this.places.set(output.id, dense(output, defined(slots[k], "slot")));
    }
    this.run();
    this.#store(outputs, slots);
  }

  /** Outputs that were not computed in their slots are copied there. */
  #store(outputs: readonly Variable[], slots: readonly Address[]): void {
    for (const [k, output] of outputs.entries()) {
      const to = dense(output, defined(slots[k], "slot"));
      const value = this.value(output);
      if (!isSamePlace(value, to)) this.steps.push({ kind: "copy", from: value, to });
    }
  }

  /** The carries take their next values, all at once: one that lies where another carry's next value goes is saved first. */
  #advance(next: readonly Variable[], states: readonly State[]): void {
    const overwritten = new Set(
      states.filter((state) => state.now === state.next).map(({ now }) => now.address.storage),
    );
    const values = next.map((variable, i) => {
      const value = this.value(variable);
      const isInDanger = value.kind === "memory" && overwritten.has(value.address.storage);
      return isInDanger && !isSamePlace(value, defined(states[i], "state").next) ? this.#copied(value) : value;
    });
    for (const [i, from] of values.entries()) {
      const to = defined(states[i], "state").next;
      if (!isSamePlace(from, to)) this.steps.push({ kind: "copy", from, to });
    }
  }
}
