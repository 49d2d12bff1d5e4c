/** Passes that are tables of laws. */
import type { Program } from "@tapegrad/core";
import { idsOf, nameOf } from "./graph.ts";
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
  const returned = new Set(idsOf(program.outputs));
  const readers = readersOf(program);
  return rewrite(
    program,
    (node, operands, originOf) => {
      const isReadOnlyBy = (index: number, name: string) => {
        const id = node.inputs[index]?.id ?? -1;
        return !returned.has(id) && (readers().get(id) ?? []).every((reader) => reader === name);
      };
      for (const law of lawsOf(node) ?? []) {
        const better = law({ node, operands, originOf, isReadOnlyBy });
        if (better !== undefined) return [better];
      }
      return undefined;
    },
    options,
  );
}

/** The names of the ops that read a value, by its id; found when first asked for. */
function readersOf({ nodes }: Program): () => ReadonlyMap<number, readonly string[]> {
  let found: Map<number, string[]> | undefined;
  return () => {
    if (found !== undefined) return found;
    found = new Map();
    for (const { op, inputs } of nodes) {
      for (const { id } of inputs) {
        const names = found.get(id);
        if (names === undefined) found.set(id, [op.name]);
        else names.push(op.name);
      }
    }
    return found;
  };
}
