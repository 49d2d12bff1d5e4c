/**
 * Work that does not depend on the carry leaves the loop. Values that depend on neither carry nor element are computed once.
 * Values that depend on elements and contain a contraction are computed for all steps at once by the ops' own batching rules,
 * with time as the batch axis: the projections of all inputs become one matrix product.
 */

import { interpretBatched } from "@tapegrad/autodiff/internal";
import { interpret, isRegion, Program, type ProgramNode, type Tensor, type Variable } from "@tapegrad/core";
import { bodiesOf, defined } from "@tapegrad/core/internal";
import { decomposeByRecord } from "../laws/decompose.ts";
import { coneOf, drawsRandomNumbers, idsOf, isCheckpointed, isContraction, reachableFrom } from "../rewrite/graph.ts";
import type { Pass } from "../rewrite/rewrite.ts";
import { type Loop, type Operand, onLoops } from "./loop.ts";

/**
 * `scan(h ↦ f(h, g(w)))` = `v = g(w); scan(h ↦ f(h, v))`, where w is the same at every step.
 * What depends on neither carry nor element is computed once.
 */
export const hoistInvariants = onLoops(withoutInvariants);

/**
 * `scan((h, x) ↦ f(h, matmul(x, W)), xs)` = `scan((h, v) ↦ f(h, v), matmul(xs, W))`.
 * What depends on elements only, and is worth storing, is computed for all steps at once.
 */
export const hoistProjections: Pass = (program) => {
  const hoisted = onLoops(withoutProjections)(program);
  // A batching rule that traces a body does so on no recorder.
  return hoisted === program || !program.nodes.some(hasInnerRegion) ? hoisted : decomposeByRecord(hoisted);
};

function hasInnerRegion(node: ProgramNode): boolean {
  return bodiesOf(node).some(({ nodes }) => nodes.some(({ op }) => isRegion(op)));
}

/** Nodes that depend on captures and constants alone are computed before the loop and captured. */
function withoutInvariants(loop: Loop): Loop {
  const varying = reachableFrom(
    loop.nodes,
    [...loop.carries, ...loop.elements].map(({ inner }) => inner.id),
  );
  const isInvariant = (node: ProgramNode) => !node.outputs.some(({ id }) => varying.has(id));
  // A constant is cheaper made where it is used than read from memory.
  const moved = loop.nodes.filter((node) => isInvariant(node) && node.inputs.length > 0);
  const sources = loop.nodes.filter((node) => isInvariant(node) && node.inputs.length === 0);
  return replaceNodes(loop, moved, (wanted) => {
    const values = interpret(
      programOf(loop.captures, [...sources, ...moved], wanted),
      loop.captures.map(({ outer }) => outer),
    );
    return { captures: paired(wanted, values), elements: [] };
  });
}

/** Nodes that depend on elements but not on the carry, as far as a contraction among them makes it worth storing the results. */
function withoutProjections(loop: Loop): Loop {
  // Random draws cannot be batched and checkpoints must not be, so values that depend on them stay, too.
  const staying = loop.nodes.filter((node) => drawsRandomNumbers(node) || isCheckpointed(node));
  const stateful = reachableFrom(
    loop.nodes,
    idsOf([...loop.carries.map(({ inner }) => inner), ...staying.flatMap(({ outputs }) => outputs)]),
  );
  const early = loop.nodes.filter((node) => !node.outputs.some(({ id }) => stateful.has(id)));
  const contractions = early.filter(isContraction);
  if (contractions.length === 0 || loop.length === 0) return loop;
  const after = reachableFrom(
    early,
    contractions.flatMap(({ outputs }) => idsOf(outputs)),
  );
  const needed = coneOf(early, after);
  const worth = early.filter(({ outputs }) => outputs.some(({ id }) => needed.has(id)));
  const moved = worth.filter(({ inputs }) => inputs.length > 0);
  const sources = loop.nodes.filter(({ inputs }) => inputs.length === 0);
  return replaceNodes(loop, moved, (wanted) => {
    const operands = [...loop.elements, ...loop.captures];
    const inputs = operands.map(({ outer }, i) => ({ tensor: outer, batched: i < loop.elements.length }));
    const results = interpretBatched(programOf(operands, [...sources, ...moved], wanted), inputs, {
      size: loop.length,
      randomness: undefined,
    });
    const [batched, single] = [results.map((result) => result.batched), results.map(({ tensor }) => tensor)];
    const pairs = paired(wanted, single);
    return { elements: pairs.filter((_, i) => batched[i]), captures: pairs.filter((_, i) => !batched[i]) };
  });
}

/** The loop without `moved`, whose values `compute` provides as far as what is left reads them. */
function replaceNodes(
  loop: Loop,
  moved: readonly ProgramNode[],
  compute: (wanted: readonly Variable[]) => { elements: readonly Operand[]; captures: readonly Operand[] },
): Loop {
  if (moved.length === 0) return loop;
  const gone = new Set(moved);
  const nodes = loop.nodes.filter((node) => !gone.has(node));
  const read = new Set(
    idsOf([...nodes.flatMap(({ inputs }) => inputs), ...loop.outputs, ...loop.carries.map(({ next }) => next)]),
  );
  const wanted = moved.flatMap(({ outputs }) => outputs).filter(({ id }) => read.has(id));
  const { elements, captures } = compute(wanted);
  return { ...loop, nodes, elements: [...loop.elements, ...elements], captures: [...loop.captures, ...captures] };
}

/** Nodes that are not needed for `wanted` may be among `nodes`; interpreting drops their values. */
function programOf(operands: readonly Operand[], nodes: readonly ProgramNode[], wanted: readonly Variable[]): Program {
  const needed = coneOf(nodes, idsOf(wanted));
  return new Program(
    operands.map(({ inner }) => inner),
    nodes.filter(({ outputs }) => outputs.some(({ id }) => needed.has(id))),
    wanted,
  );
}

function paired(variables: readonly Variable[], tensors: readonly Tensor[]): Operand[] {
  return variables.map((inner, i) => ({ inner, outer: defined(tensors[i], "value") }));
}
