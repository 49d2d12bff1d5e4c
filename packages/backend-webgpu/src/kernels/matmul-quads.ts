/**
 * For devices that compute on the CPU, where reading an element costs as much as dozens of products: four invocations make a
 * square of results, a quarter each. Every line is read by one of the two that need it, which hands it to the other.
 */
import { indent } from "../wgsl/shader.ts";
import type { Division, Names } from "./kernel.ts";
import { first, type Product, type ProductKernel, sums } from "./product.ts";
import { literal } from "./sizes.ts";

/** Workgroups that keep the few threads of such a device busy to the end. */
const fewGroups = 8;

/** The product's lengths are at least four. Blocks beyond an edge read the last one again, and write nothing. */
export function quads(product: Product, { loop }: Division): ProductKernel {
  const { sizes, text, rows, columns, batches } = product;
  /** Blocks of four rows that an invocation reads itself; as many are its neighbour's. Of columns, it is always one. */
  const size = rows > 16 ? 2 : 1;
  const [down, across] = [Math.ceil(rows / (16 * size)), Math.ceil(columns / 16)];
  const count = down * across * batches;
  const share = Math.ceil(count / fewGroups);
  // Workgroups of any size would be shaders of any number.
  const atOnce = Math.min(loop / 4, sizes.areKnown ? share : 2 ** Math.ceil(Math.log2(share)));
  const turns = Math.ceil(count / atOnce);
  const rowBlocks = first(size).flatMap((block) => [`Own${block}`, `Other${block}`]);
  const pairs = rowBlocks.flatMap((a) => ["Own", "Other"].map((b) => ({ a, b, name: `${a}${b}` })));
  const lines = (names: Names) =>
    first(4).flatMap((n) => [
      ...first(size).flatMap((block) => [
        `let aOwn${block}${n} = ${product.lineOfLeft(names, `readRow${block}`, n)};`,
        `let aOther${block}${n} = quadSwapX(aOwn${block}${n});`,
      ]),
      `let bOwn${n} = ${product.lineOfRight(names, "readColumn", n)};`,
      `let bOther${n} = quadSwapY(bOwn${n});`,
    ]);
  const multiply = pairs.flatMap(({ a, b, name }) =>
    product.multiply({ a: `a${a}`, b: `b${b}`, partial: `partial${name}` }),
  );
  const places = [
    ...first(size).flatMap((block) => [
      `let rowOwn${block} = top + across * ${4 * size}u + ${4 * block}u;`,
      `let rowOther${block} = top + (1u - across) * ${4 * size}u + ${4 * block}u;`,
      `let readRow${block} = min(rowOwn${block}, ${sizes.of(rows - 4)});`,
    ]),
    "let columnOwn = side + down * 4u;",
    "let columnOther = side + (1u - down) * 4u;",
    `let readColumn = min(columnOwn, ${sizes.of(columns - 4)});`,
  ];
  return {
    groups: turns,
    invocations: 4 * atOnce,
    inFours: product.inFours,
    subgroups: true,
    body: (names) => [
      "let quad = lane >> 2u;",
      "let down = (lane >> 1u) & 1u;",
      "let across = lane & 1u;",
      `for (var turn = group; turn < ${sizes.of(turns)}; turn += groups) {`,
      ...indent([
        `let square = min(turn * ${literal(atOnce)} + quad, ${sizes.of(count - 1)});`,
        `let isMine = turn * ${literal(atOnce)} + quad < ${sizes.of(count)};`,
        `let line = ${sizes.quotient("square", across)};`,
        `let batch = ${sizes.quotient("line", down)};`,
        ...product.placeStatements,
        `let top = ${sizes.remainder("line", down)} * ${16 * size}u + down * ${8 * size}u;`,
        `let side = ${sizes.remainder("square", across)} * 16u + across * 8u;`,
        ...places,
        ...sums(
          product,
          pairs.flatMap(({ name }) => first(4).map((n) => `${name}${n}`)),
          4,
          [...lines(names), ...multiply],
        ),
        ...pairs.flatMap(({ a, b, name }) => [
          `if (isMine & (row${a} < ${text.rows}) & (column${b} < ${text.columns})) {`,
          ...indent(
            first(4).flatMap((n) => product.finishFour(names, `(row${a} + ${n}u)`, `column${b}`, `total${name}${n}`)),
          ),
          "}",
        ]),
      ]),
      "}",
    ],
  };
}
