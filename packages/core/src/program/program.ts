/** A Program: a frozen symbolic tape that holds a body as data. It is closed: every value that it reads is an input. */
import { type Attributes, isRegion, type Operation } from "../dispatch/op.ts";
import { formatShape } from "../tensor/shape.ts";
import type { TensorType, Variable } from "../tensor/variable.ts";

/** One application in a Program: the op, its attributes, its operands and results. */
export interface ProgramNode {
  readonly op: Operation;
  readonly attributes: Attributes;
  readonly inputs: readonly Variable[];
  readonly outputs: readonly Variable[];
  /** No derivative passes: the node was recorded behind `noGrad`. */
  readonly stop: boolean;
  /** Where it was called, if origins were tracked. */
  readonly origin: string | undefined;
}

/** A recorded function: a frozen, closed list of nodes. Captured tensors are inputs, and nothing in it is dead. */
export class Program {
  /** The types of what it takes: arguments, then captures. */
  readonly inputs: readonly Variable[];
  /** The applications, in the order in which they were recorded. */
  readonly nodes: readonly ProgramNode[];
  /** What it gives back. */
  readonly outputs: readonly Variable[];
  #lastUses: ReadonlyMap<ProgramNode, readonly number[]> | undefined;

  constructor(inputs: readonly Variable[], nodes: readonly ProgramNode[], outputs: readonly Variable[]) {
    this.inputs = inputs;
    this.nodes = nodes;
    this.outputs = outputs;
  }

  /** For each node, the ids that nothing after it reads: an interpreter can let go of them there. */
  get lastUses(): ReadonlyMap<ProgramNode, readonly number[]> {
    this.#lastUses ??= findLastUses(this);
    return this.#lastUses;
  }
}

/** The bodies of a region, by the names of the attributes that hold them; of other ops, none. */
export function namedBodies({
  op,
  attributes,
}: Pick<ProgramNode, "op" | "attributes">): readonly (readonly [string, Program])[] {
  if (!isRegion(op)) return [];
  return Object.entries(attributes).filter((entry): entry is [string, Program] => entry[1] instanceof Program);
}

/** The bodies of a region. */
export function bodiesOf(node: Pick<ProgramNode, "op" | "attributes">): readonly Program[] {
  return namedBodies(node).map(([, body]) => body);
}

/** The node with other bodies; itself if none changes. */
export function mapBodies<Node extends Pick<ProgramNode, "op" | "attributes">>(
  node: Node,
  change: (body: Program) => Program,
): Node {
  const bodies = namedBodies(node);
  const changed = bodies.map(([name, body]) => [name, change(body)] as const);
  if (changed.every(([, body], i) => body === bodies[i]?.[1])) return node;
  return { ...node, attributes: { ...node.attributes, ...Object.fromEntries(changed) } };
}

function findLastUses({ nodes, outputs }: Program): Map<ProgramNode, number[]> {
  const needed = new Set(outputs.map((output) => output.id));
  const lastUses = new Map<ProgramNode, number[]>();
  for (const node of nodes.toReversed()) {
    const dying = new Set([...node.inputs, ...node.outputs].map(({ id }) => id).filter((id) => !needed.has(id)));
    for (const id of dying) needed.add(id);
    lastUses.set(node, [...dying]);
  }
  return lastUses;
}

/**
 * The Program as text, one line per node with shapes: `%3: float32 [2,3] = add(%0, %1)`. Values are numbered in the order of
 * their appearance, so equal Programs print alike. Bodies of loops and branches are indented below their node.
 */
export function print(program: Program): string {
  return printLines(program).join("\n");
}

function printLines(program: Program): string[] {
  const names = new Map<number, string>();
  const nameOf = ({ id }: Variable) => {
    const name = names.get(id) ?? `%${names.size}`;
    names.set(id, name);
    return name;
  };
  const declare = (variable: Variable) => `${nameOf(variable)}: ${formatType(variable)}`;
  const head = `program(${program.inputs.map(declare).join(", ")})`;
  const body = program.nodes.flatMap((node) => {
    const call = `${node.op.name}(${node.inputs.map(nameOf).join(", ")})${formatAttributes(node.attributes)}${node.stop ? " stop" : ""}`;
    const bodies = namedBodies(node).flatMap(([name, body]) => indent([`${name} = `, ...printLines(body)]));
    return [`${node.outputs.map(declare).join(", ")} = ${call}`, ...bodies];
  });
  return [head, ...indent([...body, `return ${program.outputs.map(nameOf).join(", ")}`])];
}

function indent([first = "", second = "", ...rest]: string[]): string[] {
  const lines = first.endsWith(" = ") ? [first + second, ...rest] : [first, second, ...rest];
  return lines.filter((line) => line !== "").map((line) => `  ${line}`);
}

function formatType({ dtype, shape }: TensorType): string {
  return `${dtype} ${formatShape(shape)}`;
}

function formatAttributes(attributes: Attributes): string {
  const entries = Object.entries(attributes).flatMap(([name, value]) => {
    const text = value instanceof Program ? undefined : formatValue(value);
    return text === undefined ? [] : [`${name}: ${text}`];
  });
  return entries.length === 0 ? "" : ` { ${entries.join(", ")} }`;
}

/** JSON, but with the numbers that JSON lacks; undefined for what is not data. */
function formatValue(value: unknown): string | undefined {
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  const text: unknown = JSON.stringify(value);
  return typeof text === "string" ? text : undefined;
}
