/**
 * A scan as passes see it: the values of its body by role. The history of carries is an output like any other. Passes change a
 * `Loop`, and `applyLoop` makes a scan of it again.
 */

import { type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import { applyRegion, Program, type ProgramNode, type Tensor, type Variable } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { coneOf, idsOf } from "../rewrite/graph.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";

export interface Loop {
  readonly length: number;
  readonly reverse: boolean;
  readonly nodes: readonly ProgramNode[];
  readonly carries: readonly Carry[];
  readonly elements: readonly Operand[];
  readonly captures: readonly Operand[];
  /** What is stacked. */
  readonly outputs: readonly Variable[];
}

/** A value inside the body, and the tensor outside from which it comes. */
export interface Operand {
  readonly inner: Variable;
  readonly outer: Tensor;
}

export interface Carry extends Operand {
  /** What the step makes of it. */
  readonly next: Variable;
}

/** The pass on Programs with loops, inside and out; others have nothing that it changes. */
export function whereLoops(pass: Pass): Pass {
  return everywhere((program) => (program.nodes.some(({ op }) => op === scanOp) ? pass(program) : program));
}

/** Every loop as `change` makes it, inside out; one that it gives back stays as it is. */
export function onLoops(change: (loop: Loop) => Loop): Pass {
  return whereLoops((program) =>
    rewrite(program, (node, operands) => {
      const loop = loopOf(node, operands);
      const changed = loop && change(loop);
      return changed === loop ? undefined : changed && applyLoop(changed);
    }),
  );
}

/** The loop of a scan node, or undefined for other nodes. History becomes outputs: the carries as the step found them. */
export function loopOf({ op, attributes }: ProgramNode, operands: readonly Tensor[]): Loop | undefined {
  if (op !== scanOp) return undefined;
  const { body, carries, elements, length, reverse, history } = attributes as ScanAttributes; // By the record's identity.
  const pair = (inner: Variable, i: number): Operand => ({ inner, outer: defined(operands[i], "operand") });
  const inputs = body.inputs.map(pair);
  const carried = inputs.slice(0, carries).map((input, i) => ({ ...input, next: defined(body.outputs[i], "carry") }));
  return {
    length,
    reverse,
    nodes: body.nodes,
    carries: carried,
    elements: inputs.slice(carries, carries + elements),
    captures: inputs.slice(carries + elements),
    outputs: [...body.outputs.slice(carries), ...(history ? body.inputs.slice(0, carries) : [])],
  };
}

/** The loop with another body, which has the same inputs and outputs. */
export function withBody(loop: Loop, change: (body: Program) => Program): Loop {
  const { carries, elements, captures, outputs } = loop;
  const operands = [...carries, ...elements, ...captures];
  const given = new Program(
    operands.map(({ inner }) => inner),
    loop.nodes,
    [...carries.map(({ next }) => next), ...outputs],
  );
  const body = change(given);
  if (body === given) return loop;
  const renamed = operands.map(({ outer }, i): Operand => ({ inner: defined(body.inputs[i], "input"), outer }));
  return {
    ...loop,
    nodes: body.nodes,
    carries: renamed
      .slice(0, carries.length)
      .map((operand, i) => ({ ...operand, next: defined(body.outputs[i], "carry") })),
    elements: renamed.slice(carries.length, carries.length + elements.length),
    captures: renamed.slice(carries.length + elements.length),
    outputs: body.outputs.slice(carries.length),
  };
}

/** The loop without nodes that nothing needs. */
export function withoutDeadNodes(loop: Loop): Loop {
  const needed = coneOf(loop.nodes, idsOf([...loop.carries.map(({ next }) => next), ...loop.outputs]));
  return { ...loop, nodes: loop.nodes.filter((node) => node.outputs.some(({ id }) => needed.has(id))) };
}

/** Records the loop: final carries, then stacked outputs. */
export function applyLoop(loop: Loop): readonly Tensor[] {
  const { length, reverse, nodes, carries, elements, captures, outputs } = withoutDeadNodes(loop);
  const inputs = [...carries, ...elements, ...captures];
  const body = new Program(
    inputs.map(({ inner }) => inner),
    nodes,
    [...carries.map(({ next }) => next), ...outputs],
  );
  const attributes = {
    body,
    carries: carries.length,
    elements: elements.length,
    length,
    reverse,
    history: false,
    stored: 0,
  };
  return applyRegion(
    scanOp,
    inputs.map(({ outer }) => outer),
    attributes,
  );
}
