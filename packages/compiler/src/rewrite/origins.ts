/** Rewriting by looking at how operands were made: laws that match a node and, through its operands, the nodes before it. */
import type { Program, ProgramNode, Tensor, Variable } from "@tapegrad/core";
import { type Application, applyNode, withFrame } from "@tapegrad/core/internal";
import type { AttributesOf, PrimitiveName } from "@tapegrad/ops";
import { idsOf, nameOf } from "./graph.ts";
import { everywhere, type Pass, rewrite } from "./rewrite.ts";

/** How a tensor of the rewritten Program was made, or a variable of the one before. */
export interface Origin<Value = Tensor> {
  /** Of a primitive: a comparison with a name that no primitive has does not compile. */
  readonly name: PrimitiveName;
  readonly attributes: object;
  readonly operands: readonly Value[];
}

export interface Site {
  readonly node: ProgramNode;
  readonly operands: readonly Tensor[];
  /** Undefined for inputs. */
  originOf(x: Tensor): Origin | undefined;
  /** Whether operand `index` has no other readers than nodes of the op `name`. */
  isReadOnlyBy(index: number, name: string): boolean;
}

/** What to record instead of the node, if the law applies. */
export type Law = (site: Site) => Tensor | undefined;

/** By op name, of which the first law that fits applies. */
export type Laws = Readonly<Partial<Record<PrimitiveName, readonly Law[]>>>;

/** A pass that applies laws, and says which. */
export type LawPass = Pass & { readonly laws: Laws };

/** The laws everywhere, in bodies of regions as well. */
export function byLaws(laws: Laws): LawPass {
  return Object.assign(
    everywhere((program) => rewrittenByLaws(program, laws)),
    { laws },
  );
}

/** The Program, without what is inside its regions. */
export function rewrittenByLaws(program: Program, laws: Laws): Program {
  const origins = new Map<number, Origin>();
  const originOf = ({ variable }: Tensor) => origins.get(variable.id);
  // What a law records has an origin, too, so that the next law can go on from there.
  const observe = ({ op, attributes, inputs, outputs }: Application) => {
    const origin = { name: nameOf(op), attributes, operands: inputs };
    for (const { variable } of outputs) origins.set(variable.id, origin);
  };
  const returned = new Set(idsOf(program.outputs));
  const readers = Map.groupBy(
    program.nodes.flatMap(({ op, inputs }) => inputs.map(({ id }) => ({ id, name: op.name }))),
    ({ id }) => id,
  );
  return rewrite(program, (node, operands) =>
    withFrame({ kind: "observer", observe }, () => {
      const isReadOnlyBy = (index: number, name: string) => {
        const id = node.inputs[index]?.id ?? -1;
        return !returned.has(id) && (readers.get(id) ?? []).every((reader) => reader.name === name);
      };
      for (const law of laws[nameOf(node.op)] ?? []) {
        const better = law({ node, operands, originOf, isReadOnlyBy });
        if (better !== undefined) return [better];
      }
      return applyNode(node, operands);
    }),
  );
}

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
