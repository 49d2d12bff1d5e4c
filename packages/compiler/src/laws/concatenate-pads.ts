/**
 * A sum of padded pieces that lie side by side is their concatenation, each plus the zeros of the others. Cotangents of gates
 * come so: each slice of a projection gives back a piece with zeros around it.
 */
import type { Program, Tensor } from "@tapegrad/core";
import { bodiesOf } from "@tapegrad/core/internal";
import { concat } from "@tapegrad/ops";
import { byLaws } from "../rewrite/by-laws.ts";
import { type Law, numbersOf, type Site } from "../rewrite/origins.ts";
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
  return nodes.some((node) => node.op.name === "pad" || bodiesOf(node).some(hasPads));
}

/** The addition of zeros is left out where nothing sees that it makes 0 of −0. */
function concatenated(seen: ReadonlySet<number>): Law {
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
function piecesOf(x: Tensor, originOf: Site["originOf"]): Piece[] | undefined {
  const origin = originOf(x);
  if (origin?.name === "add") {
    const parts = origin.operands.map((operand) => piecesOf(operand, originOf));
    return parts.includes(undefined) ? undefined : parts.flatMap((list) => list ?? []);
  }
  const [tensor] = origin?.operands ?? [];
  if (origin?.name !== "pad" || tensor === undefined) return undefined;
  const [low, high, interior] = (["low", "high", "interior"] as const).map((name) =>
    numbersOf(origin.attributes, name),
  );
  const padded = x.shape.flatMap((_, axis) => ((low?.[axis] ?? 0) + (high?.[axis] ?? 0) > 0 ? [axis] : []));
  const [axis] = padded;
  if (padded.length !== 1 || axis === undefined || interior?.some((zeros) => zeros > 0)) return undefined;
  return [{ tensor, axis, start: low?.[axis] ?? 0 }];
}
