/** Passes that are tables of laws. */
import type { Program, ProgramNode } from "@tapegrad/core";
import type { PrimitiveName } from "@tapegrad/ops";
import { usesOf } from "./graph.ts";
import { type Laws, lawsOf, type NodeSite } from "./origins.ts";
import { isNode } from "./primitive-node.ts";
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
  const lawsFor = ({ op }: ProgramNode) => lawsOf<NodeSite<PrimitiveName>>(laws, op);
  if (!program.nodes.some((node) => lawsFor(node) !== undefined)) return program;
  let uses: ReturnType<typeof usesOf> | undefined;
  return rewrite(
    program,
    (node, operands, originOf) => {
      const isReadOnlyBy = (index: number, name: PrimitiveName) => {
        uses ??= usesOf(program);
        const { readers, isReturned } = uses(node.inputs[index]?.id ?? -1);
        return !isReturned && [...readers].every((reader) => isNode(reader, name));
      };
      const { attributes } = node;
      const [output] = node.outputs;
      if (output === undefined) return undefined;
      for (const law of lawsFor(node) ?? []) {
        const better = law({ node, attributes, operands, output, originOf, isReadOnlyBy });
        if (better !== undefined) return [better];
      }
      return undefined;
    },
    { ...options, concerns: (node) => lawsFor(node) !== undefined },
  );
}
