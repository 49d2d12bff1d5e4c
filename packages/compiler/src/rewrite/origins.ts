/** Rewriting by the ops that made the operands: a law matches an op and, through its operands, the ops before it. */
import type { Operation, ProgramNode, Tensor, TensorType, Variable } from "@tapegrad/core";
import type { AttributesOf, OperandsOf, PrimitiveName } from "@tapegrad/ops";
import { type Origin, originFrom, primitiveName } from "./primitive-node.ts";

/** An op about to be applied. */
export interface Site<Name extends PrimitiveName> {
  readonly attributes: AttributesOf<Name>;
  readonly operands: OperandsOf<Name, Tensor>;
  readonly output: TensorType;
  /** Undefined for inputs, and for what no primitive made. */
  originOf(x: Tensor): Origin | undefined;
}

/** How a tensor was made. */
export type OriginOf = Site<PrimitiveName>["originOf"];

/** A node of a Program that is rewritten: what reads it is known. */
export interface NodeSite<Name extends PrimitiveName> extends Site<Name> {
  readonly node: ProgramNode;
  /** Whether operand `index` has no other readers than nodes of the op `name`. */
  isReadOnlyBy(index: number, name: PrimitiveName): boolean;
}

/** What to record instead, if the law applies; a local law looks at nothing but the op and how its operands were made. */
export type LocalLaw<Name extends PrimitiveName> = (site: Site<Name>) => Tensor | undefined;
/** What to record instead of the node, if the law applies. */
export type Law<Name extends PrimitiveName> = (site: NodeSite<Name>) => Tensor | undefined;

/** By op name, of which the first law that fits applies. */
export type LocalLaws = { readonly [Name in PrimitiveName]?: readonly LocalLaw<Name>[] };
/** By op name, of which the first law that fits applies. */
export type Laws = { readonly [Name in PrimitiveName]?: readonly Law<Name>[] };

/** A site whose op is known by its record only. */
export type AnySite<S> = Omit<S, "attributes" | "operands"> & {
  readonly attributes: object;
  readonly operands: readonly Tensor[];
};

/** The laws of an op, for sites of that op. */
export function lawsOf<S>(
  laws: { readonly [Name in PrimitiveName]?: readonly ((site: never) => Tensor | undefined)[] },
  op: Operation,
): readonly ((site: AnySite<S>) => Tensor | undefined)[] | undefined {
  const name = primitiveName(op);
  return name && (laws[name] as ReturnType<typeof lawsOf<S>>); // The entry of that name.
}

/** How the variables were made that these nodes make. */
export function originsIn(nodes: readonly ProgramNode[]): (x: Variable) => Origin<Variable> | undefined {
  const origins = new Map(
    nodes.flatMap((node) => node.outputs.map(({ id }) => [id, originFrom(node, node.inputs)] as const)),
  );
  return ({ id }) => origins.get(id);
}

/** The value of a constant. */
export function constantOf(origin: Origin<unknown> | undefined): number | undefined {
  return origin?.name === "full" ? origin.attributes.value : undefined;
}

/** The names of primitives with one operand. */
export type UnaryName = {
  [Name in PrimitiveName]: OperandsOf<Name, unknown> extends readonly [unknown] ? Name : never;
}[PrimitiveName];
