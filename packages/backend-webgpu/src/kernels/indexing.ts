/** Reading and adding by index. An index out of range reads NaN (0 in integers) and writes nowhere. */
import { isFloat, sizeOf, type TensorType } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { floatSum, integerSum } from "../wgsl/accumulation.ts";
import { type Elements, indent, type Shader } from "../wgsl/shader.ts";
import { type AxisView, type DeviceKernel, type DeviceOperand, operandAt, type Runtime, viewAlong } from "./kernel.ts";
import { byParts, isTooMuch, longestAxis, onParts, partsOf, type Range, viewed } from "./parts.ts";
import { argsortMemory } from "./sort.ts";

/** What an index out of range reads. */
function missing({ dtype }: TensorType): number {
  return isFloat(dtype) ? 0x7fc00000 : 0;
}

/** How the index of an update is found: `take` and `indexAdd` use one list for all slices, the others one element each. */
export type Indexing = "slices" | "elements";

/** y[outer, j, inner] = x0[outer, index, inner] */
export function readShader(indexing: Indexing, invocations: number): Shader {
  const body = ({ load, store }: Elements) => [
    "let column = i % inner;",
    "let j = i / inner % length;",
    "let block = i / inner / length;",
    `let row = bitcast<u32>(${load(1, indexing === "slices" ? "j" : "i")});`, // A negative index wraps to more than any length.
    "let inside = row < rows;",
    `let value = ${load(0, "(block * rows + select(0u, row, inside)) * inner + column")};`,
    store("i", "select(missing, value, inside)"),
  ];
  return {
    inputs: ["u32", "i32"],
    output: "u32",
    parameters: ["size", "rows", "length", "inner", "missing"],
    functions: [],
    invocations,
    body: (elements) => elements.each("i", "size", invocations, body(elements)),
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
      isPointwise: true,
      follows: indexing === "elements" ? [1] : [],
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
  const { functions, of, take, result } = isFloat ? floatSum : integerSum;
  const bySlice = indexing === "slices";
  const place = (j: string) => `(block * length + ${j}) * inner + column`;
  const indexAt = (load: Elements["load"], j: string) => load(1, bySlice ? j : place(j));
  const sortedAt = (load: Elements["load"], k: string) => `u32(${load(3, bySlice ? k : place(k))})`;
  const add = (load: Elements["load"], j: string) => `total = ${take("total", load(2, place(j)), j)};`;
  const scan = ({ load }: Elements) => [
    "for (var j = 0u; j < length; j++) {",
    `  if (${indexAt(load, "j")} == row) { ${add(load, "j")} }`,
    "}",
  ];
  const search = ({ load }: Elements) => [
    "var low = 0u;",
    "var high = length;",
    "while (low < high) {",
    "  let middle = low + (high - low) / 2u;",
    `  let position = ${sortedAt(load, "middle")};`,
    `  if (${indexAt(load, "position")} < row) { low = middle + 1u; } else { high = middle; }`,
    "}",
    "for (var k = low; k < length; k++) {",
    `  let j = ${sortedAt(load, "k")};`,
    `  if (${indexAt(load, "j")} != row) { break; }`,
    `  ${add(load, "j")}`,
    "}",
  ];
  const body = (elements: Elements) => [
    "let column = i % inner;",
    "let row = i32(i / inner % rows);",
    "let block = i / inner / rows;",
    `var total = ${of(elements.load(0, "i"))};`,
    ...(isSorted ? search : scan)(elements),
    elements.store("i", result("total")),
  ];
  const element = isFloat ? "f32" : "i32";
  return {
    inputs: isSorted ? [element, "i32", element, "i32"] : [element, "i32", element],
    output: element,
    parameters: ["size", "rows", "length", "inner"],
    functions,
    invocations,
    body: (elements) => elements.each("i", "size", invocations, indent(body(elements))),
  };
}

/** From so many updates on, sorting costs less than looking at each of them for every element of the result. */
const manyUpdates = 256;

function adding(indexing: Indexing): DeviceKernel<AttributesOf<"indexAdd">> {
  return (runtime, inputs, { axis }) => {
    const [x, indices, updates] = [operandAt(inputs, 0), operandAt(inputs, 1), operandAt(inputs, 2)];
    const { outer, length: rows, inner } = viewAlong(x.shape, axis);
    const along: AxisView =
      indexing === "slices" ? { outer: 1, length: sizeOf(indices.shape), inner: 1 } : viewAlong(indices.shape, axis);
    const blocks = [outer, along.length, inner];
    return addUpdates(runtime, {
      indexing,
      x: viewed(x, [outer, rows, inner]),
      indices: viewed(indices, indexing === "slices" ? [1, along.length, 1] : blocks),
      updates: viewed(updates, blocks),
    });
  };
}

/** Operands seen from their axis: `outer` × rows or updates × `inner`. */
interface Updates {
  readonly indexing: Indexing;
  readonly x: DeviceOperand;
  readonly indices: DeviceOperand;
  readonly updates: DeviceOperand;
}

function addUpdates(runtime: Runtime, all: Updates): Memory {
  const { indexing, x, indices, updates } = all;
  const [outer = 0, length = 0, inner = 0] = indices.shape;
  const isSorted = length >= manyUpdates && runtime.maxBuffers >= 5;
  if (isTooMuch(runtime, isSorted ? [indices, indices, updates] : [indices, updates], 2))
    return addHalves(runtime, all);
  const along: AxisView = { outer, length, inner };
  const order = isSorted ? [argsortMemory(runtime, { ...indices, along, isDescending: false })] : [];
  const [, rows = 0, columns = 0] = x.shape;
  const y = addInto(runtime, {
    operands: [x.memory, indices.memory, updates.memory, ...order],
    spec: { indexing, isFloat: isFloat(x.dtype), isSorted, invocations: runtime.loopInvocations },
    parameters: [sizeOf(x.shape), rows, length, columns],
    output: x,
  });
  for (const memory of order) runtime.free(memory);
  return y;
}

/** One half of the updates after the other, or else of every block of the result. */
function addHalves(runtime: Runtime, { indexing, x, indices, updates }: Updates): Memory {
  const add = (x: DeviceOperand, indices: DeviceOperand, updates: DeviceOperand) =>
    addUpdates(runtime, { indexing, x, indices, updates });
  const across = longestAxis(updates, [-1, -3]);
  if (longestAxis(updates, [-2]) === undefined && across !== undefined) {
    return byParts(runtime, x, partsOf(x, across, 2), (half) =>
      indexing === "elements"
        ? onParts(
            runtime,
            [x, indices, updates].map((operand) => [operand, half] as const),
            add,
          )
        : onParts(
            runtime,
            [x, updates].map((operand) => [operand, half] as const),
            (x, updates) => add(x, indices, updates),
          ),
    );
  }
  const addPart = (x: DeviceOperand, part: Range) =>
    onParts(
      runtime,
      [indices, updates].map((operand) => [operand, part] as const),
      (indices, updates) => add(x, indices, updates),
    );
  let y = x;
  for (const part of partsOf(updates, -2, 2)) {
    const memory = addPart(y, part);
    if (y !== x) runtime.free(y.memory);
    y = { ...x, memory };
  }
  return y.memory;
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
    follows: [0],
  });
  return y;
}

export const indexAdd = adding("slices");
export const scatterAdd = adding("elements");
