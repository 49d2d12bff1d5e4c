/**
 * A loop that reads the history of another loop reads some values as stored, and computes others again. Backpropagation through
 * time repeats the elementwise work of the forward step. The forward loop stores a later value instead of its operands where
 * that is no larger: activations instead of weighted sums, a sum instead of its terms. The stored set is the cheapest, by bytes
 * moved, from which the rest can be computed without contractions; among equally cheap sets it is the one that leaves least to
 * compute.
 */
import {
  bytesPerElement,
  isRegion,
  type Program,
  type ProgramNode,
  sizeOf,
  type Tensor,
  type Variable,
} from "@tapegrad/core";
import { drawsRandomNumbers, idsOf, isContraction, reachableFrom, signatureOf, usesOf } from "../rewrite/graph.ts";
import { type Pass, rewrite } from "../rewrite/rewrite.ts";
import { applyLoop, type Loop, loopOf, whereLoops, withoutDeadNodes } from "./loop.ts";
import { cheapestValues } from "./minimum-cut.ts";

/** A loop that was recorded with all its values stacked; pruning removes the unread ones. */
interface Producer {
  readonly loop: Loop;
  /** By variable of the body. */
  readonly stacks: ReadonlyMap<number, Tensor>;
  /** By stack, the variable of the body. */
  readonly variables: ReadonlyMap<number, Variable>;
}

/**
 * `g(f(x))` in the loop back = `g(y)`, where the loop forward stores `y = f(x)` and that costs fewer bytes than x.
 * A pass: what the way forward stores for the way back is the cheapest set of values, by a minimum cut.
 */
export const saveOrRecompute: Pass = whereLoops((program: Program) => {
  const producers: Producer[] = [];
  const uses = usesOf(program);
  /** Stacks that more than one node reads, or that are returned, exist in any case. */
  const isShared = (id: number) => uses(id).readers.size > 1 || uses(id).isReturned;
  const kept = new Set<number>();
  return rewrite(program, (node, operands) => {
    const found = loopOf(node, operands);
    if (found === undefined) return undefined;
    const loop = producers.reduce((current, producer) => reading(current, producer, kept), found);
    const given = new Set(idsOf([...loop.elements, ...loop.captures].map(({ inner }) => inner)));
    const values = [...loop.carries.map(({ inner }) => inner), ...loop.nodes.flatMap(valuesOf)].filter(
      ({ id }) => !given.has(id),
    );
    const extra = values.filter(({ id }) => loop.outputs.every((output) => output.id !== id));
    const outputs = [...loop.outputs, ...extra];
    const results = applyLoop({ ...loop, outputs });
    const stacked = results.slice(loop.carries.length);
    producers.push({
      loop,
      stacks: new Map(outputs.flatMap(({ id }, i) => pairWith(id, stacked[i]))),
      variables: new Map(
        outputs.flatMap((variable, i) => (stacked[i] === undefined ? [] : [[stacked[i].variable.id, variable]])),
      ),
    });
    for (const [i, { id }] of node.outputs.slice(loop.carries.length).entries())
      if (isShared(id) && stacked[i] !== undefined) kept.add(stacked[i].variable.id);
    return results.slice(0, node.outputs.length);
  });
});

function pairWith<T>(key: number, value: T | undefined): [number, T][] {
  return value === undefined ? [] : [[key, value]];
}

function valuesOf({ op, inputs, outputs }: ProgramNode): readonly Variable[] {
  return isRegion(op) || inputs.length === 0 ? [] : outputs;
}

/** `loop` with the cheapest of the producer's values as elements, in place of what it computed from others. */
function reading(loop: Loop, producer: Producer, kept: ReadonlySet<number>): Loop {
  if (!loop.elements.some(({ outer }) => producer.variables.has(outer.variable.id))) return loop;
  const common = commonValues(loop, producer);
  const [costs, operands] = [new Map<number, number>(), new Map<number, readonly number[]>()];
  const made = new Map(loop.nodes.flatMap((node) => node.outputs.map(({ id }) => [id, node] as const)));
  const isElement = new Set(idsOf(producer.loop.elements.map(({ inner }) => inner)));
  for (const [id, { variable, isInvariant }] of common) {
    if (isInvariant) continue;
    const node = made.get(id);
    const exists = isElement.has(variable.id) || kept.has(producer.stacks.get(variable.id)?.variable.id ?? -1);
    // Written once and read once, or only read.
    costs.set(id, (exists ? 1 : 2) * sizeOf(variable.shape) * bytesPerElement(variable.dtype));
    if (node !== undefined && !isContraction(node) && !drawsRandomNumbers(node))
      operands.set(
        id,
        idsOf(node.inputs).filter((input) => common.get(input)?.isInvariant === false),
      );
  }
  const others = loop.nodes.filter(({ outputs }) => outputs.some(({ id }) => !costs.has(id)));
  const read = new Set(
    idsOf([...others.flatMap(({ inputs }) => inputs), ...loop.outputs, ...loop.carries.map(({ next }) => next)]),
  );
  const chosen = cheapestValues({ costs, operands, needed: [...costs.keys()].filter((id) => read.has(id)) });
  const elements = loop.nodes.flatMap(({ outputs: [output] }) => {
    const variable = output && chosen.has(output.id) ? common.get(output.id)?.variable : undefined;
    const outer = variable && producer.stacks.get(variable.id);
    return output === undefined || outer === undefined ? [] : [{ inner: output, outer }];
  });
  const stored = new Set(idsOf(elements.map(({ inner }) => inner)));
  const computed = loop.nodes.filter(({ outputs }) => !outputs.some(({ id }) => stored.has(id)));
  const { nodes } = withoutDeadNodes({ ...loop, nodes: computed });
  const readLater = new Set(
    idsOf([...nodes.flatMap(({ inputs }) => inputs), ...loop.outputs, ...loop.carries.map(({ next }) => next)]),
  );
  return { ...loop, nodes, elements: [...loop.elements, ...elements].filter(({ inner }) => readLater.has(inner.id)) };
}

interface CommonValue {
  /** In the producer's body. */
  readonly variable: Variable;
  /** Whether it is the same at every step. */
  readonly isInvariant: boolean;
}

/** The values in the loop's body that the producer's body computes as well, at the same step. */
function commonValues(loop: Loop, { loop: from, variables }: Producer): Map<number, CommonValue> {
  const varying = reachableFrom(from.nodes, idsOf([...from.carries, ...from.elements].map(({ inner }) => inner)));
  const common = new Map<number, CommonValue>();
  const note = (id: number, variable: Variable | undefined) => {
    if (variable !== undefined) common.set(id, { variable, isInvariant: !varying.has(variable.id) });
  };
  const outside = (operands: Loop["elements"]) =>
    new Map(operands.map(({ inner, outer }) => [outer.variable.id, inner]));
  const [elements, captures] = [outside(from.elements), outside(from.captures)];
  for (const { inner, outer } of loop.elements)
    note(inner.id, variables.get(outer.variable.id) ?? elements.get(outer.variable.id));
  for (const { inner, outer } of loop.captures) note(inner.id, captures.get(outer.variable.id));
  const keyOf = (node: ProgramNode, operands: readonly number[]) => `${signatureOf(node)} ${operands}`;
  const known = new Map(
    from.nodes.filter(({ op }) => !isRegion(op)).map((node) => [keyOf(node, idsOf(node.inputs)), node.outputs[0]]),
  );
  for (const node of loop.nodes) {
    const operands = node.inputs.map(({ id }) => common.get(id)?.variable.id ?? Number.NaN);
    const [output] = node.outputs;
    if (!isRegion(node.op) && output !== undefined && !operands.some(Number.isNaN))
      note(output.id, known.get(keyOf(node, operands)));
  }
  return common;
}
