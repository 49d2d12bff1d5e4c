/** Loops and branches as steps: the places of carries, of stacked results, and of the results that both branches write. */
import { type CondAttributes, condOp, type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import type { Program, ProgramNode, Variable } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { RegionScheduling } from "./lowering.ts";
import { newState, type State } from "./state.ts";
import type { Step } from "./step.ts";
import { type Address, dense, elementOf, isSamePlace, slotOf } from "./value.ts";

/** Adds the steps of a region; false for regions that have no steps of their own. */
export function scheduledRegion(scheduler: RegionScheduling, node: ProgramNode): boolean {
  if (node.op === scanOp) scheduleLoop(scheduler, node, node.attributes as ScanAttributes); // By the record's identity.
  if (node.op === condOp) scheduleBranches(scheduler, node, node.attributes as CondAttributes); // By the record's identity.
  return node.op === scanOp || node.op === condOp;
}

function scheduleLoop(
  scheduler: RegionScheduling,
  node: ProgramNode,
  { body, carries, elements, length, reverse }: ScanAttributes,
): void {
  const outer = node.inputs.map((input) => scheduler.value(input));
  // Indices are there before the loop, so that sums by index over its rounds may begin in it.
  scheduler.endIndexLoops();
  const counter = { name: `t${scheduler.steps.length}` };
  const inner = scheduler.inside(body);
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
    scheduler.steps.push({ kind: "copy", from: defined(outer[i], "initial carry"), to: first });
  for (const [i, { id }] of body.inputs.entries()) {
    const value = defined(outer[i], "operand");
    const isElement = i >= carries && i < carries + elements;
    inner.values.set(id, states[i]?.now ?? (isElement ? elementOf(value, counter) : value));
  }
  const given = new Set(body.inputs.map(({ id }) => id));
  for (const [i, { id }] of next.entries()) {
    const { now, next: place } = defined(states[i], "state");
    if (given.has(id) || inner.places.has(id) || inner.states.has(id)) continue;
    if (now === place) inner.states.set(id, place);
    else inner.places.set(id, place);
  }
  const stacks = outputs.map(({ id, shape, dtype }) => {
    const known = states.map(({ stacks }) => stacks.get(id)).find((stack) => stack !== undefined);
    return known ?? dense({ shape: [length, ...shape], dtype });
  });
  compute(
    inner,
    body,
    outputs,
    stacks.map((stack) => slotOf(stack, counter)),
  );
  advance(inner, next, states);
  scheduler.steps.push({ kind: "loop", counter, length, reverse, body: inner.steps });
  for (const [i, { id }] of node.outputs.entries())
    scheduler.values.set(id, defined(states[i]?.last ?? stacks[i - carries], "result"));
}

function scheduleBranches(
  scheduler: RegionScheduling,
  node: ProgramNode,
  { whenTrue, whenFalse }: CondAttributes,
): void {
  const [predicate, ...inputs] = node.inputs;
  const operands = inputs.map((input) => scheduler.value(input));
  const test = scheduler.inMemory(defined(predicate, "predicate"));
  const results = node.outputs.map((output) => scheduler.place(output));
  const branch = (body: Program): readonly Step[] => {
    const inner = scheduler.inside(body);
    for (const [i, { id }] of body.inputs.entries()) inner.values.set(id, defined(operands[i], "operand"));
    compute(
      inner,
      body,
      body.outputs,
      results.map(({ address }) => address),
    );
    return inner.steps;
  };
  scheduler.steps.push({ kind: "cond", test, whenTrue: branch(whenTrue), whenFalse: branch(whenFalse) });
  for (const [i, { id }] of node.outputs.entries()) scheduler.values.set(id, defined(results[i], "result"));
}

/** Runs the body so that outputs lie in their slots: computed there where that can be, else copied. */
function compute(
  inner: RegionScheduling,
  body: Program,
  outputs: readonly Variable[],
  slots: readonly Address[],
): void {
  const given = new Set(body.inputs.map(({ id }) => id));
  for (const [k, output] of outputs.entries()) {
    if (!given.has(output.id) && !inner.places.has(output.id))
      inner.places.set(output.id, dense(output, defined(slots[k], "slot")));
  }
  inner.run();
  store(inner, outputs, slots);
}

/** Outputs that were not computed in their slots are copied there. */
function store(inner: RegionScheduling, outputs: readonly Variable[], slots: readonly Address[]): void {
  for (const [k, output] of outputs.entries()) {
    const to = dense(output, defined(slots[k], "slot"));
    const value = inner.value(output);
    if (!isSamePlace(value, to)) inner.steps.push({ kind: "copy", from: value, to });
  }
}

/** The carries take their next values, all at once: one that lies where another carry's next value goes is saved first. */
function advance(inner: RegionScheduling, next: readonly Variable[], states: readonly State[]): void {
  const overwritten = new Set(states.filter((state) => state.now === state.next).map(({ now }) => now.address.storage));
  const values = next.map((variable, i) => {
    const value = inner.value(variable);
    const isInDanger = value.kind === "memory" && overwritten.has(value.address.storage);
    return isInDanger && !isSamePlace(value, defined(states[i], "state").next) ? inner.copied(value) : value;
  });
  for (const [i, from] of values.entries()) {
    const to = defined(states[i], "state").next;
    if (!isSamePlace(from, to)) inner.steps.push({ kind: "copy", from, to });
  }
}
