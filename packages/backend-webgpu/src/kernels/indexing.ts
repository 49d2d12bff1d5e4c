/** Reading and adding by index. An index out of range reads NaN (0 in integers) and writes nowhere. */
import { isFloat, sizeOf, type TensorType } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { floatSum, integerSum } from "../wgsl/accumulation.ts";
import { forEach, indent, type Shader } from "../wgsl/shader.ts";
import { type AxisView, type DeviceKernel, operandAt, type Runtime, viewAlong } from "./kernel.ts";
import { argsortMemory } from "./sort.ts";

/** What an index out of range reads. */
function missing({ dtype }: TensorType): number {
  return isFloat(dtype) ? 0x7fc00000 : 0;
}

/** How the index of an update is found: `take` and `indexAdd` use one list for all slices, the others one element each. */
export type Indexing = "slices" | "elements";

/** y[outer, j, inner] = x0[outer, index, inner] */
export function readShader(indexing: Indexing, invocations: number): Shader {
  const body = [
    "let column = i % inner;",
    "let j = i / inner % length;",
    "let block = i / inner / length;",
    `let row = bitcast<u32>(x1[${indexing === "slices" ? "j" : "i"}]);`, // A negative index wraps to more than any length.
    "let inside = row < rows;",
    "y[i] = select(missing, x0[(block * rows + select(0u, row, inside)) * inner + column], inside);",
  ];
  return {
    inputs: ["u32", "i32"],
    output: "u32",
    parameters: ["size", "rows", "length", "inner", "missing"],
    functions: [],
    invocations,
    body: forEach("i", "size", invocations, body),
  };
}

function reading(indexing: Indexing): DeviceKernel<AttributesOf<"take">> {
  return (runtime, inputs, { axis }, output) => {
    const [x, indices] = [operandAt(inputs, 0), operandAt(inputs, 1)];
    const { length: rows, inner } = viewAlong(x.shape, axis);
    const length = indexing === "slices" ? sizeOf(indices.shape) : viewAlong(indices.shape, axis).length;
    const y = runtime.allocate(output);
    const size = sizeOf(output.shape);
    const invocations = runtime.loopInvocations;
    runtime.run({
      key: `read ${indexing}`,
      shader: () => readShader(indexing, invocations),
      inputs: [x.memory, indices.memory],
      output: y,
      parameters: [size, rows, length, inner, missing(output)],
      groups: Math.ceil(size / invocations),
    });
    return y;
  };
}

export const take = reading("slices");
export const gather = reading("elements");

export interface AddSpec {
  readonly indexing: Indexing;
  readonly isFloat: boolean;
  /** Whether `x3` has the positions of the indices in ascending order. */
  readonly isSorted: boolean;
  readonly invocations: number;
}

/**
 * y[outer, row, inner] = x0 + Σ x2[outer, j, inner] over the j whose index is row, in the order of j: each element is added up by
 * one invocation, so the result does not depend on who is first, as it would with atomic additions.
 */
export function addShader({ indexing, isFloat, isSorted, invocations }: AddSpec): Shader {
  const { functions, initial, take, result } = isFloat ? floatSum : integerSum;
  const bySlice = indexing === "slices";
  const indexAt = (j: string) => (bySlice ? `x1[${j}]` : `x1[(block * length + ${j}) * inner + column]`);
  const sortedAt = (k: string) => (bySlice ? `u32(x3[${k}])` : `u32(x3[(block * length + ${k}) * inner + column])`);
  const add = (j: string) => `total = ${take("total", `x2[(block * length + ${j}) * inner + column]`, j)};`;
  const scan = ["for (var j = 0u; j < length; j++) {", `  if (${indexAt("j")} == row) { ${add("j")} }`, "}"];
  const search = [
    "var low = 0u;",
    "var high = length;",
    "while (low < high) {",
    "  let middle = (low + high) / 2u;",
    `  let position = ${sortedAt("middle")};`,
    `  if (${indexAt("position")} < row) { low = middle + 1u; } else { high = middle; }`,
    "}",
    "for (var k = low; k < length; k++) {",
    `  let j = ${sortedAt("k")};`,
    `  if (${indexAt("j")} != row) { break; }`,
    `  ${add("j")}`,
    "}",
  ];
  const body = [
    "let column = i % inner;",
    "let row = i32(i / inner % rows);",
    "let block = i / inner / rows;",
    `var total = ${take(initial, "x0[i]", "0u")};`,
    ...(isSorted ? search : scan),
    `y[i] = ${result("total")};`,
  ];
  const element = isFloat ? "f32" : "i32";
  return {
    inputs: isSorted ? [element, "i32", element, "i32"] : [element, "i32", element],
    output: element,
    parameters: ["size", "rows", "length", "inner"],
    functions,
    invocations,
    body: forEach("i", "size", invocations, indent(body)),
  };
}

/** From so many updates on, sorting costs less than looking at each of them for every element of the result. */
const manyUpdates = 256;

function adding(indexing: Indexing): DeviceKernel<AttributesOf<"indexAdd">> {
  return (runtime, inputs, { axis }, output) => {
    const [x, indices, updates] = [operandAt(inputs, 0), operandAt(inputs, 1), operandAt(inputs, 2)];
    const { length: rows, inner } = viewAlong(x.shape, axis);
    const along: AxisView =
      indexing === "slices" ? { outer: 1, length: sizeOf(indices.shape), inner: 1 } : viewAlong(indices.shape, axis);
    const isSorted = along.length >= manyUpdates && runtime.maxBuffers >= 5;
    const order = isSorted ? [argsortMemory(runtime, { ...indices, along, isDescending: false })] : [];
    const y = addInto(runtime, {
      operands: [x.memory, indices.memory, updates.memory, ...order],
      spec: { indexing, isFloat: isFloat(output.dtype), isSorted, invocations: runtime.loopInvocations },
      parameters: [sizeOf(x.shape), rows, along.length, inner],
      output,
    });
    for (const memory of order) runtime.free(memory);
    return y;
  };
}

interface Addition {
  readonly operands: readonly Memory[];
  readonly spec: AddSpec;
  readonly parameters: readonly [size: number, rows: number, length: number, inner: number];
  readonly output: TensorType;
}

function addInto(runtime: Runtime, { operands, spec, parameters, output }: Addition): Memory {
  const y = runtime.allocate(output);
  runtime.run({
    key: `add ${spec.indexing} ${spec.isFloat} ${spec.isSorted}`,
    shader: () => addShader(spec),
    inputs: operands,
    output: y,
    parameters,
    groups: Math.ceil(parameters[0] / spec.invocations),
  });
  return y;
}

export const indexAdd = adding("slices");
export const scatterAdd = adding("elements");
