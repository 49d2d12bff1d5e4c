/**
 * Matrix products. Transposed operands and broadcast batches are strides. Large ones go by square tiles in workgroup memory,
 * of which each invocation makes four by four elements; the others by one invocation per element.
 */
import { broadcastStrides, sizeOf, type TensorType } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import type { AttributesOf } from "@tapegrad/ops";
import type { Memory } from "../device/memory.ts";
import { blockedSums } from "../wgsl/blocked-sums.ts";
import { type Elements, indent, type Shader } from "../wgsl/shader.ts";
import { mergeAxes, offsetNames, offsets, offsetValues } from "../wgsl/strides.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { type DeviceKernel, type DeviceOperand, operandAt, type Runtime } from "./kernel.ts";
import { axesOf, byParts, isTooMuch, longestAxis, onParts, partsOf } from "./parts.ts";

const shapeParameters = ["rows", "columns", "inner", "leftRow", "leftColumn", "rightRow", "rightColumn", "batches"];

function parametersOf(batchRank: number): string[] {
  return [...shapeParameters, ...offsetNames(batchRank, ["leftBase", "rightBase"])];
}

/** So many products are added up before their sum joins that of the others, which keeps rounding errors small. */
const block = 16;

export function elementShader(batchRank: number, invocations: number): Shader {
  const body = ({ load, store }: Elements) => [
    "let column = i % columns;",
    "let row = i / columns % rows;",
    "let batch = i / columns / rows;",
    ...offsets("batch", batchRank, ["leftBase", "rightBase"]),
    "var left = leftBase + row * leftRow;",
    "var right = rightBase + column * rightColumn;",
    "var total = 0f;",
    ...blockedSums("inner", [""], "f32", (sum, from, end) => [
      `for (var start = ${from}; start < ${end}; start += ${block}u) {`,
      ...indent([
        "var partial = 0f;",
        `for (var k = start; k < min(start + ${block}u, inner); k++) {`,
        `  partial += ${load(0, "left")} * ${load(1, "right")};`,
        "  left += leftColumn;",
        "  right += rightRow;",
        "}",
        `${sum} += partial;`,
      ]),
      "}",
    ]),
    store("i", "total"),
  ];
  return {
    inputs: ["f32", "f32"],
    output: "f32",
    parameters: parametersOf(batchRank),
    functions: [],
    invocations,
    body: (elements) => elements.each("i", "rows * columns * batches", invocations, body(elements)),
  };
}

/** Parameters and variables of the operand on one side, of which a tile takes lines. */
interface Side {
  readonly line: string;
  readonly count: string;
  readonly base: string;
  readonly lineStride: string;
  readonly innerStride: string;
}

const leftSide: Side = {
  line: "tileRow",
  count: "rows",
  base: "leftBase",
  lineStride: "leftRow",
  innerStride: "leftColumn",
};

const rightSide: Side = {
  line: "tileColumn",
  count: "columns",
  base: "rightBase",
  lineStride: "rightColumn",
  innerStride: "rightRow",
};

/** `side`² invocations make a square of 4·side rows and columns, going through the inner axis `side` at a time. */
export function tileShader(batchRank: number, side: number): Shader {
  const edge = 4 * side;
  const four = ["x", "y", "z", "w"];
  const loadFour = (load: (index: string) => string, { line, count, base, lineStride, innerStride }: Side) => [
    `let first = ${line} + lane % ${side}u * 4u;`,
    `let at = ${base} + (start + depth) * ${innerStride} + first * ${lineStride};`,
    "var four = vec4<f32>();",
    "if (start + depth < inner) {",
    ...four.map(
      (part, n) => `  if (first + ${n}u < ${count}) { four.${part} = ${load(`at + ${n}u * ${lineStride}`)}; }`,
    ),
    "}",
  ];
  const body = ({ load, store }: Elements) => [
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
      ...blockedSums("inner", ["0", "1", "2", "3"], "vec4<f32>", (sum, from, end) => [
        `for (var start = ${from}; start < ${end}; start += ${side}u) {`,
        ...indent([
          "{",
          ...indent([...loadFour((index) => load(0, index), leftSide), "left[lane] = four;"]),
          "}",
          "{",
          ...indent([...loadFour((index) => load(1, index), rightSide), "right[lane] = four;"]),
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
          ...four.map((_, n) => `${sum}${n} += partial${n};`),
          "workgroupBarrier();",
        ]),
        "}",
      ]),
      "let row = tileRow + depth * 4u;",
      `let column = tileColumn + lane % ${side}u * 4u;`,
      "let base = batch * rows * columns;",
      ...four.flatMap((_, n) => [
        `if (row + ${n}u < rows) {`,
        ...four.map(
          (part, m) =>
            `  if (column + ${m}u < columns) { ${store(`base + (row + ${n}u) * columns + column + ${m}u`, `total${n}.${part}`)} }`,
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
    body: (elements) => body(elements).join("\n"),
  };
}

/** A matrix with fewer rows or columns would leave most of a tile empty. */
const smallestEdge = 16;

export const matmul: DeviceKernel<AttributesOf<"matmul">> = (runtime, inputs, attributes, output) => {
  const [a, b] = [operandAt(inputs, 0), operandAt(inputs, 1)];
  return isTooMuch(runtime, [a, b])
    ? productByHalves(runtime, [a, b], attributes, output)
    : product(runtime, [a, b], attributes, output);
};

type Product = (
  runtime: Runtime,
  operands: readonly [DeviceOperand, DeviceOperand],
  attributes: AttributesOf<"matmul">,
  output: TensorType,
) => Memory;

/** Of the operand that has more pages: half the matrices, half the lines, or else half of every line. */
const productByHalves: Product = (runtime, [a, b], attributes, output) => {
  const isLeft = a.memory.blocks.length >= b.memory.blocks.length;
  const [larger, other] = isLeft ? [a, b] : [b, a];
  const { transposeLeft, transposeRight } = attributes;
  const [innerOfLeft, innerOfRight] = [transposeLeft ? -2 : -1, transposeRight ? -1 : -2];
  const lines = isLeft ? -3 - innerOfLeft : -3 - innerOfRight;
  const batch = axesOf(larger).filter((axis) => axis < -2);
  const axis = longestAxis(larger, [...batch, lines]);
  const multiply = (left: DeviceOperand, right: DeviceOperand, type: TensorType) =>
    matmul(runtime, [left, right], attributes, type);
  if (axis === undefined) {
    const sums = partsOf(a, innerOfLeft, 2).map((half) => {
      const parts = [[a, half] as const, [b, { ...half, axis: innerOfRight }] as const];
      return { ...output, memory: onParts(runtime, parts, (left, right) => multiply(left, right, output)) };
    });
    const total = elementwiseKernels.add(runtime, sums, {}, output);
    for (const { memory } of sums) runtime.free(memory);
    return total;
  }
  const isShared = axis < -2 && (other.shape.at(axis) ?? 1) > 1;
  const halves = partsOf(output, axis < -2 ? axis : isLeft ? -2 : -1, 2);
  return byParts(runtime, output, halves, (half, type) => {
    const range = { ...half, axis };
    const parts = isShared ? [[larger, range] as const, [other, range] as const] : [[larger, range] as const];
    return onParts(runtime, parts, (part, partOfOther = other) =>
      isLeft ? multiply(part, partOfOther, type) : multiply(partOfOther, part, type),
    );
  });
};

const product: Product = (runtime, [a, b], attributes, output) => {
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
