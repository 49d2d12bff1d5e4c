/** Derivatives to second order on shapes, axes and attributes that nobody chose. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { gradcheck } from "@tapegrad/conformance";
import { allocate, type Shape, setBackend, type Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import * as ops from "@tapegrad/ops";
import { distinct, indices, normal, positive, type SampleInput, sampleValues } from "@tapegrad/ops/samples";
import fc from "fast-check";
import { test } from "vitest";

setBackend(cpuBackend);

/** Fixed, so that a failure is a failure for everyone; change it to look further. */
const runs = { seed: 20, numRuns: 60 };

function check(f: (...inputs: Tensor[]) => Tensor | Tensor[], inputs: readonly SampleInput[]): void {
  const values = sampleValues({ name: "random", inputs, run: f });
  const tensors = inputs.map(({ shape, dtype }, i) => {
    const held = dtype === "float" ? "float64" : dtype;
    const data = allocate(held, values[i]?.length ?? 0);
    data.set(values[i] ?? []);
    return fromHost(data, shape, held);
  });
  gradcheck(f, tensors, { order: 2 });
}

function shapes(shortest: number, ranks: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: shortest, max: 3 }), { minLength: 0, maxLength: 3, ...ranks });
}

/** Two shapes that broadcast. */
const pairs = shapes(0).chain((shape) => {
  const operand = fc
    .tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.nat(shape.length))
    .map(([ones, dropped]) => shape.map((length, axis) => (ones[axis] ? 1 : length)).slice(dropped));
  return fc.tuple(operand, operand);
});

const unaries: readonly (readonly [string, (x: Tensor) => Tensor, (shape: Shape) => SampleInput])[] = [
  ["abs", ops.abs, distinct],
  ["cos", ops.cos, normal],
  ["erf", ops.erf, normal],
  ["exp", ops.exp, normal],
  ["expm1", ops.expm1, normal],
  ["floor", ops.floor, distinct],
  ["gelu", ops.gelu, normal],
  ["log", ops.log, positive],
  ["log1p", ops.log1p, positive],
  ["neg", ops.neg, normal],
  ["relu", ops.relu, distinct],
  ["rsqrt", ops.rsqrt, positive],
  ["sigmoid", ops.sigmoid, normal],
  ["sign", ops.sign, distinct],
  ["sin", ops.sin, normal],
  ["softplus", ops.softplus, normal],
  ["sqrt", ops.sqrt, positive],
  ["square", ops.square, normal],
  ["tanh", ops.tanh, normal],
];

test("pointwise ops of one operand, of any shape", () => {
  fc.assert(
    fc.property(fc.constantFrom(...unaries), shapes(0), ([, op, make], shape) => check(op, [make(shape)])),
    { ...runs, numRuns: 150 },
  );
});

const apart = (shape: Shape) => distinct(shape, 0.5);
const binaries: readonly (readonly [
  string,
  (a: Tensor, b: Tensor) => Tensor,
  (shape: Shape) => SampleInput,
  (shape: Shape) => SampleInput,
])[] = [
  ["add", ops.add, normal, normal],
  ["sub", ops.sub, normal, normal],
  ["mul", ops.mul, normal, normal],
  ["div", ops.div, normal, positive],
  ["pow", ops.pow, positive, normal],
  ["maximum", ops.maximum, distinct, apart],
  ["minimum", ops.minimum, distinct, apart],
  ["where", (a, b) => ops.where(ops.greater(b, 0), a, b), normal, distinct],
];

test("pointwise ops of two operands, of any shapes that broadcast", () => {
  fc.assert(
    fc.property(fc.constantFrom(...binaries), pairs, ([, op, left, right], [a, b]) => check(op, [left(a), right(b)])),
    { ...runs, numRuns: 150 },
  );
});

const reductions = [ops.sum, ops.mean, ops.max, ops.min, ops.logSumExp, ops.prod, ops.variance] as const;

test("reductions over any axes", () => {
  const over = shapes(1).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.option(
        fc
          .subarray(shape.map((_, axis) => axis))
          .chain((axes) => fc.tuple(...axes.map((axis) => fc.constantFrom(axis, axis - shape.length)))),
        { nil: undefined },
      ),
      keepDims: fc.boolean(),
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...reductions), over, (op, { shape, axis, keepDims }) =>
      check((x) => op(x, axis === undefined ? { keepDims } : { axis, keepDims }), [distinct(shape)]),
    ),
    { ...runs, numRuns: 150 },
  );
});

test("functions along any one axis", () => {
  const along = shapes(1, { minLength: 1 }).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.integer({ min: -shape.length, max: shape.length - 1 })),
  );
  const functions = [
    ops.softmax,
    ops.logSoftmax,
    ops.cumsum,
    ops.sort,
    (x: Tensor, { axis }: { axis: number }) => ops.cumsum(x, { axis, reverse: true }),
    (x: Tensor, { axis }: { axis: number }) => ops.flip(x, { axis }),
    (x: Tensor, { axis }: { axis: number }) => ops.concat([x, ops.square(x)], { axis }),
    (x: Tensor, { axis }: { axis: number }) => ops.stack([x, ops.square(x)], { axis }),
    (x: Tensor, { axis }: { axis: number }) => ops.topK(x, 1, { axis }).values,
  ] as const;
  fc.assert(
    fc.property(fc.constantFrom(...functions), along, (f, [shape, axis]) =>
      check((x) => f(x, { axis }), [distinct(shape)]),
    ),
    { ...runs, numRuns: 100 },
  );
});

test("matmul over any batches, operands transposed or not", () => {
  const length = fc.integer({ min: 0, max: 5 });
  fc.assert(
    fc.property(
      pairs,
      fc.record({ rows: length, inner: length, columns: length }),
      fc.boolean(),
      fc.boolean(),
      ([a, b], { rows, inner, columns }, transposeLeft, transposeRight) =>
        check(
          (x, y) => ops.matmul(x, y, { transposeLeft, transposeRight }),
          [
            normal([...a, ...(transposeLeft ? [inner, rows] : [rows, inner])]),
            normal([...b, ...(transposeRight ? [columns, inner] : [inner, columns])]),
          ],
        ),
    ),
    runs,
  );
});

test("slices, pads, transposes and broadcasts", () => {
  const perAxis = shapes(0, { minLength: 1 }).chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      starts: fc.tuple(...shape.map(() => fc.integer({ min: -4, max: 4 }))),
      stops: fc.tuple(...shape.map(() => fc.integer({ min: -4, max: 4 }))),
      steps: fc.tuple(...shape.map(() => fc.integer({ min: 1, max: 3 }))),
      widths: fc.tuple(...shape.map(() => fc.tuple(fc.nat(2), fc.nat(2)))),
      order: fc.shuffledSubarray(
        shape.map((_, axis) => axis),
        { minLength: shape.length },
      ),
    }),
  );
  fc.assert(
    fc.property(perAxis, ({ shape, starts, stops, steps, widths, order }) =>
      check(
        (x) => [
          ops.slice(x, starts, stops, steps),
          ops.pad(x, widths, { value: 0.5 }),
          ops.transpose(x, order),
          ops.broadcastTo(x, [2, ...shape]),
          ops.reshape(x, [-1]),
        ],
        [normal(shape)],
      ),
    ),
    runs,
  );
});

test("reading and adding by index, along any axis", () => {
  const along = shapes(1, { minLength: 1 }).chain((shape) =>
    fc.tuple(fc.constant(shape), fc.nat(shape.length - 1), fc.integer({ min: 0, max: 4 })),
  );
  fc.assert(
    fc.property(along, ([shape, axis, count]) => {
      const length = shape[axis] ?? 1;
      check(
        (x, at, updates) => [ops.gather(x, at, { axis }), ops.scatterAdd(x, at, updates, { axis })],
        [normal(shape), indices(length, shape.with(axis, count)), normal(shape.with(axis, count))],
      );
      check((x, at) => ops.take(x, at, { axis }), [normal(shape), indices(length, [count, 2])]);
    }),
    runs,
  );
});
