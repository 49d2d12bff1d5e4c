/** A fused step: one pass over its shape, in which every invocation computes all ops for its elements. */
import type { FusedStep, Value } from "@tapegrad/compiler";
import { type DType, defined } from "@tapegrad/core";
import { wordOf } from "../kernels/movement.ts";
import { elementOf } from "../wgsl/element.ts";
import {
  castOf,
  type ElementwiseName,
  type Expression,
  elementwise,
  expressionFor,
  selection,
} from "../wgsl/elementwise.ts";
import { forEach } from "../wgsl/shader.ts";
import type { Division, StepKernel } from "./kernel.ts";
import { literal, positionsOf } from "./positions.ts";

/** The WGSL of an op whose operands, the last if they differ, have the dtype `type`; undefined if it is not elementwise. */
export function fusedExpression(op: string, type: DType, result: DType): Expression | undefined {
  if (op === "where") return selection;
  if (op === "cast") return castOf(type, result);
  return isElementwiseName(op) ? expressionFor(op, type) : undefined;
}

function isElementwiseName(op: string): op is ElementwiseName {
  return Object.hasOwn(elementwise, op);
}

/** A constant as a WGSL expression of the type of its dtype. Floats by their bits: not every one has a literal. */
export function constantText(value: number, dtype: DType): string {
  const word = literal(wordOf(value, dtype));
  if (dtype === "bool") return word;
  if (dtype === "int32") return `bitcast<i32>(${word})`;
  return Number.isFinite(value)
    ? `bitcast<f32>(${word})`
    : value > 0
      ? "infinity()"
      : value < 0
        ? "-infinity()"
        : "notANumber()";
}

export function fusedKernel(step: FusedStep, { loop }: Division): StepKernel {
  const { shape, operands, nodes, results } = step;
  const values = [...operands.filter((operand) => operand.kind === "memory"), ...results.map(({ to }) => to)];
  const positions = positionsOf(
    "i",
    shape,
    values.map(({ strides }) => strides),
  );
  const typeOf = (input: FusedStep["nodes"][number]["inputs"][number] | undefined): DType =>
    defined(input?.from === "node" ? nodes[input.index] : operands[input?.index ?? -1], "operand").dtype;
  const expressions = nodes.map((node) =>
    defined(fusedExpression(node.op, typeOf(node.inputs.at(-1)), node.dtype), "expression"),
  );
  return {
    label: `fused ${nodes.length} over [${shape}]`,
    values,
    functions: [
      ...expressions.flatMap(({ functions }) => functions),
      ...(operands.some(isExtreme) ? (["infinity", "notANumber"] as const) : []),
    ],
    invocations: loop,
    groups: Math.ceil(positions.count / loop),
    body: (names) => {
      let next = 0;
      const offset = (k: number) => defined(positions.offsets[k], "offset");
      const loads = operands.map((operand, i) => {
        const text =
          operand.kind === "constant" ? constantText(operand.value, operand.dtype) : names.load(next, offset(next++));
        return `let x${i} = ${text};`;
      });
      const inputText = ({ from, index }: { from: "operand" | "node"; index: number }) =>
        `${from === "node" ? "n" : "x"}${index}`;
      const computed = nodes.map(
        ({ inputs, dtype }, i) =>
          `let n${i}: ${elementOf("compile", dtype)} = ${defined(expressions[i], "expression").text(...inputs.map(inputText))};`,
      );
      const stores = results.map(({ node }, r) => names.store(next + r, offset(next + r), `n${node}`));
      return [
        forEach("i", literal(positions.count), loop, [...positions.statements, ...loads, ...computed, ...stores]),
      ];
    },
  };
}

function isExtreme(value: Value): boolean {
  return value.kind === "constant" && value.dtype === "float32" && !Number.isFinite(value.value);
}
