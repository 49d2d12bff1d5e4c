/**
 * The reference interpreter: runs a Program node by node through `apply`. Since it goes through the dispatch point, running a
 * Program under a tape records it, and under a trace inlines it.
 */
import { apply, applyRegion, claim } from "../dispatch/apply.ts";
import { withFrame } from "../dispatch/frames.ts";
import { isRegion } from "../dispatch/op.ts";
import { withOrigin } from "../dispatch/origin.ts";
import { defined } from "../errors/errors.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Program, ProgramNode } from "./program.ts";

/**
 * The results of `program` for `inputs`, in its own order. Values are let go of after their last use. A node whose result is
 * `known` is not computed; tapes record it as if it were.
 */
export function interpret(
  program: Program,
  inputs: readonly Tensor[],
  known?: ReadonlyMap<ProgramNode, Tensor>,
): Tensor[] {
  const values = new Map<number, Tensor>();
  for (const [i, { id }] of program.inputs.entries()) values.set(id, defined(inputs[i], "program input"));
  for (const node of program.nodes) {
    const operands = node.inputs.map(({ id }) => defined(values.get(id), "program value"));
    const result = known?.get(node);
    const outputs = replay(node, () =>
      result === undefined ? applyNode(node, operands) : claim(node, operands, result),
    );
    for (const [i, { id }] of node.outputs.entries()) values.set(id, defined(outputs[i], "program output"));
    for (const id of program.lastUses.get(node) ?? []) values.delete(id);
  }
  return program.outputs.map(({ id }) => defined(values.get(id), "program result"));
}

/** Runs `fn` in place of a recorded node: with its origin, and hidden from tapes if the node was. */
export function replay<T>({ stop, origin }: ProgramNode, fn: () => T): T {
  return withOrigin(origin, () => (stop ? withFrame({ kind: "barrier" }, fn) : fn()));
}

/** One node on other operands. */
export function applyNode(
  { op, attributes }: Pick<ProgramNode, "op" | "attributes">,
  operands: readonly Tensor[],
): readonly Tensor[] {
  return isRegion(op) ? applyRegion(op, operands, attributes) : [apply(op, operands, attributes)];
}
