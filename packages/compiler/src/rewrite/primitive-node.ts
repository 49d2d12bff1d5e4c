/** Nodes by the name of their op: a query for a name gives the op's own attributes and operands, typed. */
import { isRegion, type Operation, type ProgramNode, type Tensor, type Variable } from "@tapegrad/core";
import { type AttributesOf, type OperandsOf, type PrimitiveName, primitives } from "@tapegrad/ops";

/** A node that applies a primitive. */
export interface PrimitiveNode<Name extends PrimitiveName = PrimitiveName> extends ProgramNode {
  readonly attributes: AttributesOf<Name>;
  readonly inputs: OperandsOf<Name, Variable>;
  readonly outputs: readonly [Variable];
}

/**
 * The name of the primitive that an op is, undefined for others. As for backends, the name says what is computed, unless the
 * record itself does.
 */
export function primitiveName(op: Operation): PrimitiveName | undefined {
  if (isRegion(op) || op.host !== undefined || op.decompose !== undefined) return undefined;
  return Object.hasOwn(primitives, op.name) ? (op.name as PrimitiveName) : undefined; // A key of the table.
}

/** Whether the node applies this primitive. */
export function isNode<Name extends PrimitiveName>(node: ProgramNode, name: Name): node is PrimitiveNode<Name> {
  return primitiveName(node.op) === name;
}

/** How a value was made: comparing `name` gives attributes and operands their types. */
export type Origin<Value = Tensor, Name extends PrimitiveName = PrimitiveName> = {
  readonly [Each in Name]: {
    readonly name: Each;
    readonly attributes: AttributesOf<Each>;
    readonly operands: OperandsOf<Each, Value>;
  };
}[Name];

/** The origin of a node's result, given its operands; undefined unless a primitive made it. */
export function originFrom<Value>(
  { op, attributes }: Pick<ProgramNode, "op" | "attributes">,
  operands: readonly Value[],
): Origin<Value> | undefined {
  const name = primitiveName(op);
  return name && ({ name, attributes, operands } as Origin<Value>); // The name is that of all three.
}

/** The origin, if it is an application of a primitive of this name, which may be one of several. */
export function madeBy<Name extends PrimitiveName, Value>(
  origin: Origin<Value> | undefined,
  ...names: readonly Name[]
): Origin<Value, Name> | undefined {
  const isOne = names.some((name) => name === origin?.name);
  return isOne ? (origin as Origin<Value, Name>) : undefined; // By its name.
}
