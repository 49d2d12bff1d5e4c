/**
 * `pad(a, 0, n) + pad(b, m, 0)` becomes `concat(a, b)`, where each piece is padded with zeros and the pieces lie side by side.
 * The cotangent of a projection that was sliced into gates is such a sum.
 */
import type { Program, Tensor } from "@tapegrad/core";
import { bodiesOf } from "@tapegrad/core/internal";
import { concat } from "@tapegrad/ops";
import { byLaws } from "../rewrite/by-laws.ts";
import type { Law, OriginOf } from "../rewrite/origins.ts";
import { isNode } from "../rewrite/primitive-node.ts";
import { seenZeros } from "../rewrite/seen-zeros.ts";
import { plusZero } from "../rewrite/signed-zero.ts";

/** `tensor` at `start` along an axis, zeros elsewhere. */
interface Piece {
  readonly tensor: Tensor;
  readonly axis: number;
  readonly start: number;
}

/**
 * `add(pad(a, [0, n]), pad(b, [m, 0]))` = `concat(a, b)`, for a of length m and b of length n.
 * A pass: a sum of padded pieces that lie side by side becomes their concatenation.
 */
export const concatenatePads = (program: Program): Program =>
  hasPads(program) ? byLaws({ add: [concatenated(seenZeros(program))] })(program) : program;

function hasPads({ nodes }: Program): boolean {
  return nodes.some((node) => isNode(node, "pad") || bodiesOf(node).some(hasPads));
}

/** The addition of zeros is left out where nothing sees that it makes 0 of −0. */
function concatenated(seen: ReadonlySet<number>): Law<"add"> {
  return ({ node, operands, originOf }) => {
    const pieces = operands.map((operand) => piecesOf(operand, originOf));
    const all = pieces.flatMap((list) => list ?? []).sort((a, b) => a.start - b.start);
    const [first] = all;
    const output = node.outputs[0];
    if (pieces.includes(undefined) || first === undefined || output === undefined) return undefined;
    let end = 0;
    for (const { tensor, axis, start } of all) {
      const fits = output.shape.every((length, at) => at === axis || tensor.shape[at] === length);
      if (axis !== first.axis || start !== end || !fits || tensor.rank !== output.shape.length) return undefined;
      end += tensor.shape[axis] ?? 0;
    }
    if (end !== output.shape[first.axis]) return undefined;
    return concat(
      all.map(({ tensor }) => (seen.has(output.id) ? plusZero(tensor, originOf) : tensor)),
      { axis: first.axis },
    );
  };
}

/** The pieces that a tensor is the sum of, if that is how it was made. */
function piecesOf(x: Tensor, originOf: OriginOf): Piece[] | undefined {
  const origin = originOf(x);
  if (origin?.name === "add") {
    const parts = origin.operands.map((operand) => piecesOf(operand, originOf));
    return parts.includes(undefined) ? undefined : parts.flatMap((list) => list ?? []);
  }
  if (origin?.name !== "pad") return undefined;
  const [tensor] = origin.operands;
  const { low, high, interior } = origin.attributes;
  const padded = x.shape.flatMap((_, axis) => ((low[axis] ?? 0) + (high[axis] ?? 0) > 0 ? [axis] : []));
  const [axis] = padded;
  if (padded.length !== 1 || axis === undefined || interior.some((zeros) => zeros > 0)) return undefined;
  return [{ tensor, axis, start: low[axis] ?? 0 }];
}
