/** Reductions, running sums, sorting and indexing as generated code, on views of all kinds and at the edges of vectors. */
import { compile } from "@tapegrad/autodiff";
import { apply, type DType, dtypes, dtypeTable, isFloat, type Shape, sizeOf, type Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  argmax,
  argmin,
  argsort,
  broadcastTo,
  cast,
  cumsum,
  flip,
  gather,
  greater,
  greaterEqual,
  indexAdd,
  less,
  lessEqual,
  logicalNot,
  matmul,
  max,
  min,
  mul,
  neg,
  primitives,
  scatterAdd,
  sign,
  slice,
  sum,
  take,
  transpose,
} from "@tapegrad/ops";
import { seededUniforms } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cpuBackend, expectWithinUlps, floats, on, type Result, read, uniforms, variants } from "./comparison.ts";

/** Lengths around those of vectors and of cache lines. */
const length = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33, 67);

interface Case {
  readonly shape: Shape;
  readonly views: readonly { readonly kind: string; readonly at: number }[];
  readonly dtype: DType;
  readonly axis: number;
  readonly axes: readonly boolean[];
  readonly extent: number;
  readonly seed: number;
}

const cases: fc.Arbitrary<Case> = fc.record({
  shape: fc.array(length, { minLength: 1, maxLength: 3 }).filter((shape) => sizeOf(shape) <= 6000),
  views: fc.array(fc.record({ kind: fc.constantFrom("rotate", "flip", "slice", "repeat", "spread"), at: fc.nat(7) }), {
    maxLength: 3,
  }),
  dtype: fc.constantFrom(...dtypes),
  axis: fc.nat(7),
  axes: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  extent: fc.constantFrom(0, 1, 2, 5, 16, 19),
  seed: fc.integer({ min: 1, max: 1000 }),
});

/** Values with many ties; with `specials` also what floats and integers have at their ends. */
function valuesOf(shape: Shape, dtype: DType, seed: number, specials: boolean): Tensor {
  const uniform = seededUniforms(seed);
  const ends = isFloat(dtype) ? [Number.NaN, Infinity, -Infinity, -0, 0] : [2 ** 31 - 1, -(2 ** 31)];
  const element = () => {
    if (dtype === "bool") return Math.floor(2 * uniform());
    if (specials && uniform() < 0.1) return ends[Math.floor(uniform() * ends.length)] ?? 0;
    const value = Math.floor(20 * uniform()) - 10;
    return isFloat(dtype) ? value / 8 : value;
  };
  return fromHost(dtypeTable[dtype].array.from(Array.from({ length: sizeOf(shape) }, element)), shape, dtype);
}

/** int32 from −1 to `below`, so that the first and the last are out of range. */
function indicesOf(shape: Shape, below: number, seed: number): Tensor {
  const uniform = seededUniforms(seed + 1);
  return fromHost(
    Int32Array.from({ length: sizeOf(shape) }, () => Math.floor(uniform() * (below + 2)) - 1),
    shape,
    "int32",
  );
}

function viewed(x: Tensor, views: Case["views"]): Tensor {
  return views.reduce((view, { kind, at }) => {
    const axis = at % view.rank;
    const ones = view.shape.map(() => 1);
    const order = view.shape.map((_, i) => (i + 1) % view.rank);
    if (kind === "rotate") return transpose(view, order);
    if (kind === "flip") return flip(view, { axis });
    if (kind === "slice") return slice(view, [], [], ones.with(axis, 2));
    if (view.size > 3000) return view;
    if (kind === "repeat") return broadcastTo(view, [2, ...view.shape]);
    return transpose(broadcastTo(view, [3, ...view.shape]), [...view.shape.map((_, i) => i + 1), 0]);
  }, x);
}

/** Compiled on `backend` as on the reference. */
function same(backend: (typeof variants)[number][1], make: () => Tensor[], fn: (...x: Tensor[]) => Tensor[], ulps = 4) {
  const expected = on(cpuBackend, (): Result[] => read(fn(...make())));
  expectWithinUlps(
    on(backend, () => read(compile(fn)(...make()))),
    expected,
    ulps,
  );
}

function axisOf(x: Tensor, { axis }: Case): number {
  return axis % x.rank;
}

function chosen(x: Tensor, { axes }: Case): number[] {
  return x.shape.flatMap((_, axis) => (axes[axis] ? [axis] : []));
}

/** Computed in a loop, of any dtype. */
function negative(x: Tensor): Tensor {
  return x.dtype === "bool" ? logicalNot(x) : neg(x);
}

/** By what is asked of a view: results that are exact, with all that numbers can be. */
const exactOn: Readonly<Record<string, (x: Tensor, given: Case) => Tensor[]>> = {
  "extremes over any axes": (x, given) => [max(x, { axis: chosen(x, given) }), min(x, { axis: chosen(x, given) })],
  "extremes of what a loop computes": (x, given) => {
    const y = negative(x);
    return [max(y, { axis: chosen(x, given) }), min(y, { axis: chosen(x, given) }), y];
  },
  "positions of extremes": (x, given) => [
    argmax(x, { axis: axisOf(x, given) }),
    argmin(x, { axis: axisOf(x, given) }),
    argmax(x),
  ],
  sorting: (x, given) => [
    argsort(x, { axis: axisOf(x, given) }),
    argsort(x, { axis: axisOf(x, given), descending: true }),
  ],
  reading: (x, given) => {
    const axis = axisOf(x, given);
    const below = x.shape[axis] ?? 1;
    const shape = x.shape.with(axis, given.extent);
    return [
      take(x, indicesOf([given.extent], below, given.seed), { axis }),
      take(x, flip(transpose(indicesOf([2, given.extent], below, given.seed))), { axis }),
      gather(x, indicesOf(shape, below, given.seed), { axis }),
      gather(x, flip(indicesOf(shape, below, given.seed + 1)), { axis }),
    ];
  },
  comparing: (x, given) => {
    const y = flip(x, { axis: axisOf(x, given) });
    return [less(x, y), lessEqual(x, y), greater(x, y), greaterEqual(x, y), sign(x)];
  },
};

/** Sums, rounded in another order. */
const closeOn: Readonly<Record<string, (x: Tensor, given: Case) => Tensor[]>> = {
  "sums over any axes": (x, given) => [sum(x, { axis: chosen(x, given) }), sum(x)],
  "sums of what a loop computes": (x, given) => {
    const y = negative(x);
    return [sum(y, { axis: chosen(x, given) }), sum(mul(y, y), { axis: axisOf(x, given) })];
  },
  "folds of several dtypes in one loop": (x, given) => {
    const y = negative(x);
    const [double, integer] = [cast(y, "float64"), cast(y, "int32")];
    const axis = chosen(x, given);
    return [
      sum(double, { axis }),
      max(integer, { axis }),
      sum(y, { axis }),
      sum(integer, { axis }),
      min(double, { axis }),
    ];
  },
  "running sums": (x, given) => [
    cumsum(x, { axis: axisOf(x, given) }),
    cumsum(x, { axis: axisOf(x, given), reverse: true }),
  ],
  adding: (x, given) => {
    const axis = axisOf(x, given);
    const below = x.shape[axis] ?? 1;
    const at = indicesOf([given.extent], below, given.seed);
    const shape = x.shape.with(axis, given.extent);
    const updates = take(x, indicesOf([given.extent], below - 2, given.seed + 3), { axis });
    const each = indicesOf(shape, below, given.seed);
    return [
      indexAdd(x, at, updates, { axis }),
      indexAdd(x, at, 1, { axis }),
      scatterAdd(x, each, flip(updates), { axis }),
    ];
  },
};

describe.each(variants)("%s", (_, backend) => {
  for (const [group, specials] of [
    [exactOn, true],
    [closeOn, false],
  ] as const) {
    it.each(Object.entries(group))("%s", (_name, ask) => {
      fc.assert(
        fc.property(cases, (given) => {
          same(
            backend,
            () => [valuesOf(given.shape, given.dtype, given.seed, specials)],
            (x) => (x === undefined ? [] : ask(viewed(x, given.views), given)),
          );
        }),
        { numRuns: 60 },
      );
    });
  }

  it.each(floats)("matrix products of batches that broadcast, on views, in %s", (dtype) => {
    const batch = fc.constantFrom([], [1], [3], [2, 1], [2, 3], [1, 3]);
    fc.assert(
      fc.property(batch, batch, length, length, length, fc.boolean(), fc.boolean(), (a, b, m, k, n, ta, tb) => {
        same(
          backend,
          () => [
            uniforms([...a, ...(ta ? [k, m] : [m, k])], 1, dtype),
            uniforms([...b, ...(tb ? [n, k] : [k, n])], 2, dtype),
          ],
          (x, y) => {
            if (x === undefined || y === undefined) return [];
            const flags = { transposeLeft: ta, transposeRight: tb };
            return [matmul(x, y, flags), apply(primitives.matmul, [x, y], flags), matmul(flip(x), flip(y), flags)];
          },
          64,
        );
      }),
      { numRuns: 60 },
    );
  });

  it("random bits of any number and count are those of the reference", () => {
    fc.assert(
      fc.property(
        fc.nat(70),
        fc.integer({ min: 1, max: 31 }),
        fc.integer(),
        fc.integer(),
        fc.nat(),
        (n, bits, a, b, c) => {
          same(
            backend,
            () => [fromHost(Int32Array.of(a, b, c), [3], "int32")],
            (state) => (state === undefined ? [] : [apply(primitives.randomBits, [state], { shape: [n], bits })]),
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  it.each<[DType, number, number]>([
    ["int32", -3, 7],
    ["int32", 2 ** 31 - 2, 1],
    ["float32", 0.1, -0.3],
    ["float32", 16777216, 1],
    ["float64", 0.1, -0.3],
    ["float64", 2 ** 53, 1],
  ])("iota in %s from %d by %d", (dtype, start, step) => {
    same(
      backend,
      () => [],
      () => [apply(primitives.iota, [], { length: 19, start, step, dtype })],
      0,
    );
  });

  it.each(floats)("a long axis of %s sorts stably, by the last bit", (dtype) => {
    const unit = dtype === "float64" ? 2 ** -52 : 2 ** -23;
    for (const [descending, sign] of [
      [false, 1],
      [true, -1],
    ] as const) {
      const values = Array.from({ length: 5000 }, (_, i) => (1 + ((i * 7919) % 13) * unit) * (i % 3 === 0 ? -1 : 1));
      const sort = compile((x: Tensor) => argsort(x, { descending }));
      const order = on(backend, () => sort(fromHost(dtypeTable[dtype].array.from(values), [5000], dtype)).dataSync());
      const expected = Array.from(values.keys()).sort((a, b) => sign * ((values[a] ?? 0) - (values[b] ?? 0)) || a - b);
      expect([...order]).toEqual(expected);
    }
  });
});
