/**
 * Every invocation makes a block of up to four by four results on its own, so that each line it reads serves four products: as
 * vectors where all lengths are multiples of four, else one element at a time. A product of one row is a vector times a matrix.
 */
import { forEach } from "../wgsl/shader.ts";
import type { Division } from "./kernel.ts";
import { first, left, type Product, type ProductKernel, parts, right, sums } from "./product.ts";

/** A loop over all blocks: `row` and `column` are where one begins, `place0` … `place2` where its matrices do. */
function forEachBlock(product: Product, { loop }: Division, body: readonly string[]): string {
  const { down, across, count } = blocksOf(product);
  const { sizes } = product;
  return forEach("block", sizes.of(count), loop, [
    `let column = ${sizes.remainder("block", across)} * 4u;`,
    `let line = ${sizes.quotient("block", across)};`,
    `let row = ${sizes.remainder("line", down)} * ${product.height}u;`,
    `let batch = ${sizes.quotient("line", down)};`,
    ...product.placeStatements,
    ...body,
  ]);
}

function blocksOf({ rows, columns, batches, height }: Product) {
  const [down, across] = [Math.ceil(rows / height), Math.ceil(columns / 4)];
  return { down, across, count: down * across * batches };
}

function sizesOf(product: Product, { loop }: Division): Pick<ProductKernel, "groups" | "invocations"> {
  return { groups: Math.ceil(blocksOf(product).count / loop), invocations: loop };
}

/** Whatever the lengths: beyond the edges the last line counts again, for nothing. */
export function elementBlocks(product: Product, division: Division): ProductKernel {
  const { sizes, text, rows, columns, leftPitch, rightPitch, type } = product;
  const stepAndLine = (isAlong: boolean, pitch: number) =>
    (isAlong ? [1, pitch] : [pitch, 1]).map((size) => sizes.of(size));
  const [leftStep, leftRow] = stepAndLine(!product.transposeLeft, leftPitch);
  const [rightStep, rightColumn] = stepAndLine(product.transposeRight, rightPitch);
  const [lastRow, lastColumn] = [sizes.of(rows - 1), sizes.of(columns - 1)];
  const lines = first(product.height);
  const within = (at: string, n: number, last: string) => `min(${at} + ${n}u, ${last})`;
  return {
    ...sizesOf(product, division),
    body: (names) => [
      forEachBlock(product, division, [
        ...lines.map((n) => `let row${n} = place${left} + ${within("row", n, lastRow)} * ${leftRow};`),
        ...first(4).map((n) => `let column${n} = place${right} + ${within("column", n, lastColumn)} * ${rightColumn};`),
        ...sums(product, lines.map(String), 1, [
          `let at = k * ${rightStep};`,
          `let b = vec4<${type}>(${first(4).map((n) => names.load(right, `column${n} + at`, type))});`,
          ...lines.map((n) => `partial${n} += ${names.load(left, `row${n} + k * ${leftStep}`, type)} * b;`),
        ]),
        ...lines.flatMap((n) =>
          parts.flatMap((part, m) => [
            `if ((row + ${n}u < ${text.rows}) & (column + ${m}u < ${text.columns})) {`,
            ...product.finish(names, `(row + ${n}u)`, `(column + ${m}u)`, `total${n}.${part}`),
            "}",
          ]),
        ),
      ]),
    ],
  };
}

export function vectorBlocks(product: Product, division: Division): ProductKernel {
  const lines = first(product.height);
  return {
    ...sizesOf(product, division),
    inFours: product.inFours,
    body: (names) => [
      forEachBlock(product, division, [
        ...sums(product, lines.map(String), 4, [
          ...(product.transposeLeft ? first(4) : lines).map(
            (n) => `let a${n} = ${product.lineOfLeft(names, "row", n)};`,
          ),
          ...first(4).map((n) => `let b${n} = ${product.lineOfRight(names, "column", n)};`),
          ...product.multiply(),
        ]),
        ...lines.flatMap((n) => product.finishFour(names, `(row + ${n}u)`, "column", `total${n}`)),
      ]),
    ],
  };
}
