/** Queries on Programs that several passes share. */
import { checkpointOp } from "@tapegrad/autodiff";
import { isRegion, Program, type ProgramNode, type Variable } from "@tapegrad/core";
import { bodiesOf } from "@tapegrad/core/internal";

/** Whether the node multiplies and sums: what is worth moving. */
export function isContraction({ op }: ProgramNode): boolean {
  return !isRegion(op) && op.derivative.kind === "multilinear";
}

/** Whether the node, or a body inside it, draws from a Generator: such nodes are not batched. */
export function drawsRandomNumbers(node: ProgramNode): boolean {
  if (!isRegion(node.op)) return node.op.batching.kind === "random";
  return bodiesOf(node).some(({ nodes }) => nodes.some(drawsRandomNumbers));
}

/**
 * Whether the node, or a body inside it, is a checkpoint, which promises that its inner values exist for one call at a time:
 * such nodes are not batched over time.
 */
export function isCheckpointed(node: ProgramNode): boolean {
  return node.op === checkpointOp || bodiesOf(node).some(({ nodes }) => nodes.some(isCheckpointed));
}

/** Who reads a value. */
export interface Uses {
  /** Each once, in their order. */
  readonly readers: ReadonlySet<ProgramNode>;
  /** How often it is read, by nodes or as an output. */
  readonly count: number;
  readonly isReturned: boolean;
}

/** By id, who reads the Program's values. */
export function usesOf({ nodes, outputs }: Program): (id: number) => Uses {
  const uses = new Map<number, { readonly readers: Set<ProgramNode>; count: number; isReturned: boolean }>();
  const at = (id: number) => {
    const known = uses.get(id) ?? { readers: new Set(), count: 0, isReturned: false };
    uses.set(id, known);
    known.count++;
    return known;
  };
  for (const node of nodes) for (const { id } of node.inputs) at(id).readers.add(node);
  for (const { id } of outputs) at(id).isReturned = true;
  return (id) => uses.get(id) ?? unused;
}

const unused: Uses = { readers: new Set(), count: 0, isReturned: false };

/** The ids that depend on `from`, those included. */
export function reachableFrom(nodes: readonly ProgramNode[], from: Iterable<number>): Set<number> {
  const reached = new Set(from);
  for (const { inputs, outputs } of nodes) {
    if (inputs.some(({ id }) => reached.has(id))) for (const { id } of outputs) reached.add(id);
  }
  return reached;
}

/** The ids that `to` depends on, those included. */
export function coneOf(nodes: readonly ProgramNode[], to: Iterable<number>): Set<number> {
  const needed = new Set(to);
  for (const { inputs, outputs } of nodes.toReversed()) {
    if (outputs.some(({ id }) => needed.has(id))) for (const { id } of inputs) needed.add(id);
  }
  return needed;
}

export function idsOf(variables: readonly Variable[]): number[] {
  return variables.map(({ id }) => id);
}

/** Equal text for equal ops with equal attributes. Bodies are equal only to themselves. */
export function signatureOf({ op, attributes }: Pick<ProgramNode, "op" | "attributes">): string {
  const known = texts.get(attributes);
  const text = known ?? JSON.stringify(attributes, (_, value: unknown) => plain(value));
  if (known === undefined) texts.set(attributes, text);
  return `${identityOf(op)} ${text}`;
}

/** Attributes are never changed, and most passes hand them on. */
const texts = new WeakMap<object, string>();
const identities = new WeakMap<object, number>();
let nextIdentity = 0;

function identityOf(value: object): number {
  const identity = identities.get(value) ?? nextIdentity++;
  identities.set(value, identity);
  return identity;
}

function plain(value: unknown): unknown {
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return `${Object.is(value, -0) ? "-0" : value}`;
  if (typeof value !== "function" && !(value instanceof Program)) return value;
  return `#${identityOf(value)}`;
}
