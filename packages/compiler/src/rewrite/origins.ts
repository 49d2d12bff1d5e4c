/** Rewriting by looking at how operands were made: laws that match a node and, through its operands, the nodes before it. */
import type { ProgramNode, Tensor, TensorType, Variable } from "@tapegrad/core";
import type { AttributesOf, PrimitiveName } from "@tapegrad/ops";
import { nameOf } from "./graph.ts";

/** How a tensor of the rewritten Program was made, or a variable of the one before. */
export interface Origin<Value = Tensor> {
  /** Of a primitive: a comparison with a name that no primitive has does not compile. */
  readonly name: PrimitiveName;
  readonly attributes: object;
  readonly operands: readonly Value[];
}

/** An op about to be applied. */
export interface Site {
  readonly node: Pick<ProgramNode, "op" | "attributes"> & { readonly outputs: readonly TensorType[] };
  readonly operands: readonly Tensor[];
  /** Undefined for inputs. */
  originOf(x: Tensor): Origin | undefined;
}

/** A node of a Program that is rewritten: what reads it is known. */
export interface NodeSite extends Site {
  readonly node: ProgramNode;
  /** Whether operand `index` has no other readers than nodes of the op `name`. */
  isReadOnlyBy(index: number, name: string): boolean;
}

/** What to record instead, if the law applies; a local law looks at nothing but the op and how its operands were made. */
export type LocalLaw = (site: Site) => Tensor | undefined;
/** What to record instead of the node, if the law applies. */
export type Law = (site: NodeSite) => Tensor | undefined;

type ByName<L> = Readonly<Partial<Record<PrimitiveName, readonly L[]>>>;

/** By op name, of which the first law that fits applies. */
export type LocalLaws = ByName<LocalLaw>;
/** By op name, of which the first law that fits applies. */
export type Laws = ByName<Law>;

/** How the variables were made that these nodes make. */
export function originsIn(nodes: readonly ProgramNode[]): (x: Variable) => Origin<Variable> | undefined {
  const origins = new Map(
    nodes.flatMap(({ op, attributes, inputs, outputs }) =>
      outputs.map(({ id }) => [id, { name: nameOf(op), attributes, operands: inputs }] as const),
    ),
  );
  return ({ id }) => origins.get(id);
}

/** The value of a constant. */
export function constantOf(origin: Origin<unknown> | undefined): number | undefined {
  return origin?.name === "full" && "value" in origin.attributes ? Number(origin.attributes.value) : undefined;
}

/** The names of attributes that hold a T: a misspelt one does not compile. */
export type AttributeName<T> = {
  [Name in PrimitiveName]: NamesOf<AttributesOf<Name>, T>;
}[PrimitiveName];

type NamesOf<A, T> = { [Key in keyof A]-?: A[Key] extends T ? Key & string : never }[keyof A];

/** A numeric list among attributes; empty if there is none. */
export function numbersOf(attributes: object, name: AttributeName<readonly number[]>): readonly number[] {
  const value: unknown = Object.getOwnPropertyDescriptor(attributes, name)?.value;
  return Array.isArray(value) ? value : [];
}

/** A flag among attributes. */
export function flagOf(attributes: object, name: AttributeName<boolean>): boolean {
  return Object.getOwnPropertyDescriptor(attributes, name)?.value === true;
}

/** The axis among attributes; undefined if there is none. */
export function axisOf(attributes: object): unknown {
  return Object.getOwnPropertyDescriptor(attributes, "axis")?.value;
}
