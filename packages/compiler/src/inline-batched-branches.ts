/** A `cond` whose predicate differs by batch entry becomes both branches and a selection, so that passes see what is inside. */
import { type CondEntriesAttributes, condEntriesOp } from "@tapegrad/autodiff";
import type { Program } from "@tapegrad/core";
import { everywhere, type Pass, rewrite } from "./rewrite.ts";

export const inlineBatchedBranches: Pass = everywhere((program: Program) =>
  program.nodes.some(({ op }) => op === condEntriesOp)
    ? rewrite(
        program,
        ({ op, attributes }, operands) =>
          op === condEntriesOp ? condEntriesOp.run(operands, attributes as CondEntriesAttributes) : undefined, // By the record's identity.
      )
    : program,
);
