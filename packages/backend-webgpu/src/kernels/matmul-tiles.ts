/**
 * A workgroup makes a square of results, four by four per invocation, going along the inner axis by tiles that its invocations
 * read together into workgroup memory. Tiles keep the order that the operands have in memory, so that reading them is vectors.
 */
import { indent } from "../wgsl/shader.ts";
import type { Division, FloatType, Names } from "./kernel.ts";
import { first, inLevels, left, type Product, type ProductKernel, right } from "./product.ts";
import { literals } from "./sizes.ts";

/** Along the inner axis. */
const depth = 16;

/** So many squares keep a large device busy; with fewer, smaller ones are better. */
const manySquares = 128;

interface Tile {
  readonly name: string;
  readonly value: number;
  /** Whether its lines go along the inner axis. */
  readonly isAlong: boolean;
  /** Where it begins along rows or columns, and how many of them there are. */
  readonly start: string;
  readonly length: string;
  readonly pitch: string;
}

/** The columns and the inner axis, as vectors lie in memory, are multiples of four long. */
export function tiles(product: Product, { tileSide }: Division): ProductKernel {
  const { sizes, text, rows, columns, batches, transposeLeft, transposeRight, type } = product;
  const squares = (side: number) => Math.ceil(rows / (4 * side)) * Math.ceil(columns / (4 * side)) * batches;
  const side = squares(tileSide) >= manySquares ? tileSide : Math.min(8, tileSide);
  const edge = 4 * side;
  const [down, across] = [Math.ceil(rows / edge), Math.ceil(columns / edge)];
  const invocations = side * side;
  const both: Tile[] = [
    { name: "left", value: left, isAlong: !transposeLeft, start: "top", length: text.rows, pitch: text.leftPitch },
    {
      name: "right",
      value: right,
      isAlong: transposeRight,
      start: "side",
      length: text.columns,
      pitch: text.rightPitch,
    },
  ];
  const [leftAt, rightAt] = both.map(
    ({ name, isAlong }) =>
      (names: Names, block: string, n: number) =>
        isAlong
          ? `${names.shared(name)}[(${block} * 4u + ${n}u) * ${depth / 4}u + four]`
          : `${names.shared(name)}[(four * 4u + ${n}u) * ${side}u + ${block}]`,
  );
  const vectors = (edge * depth) / 4;
  return {
    groups: squares(side),
    invocations,
    shared: { left: `array<vec4<${type}>, ${vectors}>`, right: `array<vec4<${type}>, ${vectors}>` },
    sharedBytes: 2 * (type === "f16" ? 8 : 16) * vectors,
    inFours: product.inFours,
    body: (names) => [
      `let blockRow = ${literals.quotient("lane", side)};`,
      `let blockColumn = ${literals.remainder("lane", side)};`,
      `for (var square = group; square < ${sizes.of(squares(side))}; square += groups) {`,
      ...indent([
        `let line = ${sizes.quotient("square", across)};`,
        `let batch = ${sizes.quotient("line", down)};`,
        ...product.placeStatements,
        `let top = ${sizes.remainder("line", down)} * ${edge}u;`,
        `let side = ${sizes.remainder("square", across)} * ${edge}u;`,
        ...first(4).map((n) => `var total${n} = vec4<f32>();`),
        ...inLevels(product, first(4).map(String), (sum, from, end) => [
          `for (var start = ${from}; start < ${end}; start += ${depth}u) {`,
          ...indent([
            ...both.flatMap((each) => load(names, each, { edge, inner: text.inner, invocations, vectors, type })),
            "workgroupBarrier();",
            ...first(4).map((n) => `var partial${n} = vec4<${type}>();`),
            `for (var four = 0u; four < ${depth / 4}u; four++) {`,
            ...indent([
              ...first(4).map((n) => `let a${n} = ${leftAt?.(names, "blockRow", n)};`),
              ...first(4).map((n) => `let b${n} = ${rightAt?.(names, "blockColumn", n)};`),
              ...product.multiply(),
            ]),
            "}",
            ...first(4).map((n) => `${sum}${n} += vec4<f32>(partial${n});`),
            "workgroupBarrier();",
          ]),
          "}",
        ]),
        "let row = top + blockRow * 4u;",
        "let column = side + blockColumn * 4u;",
        ...first(4).flatMap((n) => [
          `if ((row + ${n}u < ${text.rows}) & (column < ${text.columns})) {`,
          ...indent(product.finishFour(names, `(row + ${n}u)`, "column", `total${n}`)),
          "}",
        ]),
      ]),
      "}",
    ],
  };
}

interface TileSizes {
  readonly edge: number;
  readonly inner: string;
  readonly invocations: number;
  /** In a tile. */
  readonly vectors: number;
  readonly type: FloatType;
}

/** Reads one tile; what lies beyond the matrix is zero. */
function load(
  names: Names,
  { name, value, isAlong, start, length, pitch }: Tile,
  { edge, inner, invocations, vectors, type }: TileSizes,
): string[] {
  const perLine = (isAlong ? depth : edge) / 4;
  const [line, along] = isAlong ? [start, "start"] : ["start", start];
  const [lines, lengthAlong] = isAlong ? [length, inner] : [inner, length];
  return [
    `for (var n = lane; n < ${vectors}u; n += ${invocations}u) {`,
    ...indent([
      `let lineAt = ${line} + ${literals.quotient("n", perLine)};`,
      `let alongAt = ${along} + ${literals.remainder("n", perLine)} * 4u;`,
      `var four = vec4<${type}>();`,
      `if ((lineAt < ${lines}) & (alongAt < ${lengthAlong})) {`,
      `  four = ${names.loadFour(value, `(place${value} + lineAt * ${pitch} + alongAt) >> 2u`, type)};`,
      "}",
      `${names.shared(name)}[n] = four;`,
    ]),
    "}",
  ];
}
