/**
 * A checkpoint becomes its body. This comes after the last pass that moves values out of loops or merges equal values. Until
 * then a checkpoint is one closed node, so no pass can keep its inner values longer than one call: that is its promise.
 */
import { checkpointOp } from "@tapegrad/autodiff";
import { interpret } from "@tapegrad/core";
import { isCheckpointed } from "../rewrite/graph.ts";
import { inlining, type Pass } from "../rewrite/rewrite.ts";
import { addInPlace } from "./add-in-place.ts";
import { simplify } from "./simplify.ts";

/**
 * `checkpoint(f)(x)` = `f(x)`.
 * The last pass: the bodies of checkpoints take their place.
 */
export const inlineCheckpoints: Pass = (program) =>
  program.nodes.some(isCheckpointed) ? addInPlace(simplify(inlined(program))) : program;

const inlined = inlining(checkpointOp, (operands, { body }) => interpret(body, operands));
