/** A `cond` whose predicate differs by batch entry becomes both branches and a selection, so that passes see what is inside. */
import { condEntriesOp } from "@tapegrad/autodiff";
import { inlining } from "../rewrite/rewrite.ts";

/**
 * `condEntries(p, f, g, x)` = `where(p, f(x), g(x))`.
 * A pass: both branches run, and each entry of the batch selects.
 */
export const inlineBatchedBranches = inlining(condEntriesOp, condEntriesOp.run);
