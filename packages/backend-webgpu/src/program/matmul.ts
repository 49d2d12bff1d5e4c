/**
 * Products of matrices. Each invocation makes a block of up to four by four results, which reads every element of its operands'
 * lines once for four products: as vectors where all lengths are multiples of four, else one by one.
 */
import { type MatmulStep, type MemoryValue, mergedAxes } from "@tapegrad/compiler";
import { forEach, indent } from "../wgsl/shader.ts";
import type { Division, Names, StepKernel } from "./kernel.ts";
import { literal, positionsOf, quotient, remainder } from "./positions.ts";

/** The numbers of a product's operands among its kernel's values. */
const [left, right, result] = [0, 1, 2];

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly batches: number;
  /** Elements from row to row of the matrices in memory. */
  readonly leftPitch: number;
  readonly rightPitch: number;
  readonly pitch: number;
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
  /** Statements and offsets of the matrices of one entry, number `batch`. */
  readonly places: ReturnType<typeof positionsOf>;
}

export function matmulKernels(step: MatmulStep, division: Division): readonly StepKernel[] {
  const product = productOf(step);
  const { rows, inner, columns } = product;
  const { left: a, right: b, to } = step;
  const kernelOf = isInFours(step, product) ? (canShare(product, division) ? quadKernel : vectorKernel) : elementKernel;
  const kernel = kernelOf(product, division);
  return [{ label: `matmul [${rows},${inner}] × [${inner},${columns}]`, values: [a, b, to], functions: [], ...kernel }];
}

type Kernel = Pick<StepKernel, "body" | "groups" | "inFours" | "invocations" | "subgroups">;

function productOf({ left: a, right: b, to, transposeLeft, transposeRight }: MatmulStep): Product {
  const batch = to.shape.slice(0, -2);
  const strides = [a, b, to].map((value) => value.strides.slice(0, -2));
  const [rows = 1] = to.shape.slice(-2);
  // One column in memory is as good as one row.
  const isColumn = transposeLeft && rows === 1;
  return {
    rows,
    columns: to.shape.at(-1) ?? 1,
    inner: a.shape.at(transposeLeft ? -2 : -1) ?? 1,
    batches: batch.reduce((x, y) => x * y, 1),
    leftPitch: isColumn ? (a.shape.at(-2) ?? 1) : pitchOf(a),
    rightPitch: pitchOf(b),
    pitch: pitchOf(to),
    transposeLeft: transposeLeft && !isColumn,
    transposeRight,
    places: positionsOf("batch", batch, strides, "entry"),
  };
}

function pitchOf({ shape, strides }: MemoryValue): number {
  const columns = shape.at(-1) ?? 1;
  return shape.at(-2) === 1 ? columns : (strides.at(-2) ?? columns);
}

/** Whether every vector of four that a block reads or writes begins at a multiple of four. */
function isInFours({ left: a, right: b, to }: MatmulStep, { rows, columns, inner }: Product): boolean {
  const fits = (value: MemoryValue) =>
    value.address.offset % 4 === 0 &&
    value.address.terms.every(({ elements }) => elements % 4 === 0) &&
    mergedAxes(value.shape, [value.strides])
      .strides[0]?.slice(0, -1)
      .every((stride) => stride % 4 === 0) === true;
  const isWhole = [columns, inner].every((length) => length % 4 === 0) && (rows === 1 || rows % 4 === 0);
  return isWhole && [a, b, to].every(fits);
}

/** So many products are added up before their sum joins that of the others, which keeps rounding errors small. */
const run = 64;

/** Rows of a block. */
function heightOf({ rows }: Product): number {
  return Math.min(4, rows);
}

/** Numbers from 0 on. */
function first(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

const parts = ["x", "y", "z", "w"];

/** A loop over all blocks: `row` and `column` are where one begins, `place0` … `place2` where its matrices do. */
function forEachBlock(
  { rows, columns, batches, places }: Product,
  height: number,
  invocations: number,
  body: readonly string[],
): Pick<Kernel, "groups" | "invocations"> & { text: string } {
  const [down, across] = [Math.ceil(rows / height), Math.ceil(columns / 4)];
  const count = down * across * batches;
  const text = forEach("i", literal(count), invocations, [
    `let column = ${remainder("i", across)} * 4u;`,
    `let line = ${quotient("i", across)};`,
    `let row = ${remainder("line", down)} * ${height}u;`,
    `let batch = ${quotient("line", down)};`,
    ...places.statements,
    ...[left, right, result].map((k) => `let place${k} = ${places.offsets[k]};`),
    ...body,
  ]);
  return { groups: Math.ceil(count / invocations), invocations, text };
}

/** `total0` and so on, a vector per row: sums of what `step` adds to `partial0` and so on for every `by` of the inner axis. */
function sums(height: number, inner: number, by: number, step: readonly string[]): string[] {
  return [
    ...first(height).map((n) => `var total${n} = vec4<f32>();`),
    `for (var start = 0u; start < ${literal(inner)}; start += ${run}u) {`,
    ...indent([
      ...first(height).map((n) => `var partial${n} = vec4<f32>();`),
      `for (var k = start; k < min(start + ${run}u, ${literal(inner)}); k += ${by}u) {`,
      ...indent(step),
      "}",
      ...first(height).map((n) => `total${n} += partial${n};`),
    ]),
    "}",
  ];
}

/** One element of each line at a time, whatever the lengths: beyond the edges the last line counts again, for nothing. */
function elementKernel(product: Product, { loop }: Division): Kernel {
  const { rows, columns, inner, leftPitch, rightPitch, pitch } = product;
  const [leftStep, leftRow] = product.transposeLeft ? [leftPitch, 1] : [1, leftPitch];
  const [rightStep, rightColumn] = product.transposeRight ? [1, rightPitch] : [rightPitch, 1];
  const height = heightOf(product);
  const within = (at: string, n: number, length: number) => `min(${at} + ${n}u, ${literal(length - 1)})`;
  const { groups, invocations } = forEachBlock(product, height, loop, []);
  return {
    groups,
    invocations,
    body: (names) => [
      forEachBlock(product, height, loop, [
        ...first(height).map((n) => `let row${n} = place${left} + ${within("row", n, rows)} * ${literal(leftRow)};`),
        ...first(4).map(
          (n) => `let column${n} = place${right} + ${within("column", n, columns)} * ${literal(rightColumn)};`,
        ),
        ...sums(height, inner, 1, [
          `let at = k * ${literal(rightStep)};`,
          `let b = vec4<f32>(${first(4).map((n) => names.load(right, `column${n} + at`))});`,
          ...first(height).map((n) => `partial${n} += ${names.load(left, `row${n} + k * ${literal(leftStep)}`)} * b;`),
        ]),
        ...first(height).flatMap((n) => [
          `if (row + ${n}u < ${literal(rows)}) {`,
          `  let at = place${result} + (row + ${n}u) * ${literal(pitch)} + column;`,
          `  ${names.store(result, "at", `total${n}.x`)}`,
          ...first(4)
            .slice(1)
            .map(
              (m) =>
                `  if (column + ${m}u < ${literal(columns)}) { ${names.store(result, `at + ${m}u`, `total${n}.${parts[m]}`)} }`,
            ),
          "}",
        ]),
      ]).text,
    ],
  };
}

/** Vectors of four along the lines as they lie in memory. */
function vectorKernel(product: Product, { loop }: Division): Kernel {
  const { inner, pitch, transposeLeft } = product;
  const height = heightOf(product);
  const { groups, invocations } = forEachBlock(product, height, loop, []);
  const loads = (names: Names) => [
    ...first(transposeLeft ? 4 : height).map((n) => `let a${n} = ${lineOfLeft(product, names, "row", n)};`),
    ...first(4).map((n) => `let b${n} = ${lineOfRight(product, names, "column", n)};`),
  ];
  return {
    groups,
    invocations,
    inFours: true,
    body: (names) => [
      forEachBlock(product, height, loop, [
        ...sums(height, inner, 4, [...loads(names), ...multiply(product, height)]),
        ...first(height).map((n) =>
          names.storeFour(result, `(place${result} + (row + ${n}u) * ${literal(pitch)} + column) >> 2u`, `total${n}`),
        ),
      ]).text,
    ],
  };
}

/** Of the four lines, along rows or along the inner axis, as they lie in memory, number `n` for the block at `row`. */
function lineOfLeft({ leftPitch, transposeLeft }: Product, names: Names, row: string, n: number): string {
  const [line, along] = transposeLeft ? ["k", row] : [row, "k"];
  return names.loadFour(left, `(place${left} + (${line} + ${n}u) * ${literal(leftPitch)} + ${along}) >> 2u`);
}

function lineOfRight({ rightPitch, transposeRight }: Product, names: Names, column: string, n: number): string {
  const [line, along] = transposeRight ? [column, "k"] : ["k", column];
  return names.loadFour(right, `(place${right} + (${line} + ${n}u) * ${literal(rightPitch)} + ${along}) >> 2u`);
}

/** Adds the products of loaded lines `a0` … and `b0` … : `partialₙ` is row n of the block. */
function multiply(
  { transposeLeft, transposeRight }: Product,
  height: number,
  { a, b, partial }: { a: string; b: string; partial: string } = { a: "a", b: "b", partial: "partial" },
): string[] {
  const element = (row: number, k: number) => (transposeLeft ? `${a}${k}.${parts[row]}` : `${a}${row}.${parts[k]}`);
  if (!transposeRight)
    return first(height).map(
      (row) =>
        `${partial}${row} += ${first(4)
          .map((k) => `${element(row, k)} * ${b}${k}`)
          .join(" + ")};`,
    );
  const rowOf = (row: number) =>
    transposeLeft ? `vec4<f32>(${first(4).map((k) => `${a}${k}.${parts[row]}`)})` : `${a}${row}`;
  return first(height).flatMap((row) => [
    `let ${partial}Row${row} = ${rowOf(row)};`,
    `${partial}${row} += vec4<f32>(${first(4).map((column) => `dot(${partial}Row${row}, ${b}${column})`)});`,
  ]);
}

/** Whether invocations exchange what they have read, because reading is what takes the time. */
function canShare({ rows, columns }: Product, { isSoftware, hasSubgroups, isAlone }: Division): boolean {
  return isSoftware && hasSubgroups && !isAlone && rows >= 8 && columns >= 8;
}

/** The two blocks of an invocation in either direction: one whose lines it reads itself, and its neighbour's. */
const halves = ["Own", "Other"];

/**
 * Four invocations make a square of sixteen by sixteen results, eight by eight each: every line is read by one of the two that
 * need it, and handed over. Blocks beyond an edge read the last one again, and write nothing.
 */
function quadKernel(product: Product, { loop }: Division): Kernel {
  const { rows, columns, inner, batches, places, pitch } = product;
  const [down, across] = [Math.ceil(rows / 16), Math.ceil(columns / 16)];
  const count = down * across * batches;
  const quads = loop / 4;
  const names4 = (names: Names) =>
    halves.flatMap((half) => [
      ...first(4).map((n) => {
        const text = half === "Own" ? lineOfLeft(product, names, "readRow", n) : `quadSwapX(aOwn${n})`;
        return `let a${half}${n} = ${text};`;
      }),
      ...first(4).map((n) => {
        const text = half === "Own" ? lineOfRight(product, names, "readColumn", n) : `quadSwapY(bOwn${n})`;
        return `let b${half}${n} = ${text};`;
      }),
    ]);
  const blocks = halves.flatMap((a) => halves.map((b) => ({ a: `a${a}`, b: `b${b}`, name: `${a}${b}` })));
  const all = blocks.flatMap(({ name }) => first(4).map((n) => `${name}${n}`));
  return {
    groups: Math.ceil(count / quads),
    invocations: loop,
    inFours: true,
    subgroups: true,
    body: (names) => [
      "let quad = lane >> 2u;",
      "let down = (lane >> 1u) & 1u;",
      "let across = lane & 1u;",
      `for (var turn = group; turn < ${literal(Math.ceil(count / quads))}; turn += groups) {`,
      ...indent([
        `let square = min(turn * ${literal(quads)} + quad, ${literal(count - 1)});`,
        `let isMine = turn * ${literal(quads)} + quad < ${literal(count)};`,
        `let line = ${quotient("square", across)};`,
        `let batch = ${quotient("line", down)};`,
        ...places.statements,
        ...[left, right, result].map((k) => `let place${k} = ${places.offsets[k]};`),
        `let top = ${remainder("line", down)} * 16u + down * 8u;`,
        `let start = ${remainder("square", across)} * 16u + across * 8u;`,
        "let rowOwn = top + across * 4u;",
        "let rowOther = top + (1u - across) * 4u;",
        "let columnOwn = start + down * 4u;",
        "let columnOther = start + (1u - down) * 4u;",
        `let readRow = min(rowOwn, ${literal(rows - 4)});`,
        `let readColumn = min(columnOwn, ${literal(columns - 4)});`,
        ...all.map((name) => `var total${name} = vec4<f32>();`),
        `for (var first = 0u; first < ${literal(inner)}; first += ${run}u) {`,
        ...indent([
          ...all.map((name) => `var partial${name} = vec4<f32>();`),
          `for (var k = first; k < min(first + ${run}u, ${literal(inner)}); k += 4u) {`,
          ...indent([
            ...names4(names),
            ...blocks.flatMap(({ a, b, name }) => multiply(product, 4, { a, b, partial: `partial${name}` })),
          ]),
          "}",
          ...all.map((name) => `total${name} += partial${name};`),
        ]),
        "}",
        ...halves.flatMap((a) =>
          halves.flatMap((b) => [
            `if (isMine && row${a} < ${literal(rows)} && column${b} < ${literal(columns)}) {`,
            ...first(4).map(
              (n) =>
                `  ${names.storeFour(
                  result,
                  `(place${result} + (row${a} + ${n}u) * ${literal(pitch)} + column${b}) >> 2u`,
                  `total${a}${b}${n}`,
                )}`,
            ),
            "}",
          ]),
        ),
      ]),
      "}",
    ],
  };
}
