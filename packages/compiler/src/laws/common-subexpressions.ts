/** The same op on the same operands is computed once. */
import type { Tensor } from "@tapegrad/core";
import { applyNode } from "@tapegrad/core/internal";
import { signatureOf } from "../rewrite/graph.ts";
import { everywhere, type Pass, rewrite } from "../rewrite/rewrite.ts";

/**
 * `f(x), f(x)` = `y, y` with `y = f(x)`.
 * A pass: what is computed twice is computed once.
 */
export const mergeCommonSubexpressions: Pass = everywhere((program) => {
  const known = new Map<string, readonly Tensor[]>();
  return rewrite(program, (node, operands) => {
    const key = `${signatureOf(node)} ${operands.map(({ variable }) => variable.id).join(",")}`;
    const outputs = known.get(key) ?? applyNode(node, operands);
    known.set(key, outputs);
    return outputs;
  });
});
