/**
 * NaN, infinities, signs of zero and numbers that float32 cannot hold, where constants and computed values meet in one shader:
 * what compilers below WGSL may take for granted must not show.
 */
import { compile, grad, scan } from "@tapegrad/autodiff";
import { type Backend, type Tensor, withBackend } from "@tapegrad/core";
import { defined, fromHost } from "@tapegrad/core/internal";
import * as all from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { backendUnderTest, withoutAdapter } from "./adapter.ts";
import { asVariant, observed, type Variant } from "./variants.ts";

const [inf, nan] = [Number.POSITIVE_INFINITY, Number.NaN];

/** Powers of two beside them, so that every finite result is exact, and none is so small that a device might take it for zero. */
const values = [0, -0, 1, -1, 0.5, -2, inf, -inf, nan, 2 ** 100, -(2 ** 100)];
const constants = [...values, 1e39, -Number.MAX_VALUE];

type Binary = (a: number, b: number) => number;
const truth = (value: boolean) => Number(value);

/** What float32 arithmetic gives, by doubles that are rounded once. */
const binary = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  pow: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === inf) ? 1 : a ** b),
  equal: (a, b) => truth(a === b),
  notEqual: (a, b) => truth(a !== b),
  less: (a, b) => truth(a < b),
  lessEqual: (a, b) => truth(a <= b),
  greater: (a, b) => truth(a > b),
  greaterEqual: (a, b) => truth(a >= b),
} satisfies Partial<Record<keyof typeof all, Binary>>;

const unary = {
  abs: Math.abs,
  neg: (x) => -x,
  relu: (x) => Math.max(x, 0),
  sign: Math.sign,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  floor: Math.floor,
} satisfies Partial<Record<keyof typeof all, (x: number) => number>>;

// The table of public functions is one object, so that tests may choose from it.
const ops = { ...all };

type BinaryName = keyof typeof binary;
type UnaryName = keyof typeof unary;

const column = (data: readonly number[]) => fromHost(Float32Array.from(data), [data.length], "float32");
const written = (list: Iterable<number>) => Array.from(list, (value) => (Object.is(value, -0) ? "-0" : String(value)));

/** An expression of three columns and constants. */
type Term = { readonly column: number } | { readonly constant: number } | Applied;

interface Unary {
  readonly op: (typeof ofOne)[number];
  readonly of: readonly [Term];
}

type Applied = Unary | { readonly op: (typeof ofTwo)[number]; readonly of: readonly [Term, Term] };

const ofOne = ["neg", "square", "abs"] as const satisfies readonly UnaryName[];
const ofTwo = ["add", "sub", "mul", "div", "maximum"] as const satisfies readonly BinaryName[];

function termOf(depth: number): fc.Arbitrary<Term> {
  const leaf = fc.oneof(
    { weight: 3, arbitrary: fc.record({ column: fc.nat(2) }) },
    { weight: 1, arbitrary: fc.record({ constant: fc.constantFrom(...constants) }) },
  );
  if (depth === 0) return leaf;
  const part = termOf(depth - 1);
  return fc.oneof(
    { weight: 5, arbitrary: fc.record({ op: fc.constantFrom(...ofTwo), of: fc.tuple(part, part) }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constantFrom(...ofOne), of: fc.tuple(part) }) },
    { weight: 1, arbitrary: leaf },
  );
}

/** Whether `term` is an op of one operand: `in` cannot say it of the two kinds. */
function isOfOne(term: Applied): term is Unary {
  return term.of.length === 1;
}

function built(term: Term, columns: readonly Tensor[]): Tensor {
  if ("column" in term) return defined(columns[term.column], "column");
  if ("constant" in term) return ops.full(defined(columns[0], "column").shape, term.constant);
  if (isOfOne(term)) return ops[term.op](built(term.of[0], columns));
  return ops[term.op](built(term.of[0], columns), built(term.of[1], columns));
}

function evaluated(term: Term, row: readonly number[]): number {
  if ("column" in term) return defined(row[term.column], "column");
  if ("constant" in term) return Math.fround(term.constant);
  if (isOfOne(term)) return Math.fround(unary[term.op](evaluated(term.of[0], row)));
  return Math.fround(binary[term.op](evaluated(term.of[0], row), evaluated(term.of[1], row)));
}

describe.skipIf(withoutAdapter).each<Variant>(["software with subgroups", "hardware"])("on %s", (variant) => {
  let backend: Backend;
  beforeAll(async () => {
    ({ backend } = await observed((device) => asVariant(device, variant)));
  });
  const on = <T>(run: () => T): T => withBackend(backend, run);

  test.each(Object.keys(binary) as BinaryName[])("%s of constants, compiled", async (name) => {
    const run = (x: Tensor) =>
      ops.stack(constants.flatMap((c) => [ops[name](x, c), ops[name](c, x)]).map((y) => ops.cast(y, "float32")));
    const of: Binary = binary[name];
    const expected = constants
      .map(Math.fround)
      .flatMap((c) => [...values.map((x) => of(x, c)), ...values.map((x) => of(c, x))].map(Math.fround));
    const x = on(() => column(values));
    expect(written(await on(() => compile(run)(x)).data())).toEqual(written(expected));
  });

  test("functions of one number, compiled", async () => {
    const names = Object.keys(unary) as UnaryName[]; // By their own names.
    const expected = names.flatMap((name) => values.map((x) => Math.fround(unary[name](x))));
    const x = on(() => column(values));
    const run = (y: Tensor) => ops.stack(names.map((name) => ops[name](y)));
    expect(written(await on(() => compile(run)(x)).data())).toEqual(written(expected));
  });

  test("expressions of values that meet again", async () => {
    const rows = values.flatMap((a) => values.flatMap((b) => values.map((c) => [a, b, c] as const)));
    const columns = on(() => [0, 1, 2].map((k) => column(rows.map((row) => row[k] ?? 0))));
    await fc.assert(
      fc.asyncProperty(fc.array(termOf(2), { minLength: 10, maxLength: 10 }), async (terms) => {
        const run = (...x: Tensor[]) => ops.stack(terms.map((term) => built(term, x)));
        const actual = await on(() => compile(run)(...columns)).data();
        const wrong = terms.flatMap((term, n) =>
          rows.flatMap((row, i) => {
            const [found, wanted] = [actual[n * rows.length + i] ?? 0, evaluated(term, row)];
            return Object.is(found, wanted)
              ? []
              : [`${JSON.stringify(term)} of ${written(row)}: ${written([found, wanted])}`];
          }),
        );
        expect(wrong.slice(0, 5)).toEqual([]);
      }),
      { numRuns: 6 },
    );
  });

  const x = [nan, inf, 1, 0, -0];
  const zero = [nan, nan, 0, 0, 0];
  test.each<readonly [string, (x: Tensor) => Tensor, readonly number[]]>([
    ["a product with zeros", (x) => ops.mul(x, ops.zeros([5])), [nan, nan, 0, 0, -0]],
    ["0 times the logarithm", (x) => ops.mul(0, ops.log(x)), [nan, nan, 0, nan, nan]],
    ["the mean of 0 times the logarithm", (x) => ops.mean(ops.mul(ops.log(x), 0)), [nan]],
    ["the gradient of 0·√x", (x) => grad((y: Tensor) => ops.sum(ops.mul(0, ops.sqrt(y))))(x), [nan, 0, 0, nan, nan]],
    ["a quotient times its divisor", (x) => ops.mul(ops.div(x, x), x), [nan, nan, 1, nan, nan]],
    ["1/√x times √x", (x) => ops.mul(ops.rsqrt(x), ops.sqrt(x)), [nan, nan, 1, nan, nan]],
    ["a sum less what was added", (x) => ops.sub(ops.add(x, 1), x), [nan, nan, 1, 1, 1]],
    ["a mask beyond float32", (x) => ops.softmax(ops.where(ops.equal(x, 1), x, -3.5e38)), [0, 0, 1, 0, 0]],
    [
      "a clipped product of matrices",
      (x) => ops.reshape(ops.mul(ops.matmul(ops.reshape(x, [1, 5]), ops.ones([5, 1])), 0), [1]),
      [nan],
    ],
    ["a padded constant", (x) => ops.pad(ops.mul(x, 0), [[0, 1]]), [nan, nan, 0, 0, -0, 0]],
    [
      "a constant in a loop",
      (x) => scan((c: Tensor, e: Tensor) => [ops.mul(c, ops.mul(e, 0)), c], ops.ones([5]), ops.stack([x, x]))[0],
      zero,
    ],
    [
      "a constant beyond float32 that is copied",
      () => ops.concat([ops.full([1], 1e39), ops.full([1], -1e39)]),
      [inf, -inf],
    ],
  ])("%s", async (_, run, expected) => {
    const input = on(() => column(x));
    expect(written(await on(() => compile(run)(input)).data())).toEqual(written(expected));
  });

  test("numbers below the smallest normal one are compared as they are", async () => {
    const [tiny, zero] = [Math.fround(1e-40), 0];
    const [a, b] = on(() => [column([tiny, -tiny, tiny, zero]), column([-tiny, tiny, zero, tiny])]);
    const sides = (x: Tensor, y: Tensor) =>
      ops.stack([
        ops.sign(x),
        ...[ops.maximum(x, y), ops.minimum(x, y)].map(ops.sign),
        ...[ops.less(x, y), ops.equal(x, y), ops.greaterEqual(x, y)].map((z) => ops.cast(z, "float32")),
      ]);
    const expected = [
      ...[1, -1, 1, 0],
      ...[1, 1, 1, 1],
      ...[-1, -1, 0, 0],
      ...[0, 1, 0, 1],
      ...[0, 0, 0, 0],
      ...[1, 0, 1, 0],
    ];
    expect(Array.from(await on(() => sides(a, b)).data())).toEqual(expected);
    expect(Array.from(await on(() => compile(sides)(a, b)).data())).toEqual(expected);
  });

  test("ranges do not overflow in between", async () => {
    const float = { dtype: "float32" } as const;
    const range = () => ops.stack([ops.arange(-3e38, 3.5e38, 1e38, float), ops.arange(3e38, -3.5e38, -1e38, float)]);
    const up = [-3e38, -2e38, -1e38, 0, 1e38, 2e38, 3e38];
    const expected = [...up, ...up.toReversed()];
    for (const run of [range, compile(range)]) {
      const actual = Array.from(await on(() => run()).data(), (value) => Math.round(value / 1e34) + 0);
      expect(actual).toEqual(expected.map((value) => Math.round(value / 1e34)));
    }
  });
});

describe.skipIf(withoutAdapter)("at once", () => {
  test("functions of one number", async () => {
    const x = withBackend(backendUnderTest(), () => column(values));
    for (const [name, of] of Object.entries(unary) as [UnaryName, (x: number) => number][]) // By their own names.
      expect(written(await ops[name](x).data()), name).toEqual(written(values.map((value) => Math.fround(of(value)))));
  });

  test("functions of two numbers", async () => {
    const pairs = values.flatMap((a) => values.map((b) => [a, b] as const));
    const [a, b] = ([0, 1] as const).map((k) =>
      withBackend(backendUnderTest(), () => column(pairs.map((pair) => pair[k]))),
    );
    for (const [name, of] of Object.entries(binary) as [BinaryName, Binary][]) {
      // By their own names.
      const actual = await ops[name](defined(a, "column"), defined(b, "column")).data();
      expect(written(actual), name).toEqual(written(pairs.map(([x, y]) => Math.fround(of(x, y)))));
    }
  });

  test("numbers beyond float32", async () => {
    const x = withBackend(backendUnderTest(), () => column([1, nan, -inf]));
    expect(written(await ops.maximum(x, -Number.MAX_VALUE).data())).toEqual(["1", "NaN", "-Infinity"]);
    expect(written(await ops.add(x, 1e39).data())).toEqual(["Infinity", "NaN", "NaN"]);
  });
});
