/** Elementwise ops, one at a time: a loop around an expression. */
import { type Shape, sizeOf, type TensorType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { type Element, elementOf } from "../wgsl/element.ts";
import {
  castOf,
  type ElementwiseName,
  type Expression,
  elementwise,
  expressionOf,
  selection,
} from "../wgsl/elementwise.ts";
import type { Elements, Shader } from "../wgsl/shader.ts";
import { type Access, accessOf, broadcastAxes, offsetNames, offsets, offsetValues } from "../wgsl/strides.ts";
import { type DeviceKernel, type DeviceOperand, operandAt, type Runtime } from "./kernel.ts";
import { placesOf } from "./passes.ts";

export interface LoopSpec {
  readonly inputs: readonly { readonly element: Element; readonly access: Access }[];
  readonly output: Element;
  readonly expression: Expression;
  /** Axes that the strided operands walk. */
  readonly rank: number;
  readonly invocations: number;
}

/** y[i] = expression(x0[…], x1[…], …) for every element of the output. */
export function elementwiseShader({ inputs, output, expression, rank, invocations }: LoopSpec): Shader {
  const strided = inputs.flatMap(({ access }, i) => (access === "strided" ? [`offset${i}`] : []));
  const place = (access: Access, i: number) => ({ same: "i", first: "0u", strided: `offset${i}` })[access];
  const body = ({ load, store }: Elements) => [
    ...(strided.length > 0 ? offsets("i", rank, strided) : []),
    ...inputs.map(({ access }, i) => `let a${i} = ${load(i, place(access, i))};`),
    store("i", expression.text(...inputs.map((_, i) => `a${i}`))),
  ];
  return {
    inputs: inputs.map(({ element }) => element),
    output,
    parameters: ["size", ...(strided.length > 0 ? offsetNames(rank, strided) : [])],
    functions: expression.functions,
    invocations,
    body: (elements) => elements.each("i", "size", invocations, body(elements)),
  };
}

interface LoopCall {
  readonly name: string;
  readonly operands: readonly { readonly shape: Shape; readonly element: Element; readonly memory: Memory }[];
  readonly output: TensorType;
  readonly element: Element;
  readonly expression: Expression;
}

/** Runs an elementwise loop; `name` stands for the expression. */
export function runLoop(runtime: Runtime, { name, operands, output, element, expression }: LoopCall): Memory {
  const y = runtime.allocate(output);
  const accesses = operands.map(({ shape }) => accessOf(shape, output.shape));
  const strided = operands.filter((_, i) => accesses[i] === "strided").map(({ shape }) => shape);
  const axes = broadcastAxes(strided, output.shape);
  const rank = strided.length === 0 ? 0 : axes.lengths.length;
  const inputs = operands.map(({ element }, i) => ({ element, access: defined(accesses[i], "access") }));
  const invocations = runtime.loopInvocations;
  runtime.run({
    key: `${name} ${accesses.join(" ")} ${rank}`,
    shader: () => elementwiseShader({ inputs, output: element, expression, rank, invocations }),
    inputs: operands.map(({ memory }) => memory),
    output: y,
    parameters: [sizeOf(output.shape), ...(strided.length === 0 ? [] : offsetValues(axes))],
    groups: Math.ceil(sizeOf(output.shape) / invocations),
    isByPage: strided.length === 0,
    isPointwise: true,
    reads: (input, begin, end) => {
      const number = accesses.slice(0, input).filter((access) => access === "strided").length;
      return accesses[input] === "strided" ? placesOf(axes, number, begin, end) : [0, end];
    },
    follows: accesses.flatMap((access, i) => (access === "same" ? [i] : [])),
  });
  return y;
}

function typed(op: string, operand: DeviceOperand): LoopCall["operands"][number] {
  return { ...operand, element: elementOf(op, operand.dtype) };
}

function kernelOf(name: ElementwiseName): DeviceKernel {
  return (runtime, inputs, _, output) => {
    const { dtype } = operandAt(inputs, 0);
    return runLoop(runtime, {
      name: `${name} ${dtype}`,
      operands: inputs.map((input) => typed(name, input)),
      output,
      element: elementOf(name, output.dtype),
      expression: expressionOf(name, dtype),
    });
  };
}

/** One of each expression of the table. */
export const elementwiseKernels = Object.fromEntries(
  Object.keys(elementwise).map((name) => [name, kernelOf(name as ElementwiseName)]),
) as { [Name in ElementwiseName]: DeviceKernel }; // Object.keys forgets what the keys are: the only unchecked types here.

/** Bits are selected, so one shader serves every dtype, and a NaN keeps its own. */
export const where: DeviceKernel = (runtime, inputs, _, output) =>
  runLoop(runtime, {
    name: "where",
    operands: inputs.map((input) => ({ ...input, element: "u32" })),
    output,
    element: "u32",
    expression: selection,
  });

export const cast: DeviceKernel<AttributesOf<"cast">> = (runtime, inputs, { dtype }, output) => {
  const x = operandAt(inputs, 0);
  if (x.dtype === dtype) return x.memory;
  return runLoop(runtime, {
    name: `cast ${x.dtype} ${dtype}`,
    operands: [typed("cast", x)],
    output,
    element: elementOf("cast", dtype),
    expression: castOf(x.dtype, dtype),
  });
};
