/**
 * Turns a Program into steps: it decides which ops form one loop, which are views, which are kernels, and which run on the
 * host.
 */

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
import { type Uses, usesOf } from "../rewrite/graph.ts";
import { primitiveName } from "../rewrite/primitive-node.ts";
import { absorbCopies } from "./absorb-copies.ts";
import { identityOf, isFold } from "./folds.ts";
import { Group } from "./fusion.ts";
import { lowered } from "./lower.ts";
import type { RegionScheduling } from "./lowering.ts";
import { scheduledRegion } from "./regions.ts";
import type { FusedResult, Schedule, Step } from "./step.ts";
import type { Target } from "./target.ts";
import { type Address, broadcastView, dense, isDense, isRun, type MemoryValue, type Value } from "./value.ts";

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
class Scheduler implements RegionScheduling {
  readonly steps: Step[] = [];
  readonly values = new Map<number, Value>();
  readonly places = new Map<number, MemoryValue>();
  readonly target: Target;
  readonly states = new Map<number, MemoryValue>();
  /** The node being looked at. */
  #position = 0;
  readonly #program: Program;
  readonly #groups: Group[] = [];
  readonly #uses: (id: number) => Uses;

  constructor(program: Program, target: Target) {
    this.target = target;
    this.#program = program;
    this.#uses = usesOf(program);
  }

  inside(body: Program): RegionScheduling {
    return new Scheduler(body, this.target);
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
    if (isRegion(node.op)) {
      if (!scheduledRegion(this, node)) throw this.#unsupported(node);
      return;
    }
    const output = defined(node.outputs[0], "output");
    // Empty results need no step.
    if (sizeOf(output.shape) === 0) {
      this.values.set(output.id, this.place(output));
      return;
    }
    if (this.target.isElementwise(node)) {
      this.#elementwise(node);
      return;
    }
    if (this.#fold(node, output)) return;
    const value = lowered(this, node, output) ?? this.#host(node, output);
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
    const fold = primitiveName(node.op);
    const [input] = node.inputs;
    if (!isFold(fold) || input === undefined) return false;
    const group = this.#groupOf(input);
    if (group === undefined || group.hasFold(input)) return false;
    if (sizeOf(input.shape) === sizeOf(output.shape) || !this.target.foldsInLoop(input, output)) return false;
    if (!group.hasRoom(fold)) return false;
    const to = this.place(output);
    this.values.set(output.id, to);
    group.addFold(node, fold, to);
    return true;
  }

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
    return isRun(seen) ? seen : broadcastView(this.copied(value), shape);
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
      const { readers, isReturned } = this.#uses(variable.id);
      if (!isReturned && [...readers].every((reader) => group.members.has(reader))) return [];
      const to = this.place(variable, ({ address }) => isInStep(address, variable.shape));
      this.values.set(variable.id, to);
      return [{ node, to }];
    });
    const folded = group.folds.map(({ node, fold, to }): FusedResult => {
      const { shape, dtype } = to;
      this.steps.push({ kind: "copy", from: { kind: "constant", shape, dtype, value: identityOf(fold, dtype) }, to });
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

  value(variable: Variable): Value {
    const group = this.#groupOf(variable);
    if (group !== undefined) this.#flush(group);
    return defined(this.values.get(variable.id), "value");
  }

  inMemory(variable: Variable): MemoryValue {
    const value = this.value(variable);
    return value.kind === "memory" ? value : this.copied(value);
  }

  denseValue(variable: Variable): MemoryValue {
    const value = this.inMemory(variable);
    if (isDense(value)) return value;
    const copy = this.copied(value);
    this.values.set(variable.id, copy);
    return copy;
  }

  copied(value: Value): MemoryValue {
    const to = dense(value);
    this.steps.push({ kind: "copy", from: value, to });
    return to;
  }

  /**
   * Where the result of `variable` is written. A loop's state takes its next value in place if nothing reads the value of now
   * any more; `mayOverwrite` says whether the step that is being made does not mind.
   */
  place(variable: Variable, mayOverwrite: (state: MemoryValue) => boolean = () => true): MemoryValue {
    const state = this.states.get(variable.id);
    if (state !== undefined && mayOverwrite(state) && this.#isReadNoMore(state)) return state;
    return this.places.get(variable.id) ?? dense(variable);
  }

  placeEarly(variable: Variable, to: MemoryValue): void {
    const isOpen = this.#groupOf(variable) !== undefined && !this.#uses(variable.id).isReturned;
    if (isOpen && isRun(to) && !this.places.has(variable.id)) this.places.set(variable.id, to);
  }

  isReadOnce({ id }: Variable): boolean {
    const { count, isReturned } = this.#uses(id);
    return count === 1 && !isReturned;
  }

  #host(node: ProgramNode, output: Variable): MemoryValue {
    if (!this.target.hasHost || isRegion(node.op)) throw this.#unsupported(node);
    const to = this.place(output);
    const operands = node.inputs.map((input) => this.denseValue(input));
    this.steps.push({ kind: "host", op: node.op, attributes: node.attributes, operands, to });
    return to;
  }

  endIndexLoops(): void {
    for (const group of [...this.#groups]) if (!group.variables.some(({ dtype }) => isFloat(dtype))) this.#flush(group);
  }

  /** Whether no step to come, of this round, reads what lies where `state` does. */
  #isReadNoMore({ address: { storage } }: MemoryValue): boolean {
    const isThere = (value: Value) => value.kind === "memory" && value.address.storage === storage;
    if (this.#groups.some(({ operands }) => operands.some(isThere))) return false;
    const toCome = new Set(this.#program.nodes.slice(this.#position));
    const isReadLater = ({ readers, isReturned }: Uses) =>
      isReturned || [...readers].some((reader) => toCome.has(reader));
    return [...this.values].every(([id, value]) => !isThere(value) || !isReadLater(this.#uses(id)));
  }
}
