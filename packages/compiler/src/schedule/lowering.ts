/** What the lowering of an op is. */
import type { ProgramNode, Variable } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { AttributeName } from "../rewrite/origins.ts";
import type { Scheduler } from "./schedule.ts";
import type { Value } from "./value.ts";

/** How an op that is not elementwise becomes a value, adding steps; undefined leaves it to the host. Its result is not empty. */
export type Lowering = (scheduler: Scheduler, node: ProgramNode, output: Variable) => Value | undefined;

export function attribute<T>(node: ProgramNode, name: AttributeName<T>): T {
  return (node.attributes as Record<string, T>)[name] as T; // The record's own attributes, by its name in the table of lowerings.
}

export function operandAt(node: ProgramNode, index: number): Variable {
  return defined(node.inputs[index], "operand");
}
