/** A `cond` whose predicate differs by batch entry becomes both branches and a selection, so that passes see what is inside. */
import { condEntriesOp } from "@tapegrad/autodiff";
import { inlining } from "./rewrite.ts";

export const inlineBatchedBranches = inlining(condEntriesOp, condEntriesOp.run);
