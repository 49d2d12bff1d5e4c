/**
 * Checkpoints become what is inside them, once no pass comes any more that could move a value out of them or take a value from
 * elsewhere for one that they compute again. Until here they are closed: that is how every pass keeps what a checkpoint
 * promises, that of its inner values memory holds those of one call, while it runs.
 */
import { type BodyAttributes, checkpointOp } from "@tapegrad/autodiff";
import { interpret, type Program } from "@tapegrad/core";
import { addInPlace } from "./add-in-place.ts";
import { everywhere, type Pass, rewrite } from "./rewrite.ts";
import { simplify } from "./simplify.ts";
import { isCheckpointed } from "./structure.ts";

export const inlineCheckpoints: Pass = (program) =>
  program.nodes.some(isCheckpointed) ? addInPlace(simplify(inlined(program))) : program;

const inlined = everywhere((program: Program) =>
  rewrite(
    program,
    ({ op, attributes }, operands) =>
      op === checkpointOp ? interpret((attributes as BodyAttributes).body, operands) : undefined, // By the record's identity.
  ),
);
