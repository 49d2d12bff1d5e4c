/** Nodes by the name of their op: who asks for a name gets the op's own attributes and operands, typed. */
import { isRegion, type Operation, type ProgramNode, type Variable } from "@tapegrad/core";
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
