/** Passes that are tables of laws. */
import type { Program } from "@tapegrad/core";
import { nameOf } from "./graph.ts";
import type { Laws } from "./origins.ts";
import { everywhere, type Pass, type RewriteOptions, rewrite } from "./rewrite.ts";

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
export function rewrittenByLaws(program: Program, laws: Laws, options?: RewriteOptions): Program {
  const lawsOf = (node: Program["nodes"][number]) => laws[nameOf(node.op)];
  if (!program.nodes.some((node) => lawsOf(node) !== undefined)) return program;
  const readers = readersOf(program);
  return rewrite(
    program,
    (node, operands, originOf) => {
      const isReadOnlyBy = (index: number, name: string) => {
        const id = node.inputs[index]?.id ?? -1;
        return [...(readers().get(id) ?? [])].every((reader) => reader === name);
      };
      for (const law of lawsOf(node) ?? []) {
        const better = law({ node, operands, originOf, isReadOnlyBy });
        if (better !== undefined) return [better];
      }
      return undefined;
    },
    { ...options, concerns: (node) => lawsOf(node) !== undefined },
  );
}

/** The names of the ops that read a value, by its id, and `returned` for the Program itself; found when first asked for. */
function readersOf({ nodes, outputs }: Program): () => ReadonlyMap<number, ReadonlySet<string>> {
  let found: Map<number, Set<string>> | undefined;
  return () => {
    if (found !== undefined) return found;
    const names = new Map<number, Set<string>>();
    const note = (id: number, name: string) => names.set(id, (names.get(id) ?? new Set()).add(name));
    for (const { op, inputs } of nodes) for (const { id } of inputs) note(id, op.name);
    for (const { id } of outputs) note(id, "returned");
    found = names;
    return names;
  };
}
