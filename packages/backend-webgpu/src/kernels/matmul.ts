/**
 * Matrix products. Transposed operands and broadcast batches are strides. Large ones go by square tiles in workgroup memory,
 * of which each invocation makes four by four elements; the others by one invocation per element.
 */
import { broadcastStrides, defined, sizeOf, type TensorType } from "@tapegrad/core";
import type { AttributesOf } from "@tapegrad/ops";
import { forEach, indent, type Shader } from "../wgsl/shader.ts";
import { mergeAxes, offsetNames, offsets, offsetValues } from "../wgsl/strides.ts";
import { type DeviceKernel, type DeviceOperand, operandAt } from "./kernel.ts";

const shapeParameters = ["rows", "columns", "inner", "leftRow", "leftColumn", "rightRow", "rightColumn", "batches"];

function parametersOf(batchRank: number): string[] {
  return [...shapeParameters, ...offsetNames(batchRank, ["leftBase", "rightBase"])];
}

/** So many products are added up before their sum joins that of the others, which keeps rounding errors small. */
const block = 16;

export function elementShader(batchRank: number, invocations: number): Shader {
  const body = [
    "let column = i % columns;",
    "let row = i / columns % rows;",
    "let batch = i / columns / rows;",
    ...offsets("batch", batchRank, ["leftBase", "rightBase"]),
    "var left = leftBase + row * leftRow;",
    "var right = rightBase + column * rightColumn;",
    "var total = 0f;",
    `for (var start = 0u; start < inner; start += ${block}u) {`,
    ...indent([
      "var partial = 0f;",
      `for (var k = start; k < min(start + ${block}u, inner); k++) {`,
      "  partial += x0[left] * x1[right];",
      "  left += leftColumn;",
      "  right += rightRow;",
      "}",
      "total += partial;",
    ]),
    "}",
    "y[i] = total;",
  ];
  return {
    inputs: ["f32", "f32"],
    output: "f32",
    parameters: parametersOf(batchRank),
    functions: [],
    invocations,
    body: forEach("i", "rows * columns * batches", invocations, body),
  };
}

/** `side`² invocations make a square of 4·side rows and columns, going through the inner axis `side` at a time. */
export function tileShader(batchRank: number, side: number): Shader {
  const edge = 4 * side;
  const four = ["x", "y", "z", "w"];
  const load = (input: string, line: string, count: string, base: string, lineStride: string, innerStride: string) => [
    `let first = ${line} + lane % ${side}u * 4u;`,
    `let at = ${base} + (start + depth) * ${innerStride} + first * ${lineStride};`,
    "var four = vec4<f32>();",
    "if (start + depth < inner) {",
    ...four.map(
      (part, n) => `  if (first + ${n}u < ${count}) { four.${part} = ${input}[at + ${n}u * ${lineStride}]; }`,
    ),
    "}",
  ];
  const body = [
    `let rowTiles = (rows + ${edge - 1}u) / ${edge}u;`,
    `let columnTiles = (columns + ${edge - 1}u) / ${edge}u;`,
    `let depth = lane / ${side}u;`,
    "for (var tile = group; tile < rowTiles * columnTiles * batches; tile += groups) {",
    ...indent([
      `let tileColumn = tile % columnTiles * ${edge}u;`,
      `let tileRow = tile / columnTiles % rowTiles * ${edge}u;`,
      "let batch = tile / columnTiles / rowTiles;",
      ...offsets("batch", batchRank, ["leftBase", "rightBase"]),
      ...four.map((_, n) => `var total${n} = vec4<f32>();`),
      `for (var start = 0u; start < inner; start += ${side}u) {`,
      ...indent([
        "{",
        ...indent([...load("x0", "tileRow", "rows", "leftBase", "leftRow", "leftColumn"), "left[lane] = four;"]),
        "}",
        "{",
        ...indent([
          ...load("x1", "tileColumn", "columns", "rightBase", "rightColumn", "rightRow"),
          "right[lane] = four;",
        ]),
        "}",
        "workgroupBarrier();",
        ...four.map((_, n) => `var partial${n} = vec4<f32>();`),
        `for (var k = 0u; k < ${side}u; k++) {`,
        ...indent([
          `let a = left[k * ${side}u + depth];`,
          `let b = right[k * ${side}u + lane % ${side}u];`,
          ...four.map((part, n) => `partial${n} += a.${part} * b;`),
        ]),
        "}",
        ...four.map((_, n) => `total${n} += partial${n};`),
        "workgroupBarrier();",
      ]),
      "}",
      "let row = tileRow + depth * 4u;",
      `let column = tileColumn + lane % ${side}u * 4u;`,
      "let base = batch * rows * columns;",
      ...four.flatMap((_, n) => [
        `if (row + ${n}u < rows) {`,
        ...four.map(
          (part, m) =>
            `  if (column + ${m}u < columns) { y[base + (row + ${n}u) * columns + column + ${m}u] = total${n}.${part}; }`,
        ),
        "}",
      ]),
    ]),
    "}",
  ];
  return {
    inputs: ["f32", "f32"],
    output: "f32",
    parameters: parametersOf(batchRank),
    functions: [],
    shared: [`left: array<vec4<f32>, ${side * side}>`, `right: array<vec4<f32>, ${side * side}>`],
    invocations: side * side,
    body: body.join("\n"),
  };
}

/** A matrix with fewer rows or columns would leave most of a tile empty. */
const smallestEdge = 16;

export const matmul: DeviceKernel<AttributesOf<"matmul">> = (runtime, inputs, attributes, output) => {
  const [a, b] = [operandAt(inputs, 0), operandAt(inputs, 1)];
  const y = runtime.allocate(output);
  const [rows, columns] = [lengthAt(output, -2), lengthAt(output, -1)];
  const inner = lengthAt(a, attributes.transposeLeft ? -2 : -1);
  const batch = output.shape.slice(0, -2);
  const axes = mergeAxes(batch, [batchStrides(a, batch), batchStrides(b, batch)]);
  const rank = axes.lengths.length;
  const batches = sizeOf(batch);
  const isTiled = Math.min(rows, columns) >= smallestEdge && inner >= smallestEdge;
  const side = Math.min(rows, columns) >= 64 ? runtime.tileSide : Math.min(runtime.tileSide, 8);
  const tiles = Math.ceil(rows / (4 * side)) * Math.ceil(columns / (4 * side)) * batches;
  const invocations = runtime.loopInvocations;
  runtime.run({
    key: isTiled ? `matmul ${rank} ${side}` : `matmul ${rank}`,
    shader: () => (isTiled ? tileShader(rank, side) : elementShader(rank, invocations)),
    inputs: [a.memory, b.memory],
    output: y,
    parameters: [
      ...[rows, columns, inner],
      ...matrixStrides(a, attributes.transposeLeft),
      ...matrixStrides(b, attributes.transposeRight),
      batches,
      ...offsetValues(axes),
    ],
    groups: isTiled ? tiles : Math.ceil((rows * columns * batches) / invocations),
  });
  return y;
};

/** From row to row, and from column to column, of the matrix as it is read. */
function matrixStrides(x: DeviceOperand, isTransposed: boolean): [number, number] {
  const width = lengthAt(x, -1);
  return isTransposed ? [1, width] : [width, 1];
}

function batchStrides(x: DeviceOperand, batch: readonly number[]): number[] {
  const matrix = lengthAt(x, -2) * lengthAt(x, -1);
  return broadcastStrides(x.shape.slice(0, -2), batch).map((stride) => stride * matrix);
}

function lengthAt({ shape }: TensorType, axis: number): number {
  return defined(shape.at(axis), "matrix axis");
}
