/** A product of matrices as its kernels see it: constant lengths and pitches, and what is done with every result. */
import { type MatmulStep, type MemoryValue, mergedAxes } from "@tapegrad/compiler";
import { blockedSums, longestInner } from "../wgsl/blocked-sums.ts";
import type { FunctionName } from "../wgsl/functions.ts";
import { indent } from "../wgsl/shader.ts";
import { FusedBody } from "./fused.ts";
import type { Division, FloatType, Names, StepKernel } from "./kernel.ts";
import { type Positions, positionsOf } from "./positions.ts";
import type { Sizes } from "./sizes.ts";

/** The numbers of a product's operands among its kernel's values. What is written follows. */
export const [left, right, result] = [0, 1, 2];

export type ProductKernel = Pick<
  StepKernel,
  "body" | "groups" | "inFours" | "invocations" | "shared" | "sharedBytes" | "subgroups"
>;

/** Of a vector of four. */
export const parts = ["x", "y", "z", "w"];

/** Numbers from 0 on. */
export function first(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}

/** So many products are added up before their sum joins that of the others, which keeps rounding errors small. */
const runs = { f32: 64, f16: 16 } satisfies Record<FloatType, number>;

export class Product {
  readonly rows: number;
  readonly columns: number;
  readonly inner: number;
  readonly batches: number;
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
  /** Elements from row to row of the matrices in memory. */
  readonly leftPitch: number;
  readonly rightPitch: number;
  /** The offsets of the matrices of one entry, number `batch`. */
  readonly #places: Positions;
  readonly sizes: Sizes;
  /** Lengths and pitches as WGSL. */
  readonly text: Readonly<Record<"rows" | "columns" | "inner" | "leftPitch" | "rightPitch" | "pitch", string>>;
  readonly #epilogue: FusedBody | undefined;
  readonly #keepsResult: boolean;
  /** Of the kernel. */
  readonly values: readonly MemoryValue[];
  readonly functions: readonly FunctionName[];
  /** What products are computed in. Sums of many are float32. */
  readonly type: FloatType;
  /** Whether all lengths are multiples of four, and so are the places where lines begin. */
  readonly isAligned: boolean;

  constructor(
    { left: a, right: b, to, transposeLeft, transposeRight, epilogue }: MatmulStep,
    { products, sizes }: Division,
  ) {
    this.type = products;
    this.sizes = sizes;
    const batch = to.shape.slice(0, -2);
    [this.rows = 1, this.columns = 1] = to.shape.slice(-2);
    this.inner = a.shape.at(transposeLeft ? -2 : -1) ?? 1;
    this.batches = batch.reduce((x, y) => x * y, 1);
    // One column in memory is as good as one row, if nothing lies between its elements.
    const isColumn = transposeLeft && this.rows === 1 && pitchOf(a) === 1;
    this.transposeLeft = transposeLeft && !isColumn;
    this.transposeRight = transposeRight;
    this.leftPitch = isColumn ? this.inner : pitchOf(a);
    this.rightPitch = pitchOf(b);
    this.text = {
      rows: sizes.of(this.rows),
      columns: sizes.of(this.columns),
      inner: sizes.of(this.inner),
      leftPitch: sizes.of(this.leftPitch),
      rightPitch: sizes.of(this.rightPitch),
      pitch: sizes.of(pitchOf(to)),
    };
    this.#places = positionsOf(
      "batch",
      batch,
      [a, b, to].map((value) => value.strides.slice(0, -2)),
      { sizes, name: "entry" },
    );
    this.#keepsResult = epilogue?.keepsResult ?? true;
    const own = this.#keepsResult ? [a, b, to] : [a, b];
    this.#epilogue =
      epilogue &&
      new FusedBody(epilogue.step, { sizes, position: "i", firstValue: own.length, given: epilogue.operand });
    this.values = [...own, ...(this.#epilogue?.values ?? [])];
    this.functions = this.#epilogue?.functions ?? [];
    const isWhole = [this.columns, this.inner].every((length) => length % 4 === 0);
    this.isAligned = isWhole && (this.rows === 1 || this.rows % 4 === 0) && own.every(beginsInFours);
  }

  /** Whether a kernel that goes by vectors does so for all that it reads and writes. */
  get inFours(): boolean {
    return this.#epilogue === undefined;
  }

  /** Rows of a block of results that one invocation makes. */
  get height(): number {
    return Math.min(4, this.rows);
  }

  /** Declares `place0` …: where the matrices of entry `batch` begin. */
  get placeStatements(): string[] {
    const [a = "0u", b = "0u", to = "0u"] = this.#places.offsets;
    return [
      ...this.#places.statements,
      `let place${left} = ${a};`,
      `let place${right} = ${b};`,
      `let place${result} = ${to};`,
    ];
  }

  /** Four lines of four for the block at `row`, as they lie in memory: along rows, or along the inner axis. */
  lineOfLeft(names: Names, row: string, n: number): string {
    const [line, along] = this.transposeLeft ? ["k", row] : [row, "k"];
    const at = `place${left} + (${line} + ${n}u) * ${this.text.leftPitch} + ${along}`;
    return names.loadFour(left, `(${at}) >> 2u`, this.type);
  }

  lineOfRight(names: Names, column: string, n: number): string {
    const [line, along] = this.transposeRight ? [column, "k"] : ["k", column];
    const at = `place${right} + (${line} + ${n}u) * ${this.text.rightPitch} + ${along}`;
    return names.loadFour(right, `(${at}) >> 2u`, this.type);
  }

  /** Does what is to be done with the results of four columns from `column` on, of which all exist. */
  finishFour(names: Names, row: string, column: string, total: string): string[] {
    if (this.#epilogue !== undefined)
      return parts.flatMap((part, m) => this.finish(names, row, `(${column} + ${m}u)`, `${total}.${part}`));
    return [names.storeFour(result, `(place${result} + ${row} * ${this.text.pitch} + ${column}) >> 2u`, total)];
  }

  /** The same for one result. */
  finish(names: Names, row: string, column: string, total: string): string[] {
    const store = this.#keepsResult
      ? [names.store(result, `place${result} + ${row} * ${this.text.pitch} + ${column}`, total)]
      : [];
    if (this.#epilogue === undefined) return store;
    return [
      "{",
      ...indent([
        ...store,
        `let i = (batch * ${this.text.rows} + ${row}) * ${this.text.columns} + ${column};`,
        ...this.#epilogue.statements(names, total),
      ]),
      "}",
    ];
  }

  /** Adds the products of loaded lines `a0` … and `b0` …: `partialₙ` is row n of a block. */
  multiply(names: { a: string; b: string; partial: string } = { a: "a", b: "b", partial: "partial" }): string[] {
    const { a, b, partial } = names;
    const rows = first(this.height);
    const element = (row: number, k: number) =>
      this.transposeLeft ? `${a}${k}.${parts[row]}` : `${a}${row}.${parts[k]}`;
    if (!this.transposeRight) {
      const sum = (row: number) => first(4).map((k) => `${element(row, k)} * ${b}${k}`);
      return rows.map((row) => `${partial}${row} += ${sum(row).join(" + ")};`);
    }
    const rowOf = (row: number) =>
      this.transposeLeft ? `vec4<${this.type}>(${first(4).map((k) => element(row, k))})` : `${a}${row}`;
    return rows.flatMap((row) => [
      `let ${partial}Row${row} = ${rowOf(row)};`,
      `${partial}${row} += vec4<${this.type}>(${first(4).map((column) => `dot(${partial}Row${row}, ${b}${column})`)});`,
    ]);
  }
}

function pitchOf({ shape, strides }: MemoryValue): number {
  const columns = shape.at(-1) ?? 1;
  return shape.at(-2) === 1 ? columns : (strides.at(-2) ?? columns);
}

function beginsInFours({ shape, strides, address: { offset, terms } }: MemoryValue): boolean {
  const [outer = []] = mergedAxes(shape, [strides]).strides.map((own) => own.slice(0, -1));
  const distances = [offset, ...terms.map(({ elements }) => elements), ...outer];
  return distances.every((distance) => distance % 4 === 0);
}

/** `total…` by name, a vector each: sums of what `step` adds to `partial…` for every `by` of the inner axis. */
export function sums(product: Product, all: readonly string[], by: number, step: readonly string[]): string[] {
  const { text, type } = product;
  const run = `${runs[type]}u`;
  const pass = (sum: string, from: string, end: string) => [
    `for (var start = ${from}; start < ${end}; start += ${run}) {`,
    ...indent([
      ...all.map((name) => `var partial${name} = vec4<${type}>();`),
      `for (var k = start; k < min(start + ${run}, ${text.inner}); k += ${by}u) {`,
      ...indent(step),
      "}",
      ...all.map((name) => `${sum}${name} += vec4<f32>(partial${name});`),
    ]),
    "}",
  ];
  return [...all.map((name) => `var total${name} = vec4<f32>();`), ...inLevels(product, all, pass)];
}

/** `pass` adds to `total…`, or where the inner axis is long, to the sums of a block of it. */
export function inLevels(
  { inner, text }: Product,
  all: readonly string[],
  pass: (sum: string, from: string, end: string) => readonly string[],
): readonly string[] {
  return inner <= longestInner ? pass("total", "0u", text.inner) : blockedSums(text.inner, all, "vec4<f32>", pass);
}
