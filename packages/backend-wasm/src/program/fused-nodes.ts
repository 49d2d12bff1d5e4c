/** The ops of a fused loop on vectors. Operands may come from memory, constants or other ops. */
import type { FusedNode, FusedStep } from "@tapegrad/compiler";
import type { DType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { Local } from "../assembler/index.ts";
import type { VectorConstants } from "../math/constants.ts";
import { type LaneContext, type LaneMath, laneOp } from "./lane-ops.ts";

/** The constants that the step's ops need. */
export function declareConstants(step: FusedStep, constants: VectorConstants, math: LaneMath): void {
  for (const node of step.nodes) laneOp(node.op).declare?.(constants, math, typeOf(step, node), node.dtype);
}

/** A vector of each node's values, from one of each operand's. */
export function valuesOfNodes(
  step: FusedStep,
  context: LaneContext,
  operands: readonly Local<"v128">[],
): readonly Local<"v128">[] {
  const values: Local<"v128">[] = [];
  for (const node of step.nodes) {
    const given = node.inputs.map(({ from, index }) =>
      defined((from === "node" ? values : operands)[index], "operand"),
    );
    values.push(context.f.let(laneOp(node.op).emit(context, given, typeOf(step, node), node.dtype)));
  }
  return values;
}

/** Of a node's operands, the last if they differ. */
function typeOf(step: FusedStep, { inputs }: FusedNode): DType {
  const { from, index } = defined(inputs.at(-1), "operand");
  return defined<{ readonly dtype: DType }>((from === "node" ? step.nodes : step.operands)[index], "operand").dtype;
}

/** Equal for ops that do the same with operands of the same kinds. */
export function nodesText(step: FusedStep): string {
  const constants = step.operands.map((operand) =>
    operand.kind === "memory"
      ? operand.dtype
      : `${operand.dtype}=${Object.is(operand.value, -0) ? "-0" : operand.value}`,
  );
  const nodes = step.nodes.map(
    ({ op, attributes, inputs, dtype }) =>
      `${op}${JSON.stringify(attributes)}${inputs.map(({ from, index }) => `${from === "node" ? "n" : "o"}${index}`)}${dtype}`,
  );
  const results = step.results.map(({ node, fold }) => [node, fold]);
  return `${constants.join(" ")} ${nodes.join(" ")} ${JSON.stringify(results)}`;
}
