/**
 * A checkpoint becomes its body. This pass is the last, after those that move values out of loops, and does not share equal
 * values. Until then a checkpoint is one closed node, so no pass can keep its inner values longer than one call: that is its
 * promise.
 */
import { type BodyAttributes, checkpointOp } from "@tapegrad/autodiff";
import { interpret, type Program } from "@tapegrad/core";
import { rewrittenByLaws } from "../rewrite/by-laws.ts";
import { isCheckpointed } from "../rewrite/graph.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";
import { addInPlace } from "./add-in-place.ts";

/**
 * `checkpoint(f)(x)` = `f(x)`.
 * The last pass: the bodies of checkpoints take their place.
 */
export const inlineCheckpoints: Pass = (program) => (program.nodes.some(isCheckpointed) ? inlined(program) : program);

const inlined = everywhere((program: Program) => {
  const alone = rewrite(
    program,
    ({ op, attributes }, operands) =>
      op === checkpointOp ? interpret((attributes as BodyAttributes).body, operands) : undefined, // By the record's identity.
    { shares: false },
  );
  return alone === program ? program : rewrittenByLaws(alone, addInPlace.laws, { shares: false });
});
