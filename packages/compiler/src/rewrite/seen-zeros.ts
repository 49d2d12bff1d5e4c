/**
 * Finds the values whose readers distinguish −0 from 0. A product does not: its sum begins with 0, and 0 + (−0) is 0. So a law
 * may change the sign of zero if only products and sums read the value, inside and outside the loop.
 */
import { type BodyAttributes, checkpointOp, type ScanAttributes, scanOp } from "@tapegrad/autodiff";
import type { Program, ProgramNode, Variable } from "@tapegrad/core";
import { bodiesOf } from "@tapegrad/core/internal";
import type { PrimitiveName } from "@tapegrad/ops";
import { primitiveName } from "./primitive-node.ts";
import { summing } from "./signed-zero.ts";

/** Ops for which the sign of a zero operand changes nothing but the sign of a zero result. */
const passing: ReadonlySet<PrimitiveName> = new Set([
  "add",
  "alias",
  "broadcastTo",
  "concat",
  "flip",
  "indexAdd",
  "mul",
  "neg",
  "pad",
  "reshape",
  "scatterAdd",
  "slice",
  "stopGradient",
  "sub",
  "take",
  "transpose",
  "where",
]);

/** The ids of all values, in bodies as well, of which something may tell −0 from 0. */
export function seenZeros(program: Program): ReadonlySet<number> {
  const seen = new Set<number>();
  look(program, seen, () => true);
  return seen;
}

/** Adds what is seen in a Program, given which of its outputs are. */
function look({ nodes, outputs }: Program, seen: Set<number>, isSeen: (output: number) => boolean): void {
  see(
    outputs.filter((_, i) => isSeen(i)),
    seen,
  );
  for (const node of nodes.toReversed()) see(seenOperands(node, seen), seen);
}

function see(variables: readonly Variable[], seen: Set<number>): void {
  for (const { id } of variables) seen.add(id);
}

function seenOperands(node: ProgramNode, seen: Set<number>): readonly Variable[] {
  const { op, attributes, inputs, outputs } = node;
  const isSeen = (output: number) => seen.has(outputs[output]?.id ?? -1);
  if (op === scanOp || op === checkpointOp) {
    const { body, carries = 0 } = attributes as BodyAttributes & Partial<ScanAttributes>; // By the records' identity.
    // The next step may see a carry.
    look(body, seen, (i) => i < carries || isSeen(i));
    return inputs.filter((_, i) => i < carries || seen.has(body.inputs[i]?.id ?? -1));
  }
  for (const body of bodiesOf(node)) look(body, seen, () => true);
  const name = primitiveName(op);
  if (name !== undefined && (summing.has(name) || (passing.has(name) && !isSeen(0)))) return [];
  return inputs;
}
