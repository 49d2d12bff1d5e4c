/** Attention against its formulas in plain numbers, its laws, its derivatives, and padding that holds anything. */
import { compile, grad, scan } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose, gradcheck } from "@tapegrad/conformance";
import { type Parameter, ShapeError, setBackend, setDefaultDType, type Tensor, tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { AdditiveAttention, type Attention, BilinearAttention, DotProductAttention } from "@tapegrad/nn";
import { add, concat, full, Generator, mul, slice, sum, take, transpose, where } from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { at, type Matrix, rows, type Vector, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

const [querySize, memorySize, batch, time, steps] = [3, 3, 2, 4, 2];
const draw = (shape: number[], seed: number) => new Generator(seed).normal(shape);
const query = () => draw([batch, steps, querySize], 1);
const memory = () => draw([batch, time, memorySize], 2);

const dot = (a: Vector, b: Vector) => a.reduce((total, x, i) => total + x * at(b, i), 0);
const times = (W: Matrix, x: Vector) => W.map((row) => dot(row, x));

interface Kind {
  readonly name: string;
  readonly make: () => Attention;
  /** The score of one query and one row of memory. */
  readonly score: (attention: Attention, q: Vector, m: Vector) => number;
}

const kinds: Kind[] = [
  {
    name: "additive",
    make: () => new AdditiveAttention(querySize, memorySize, 5, { generator: new Generator(3) }),
    score: (attention, q, m) => {
      const [W, U, b, v] = attention.parameters();
      const memoryPart = times(rows(defined(U, "U")), m);
      const inner = times(rows(defined(W, "W")), q).map((x, i) =>
        Math.tanh(x + at(memoryPart, i) + at(values(defined(b, "b")), i)),
      );
      return dot(values(defined(v, "v")), inner);
    },
  },
  { name: "dot product", make: () => new DotProductAttention(), score: (_, q, m) => dot(q, m) },
  {
    name: "scaled dot product",
    make: () => new DotProductAttention({ scaled: true }),
    score: (_, q, m) => dot(q, m) / Math.sqrt(q.length),
  },
  {
    name: "bilinear",
    make: () => new BilinearAttention(querySize, memorySize, { generator: new Generator(4) }),
    score: (attention, q, m) => dot(q, times(rows(defined(attention.parameters()[0], "W")), m)),
  },
];

/** Row `i` of the leading axis. */
const entry = (x: Tensor, i: number) => slice(x, [i], [i + 1]).dataSync();
const matrixOf = (x: Tensor, i: number, width: number): number[][] => {
  const flat = Array.from(entry(x, i));
  return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
};

interface Sources {
  readonly q: Tensor;
  readonly m: Tensor;
  /** Read by the attention itself. */
  readonly parameters: readonly Parameter[];
}

describe.each(kinds)("$name attention", ({ make, score }) => {
  it.each([undefined, [4, 2], [1, 3], [0, 4]])(
    "with lengths %o averages the memory by the softmax of scores",
    (lengths) => {
      const [attention, q, m] = [make(), query(), memory()];
      const { context, weights } = attention.forward(q, m, lengths === undefined ? {} : { lengths });
      expect([context.shape, weights.shape]).toEqual([
        [batch, steps, memorySize],
        [batch, steps, time],
      ]);
      for (let b = 0; b < batch; b++) {
        const remembered = matrixOf(m, b, memorySize).slice(0, lengths?.[b] ?? time);
        const expected = matrixOf(q, b, querySize).map((one) => {
          const powers = remembered.map((row) => Math.exp(score(attention, one, row)));
          const total = powers.reduce((x, y) => x + y, 0);
          return powers.map((power) => power / total);
        });
        const padded = expected.map((row) => Array.from({ length: time }, (_, t) => row[t] ?? 0));
        expectClose(Array.from(entry(weights, b)), padded.flat(), 1e-14);
        const averages = expected.map((row) =>
          Array.from({ length: memorySize }, (_, k) =>
            row.reduce((all, w, t) => all + w * at(defined(remembered[t], "row"), k), 0),
          ),
        );
        expectClose(Array.from(entry(context, b)), averages.flat(), 1e-14);
      }
    },
  );

  it("of a query without steps is that of a single step", () => {
    const [attention, m] = [make(), memory()];
    const q = draw([batch, querySize], 5);
    const alone = attention.forward(q, m, { lengths: [3, 4] });
    const stepped = attention.forward(tensor(values(q), { shape: [batch, 1, querySize] }), m, { lengths: [3, 4] });
    expect([alone.context.shape, alone.weights.shape]).toEqual([
      [batch, memorySize],
      [batch, time],
    ]);
    expect(values(alone.context)).toEqual(values(stepped.context));
    expect(values(alone.weights)).toEqual(values(stepped.weights));
  });

  it("does not see the order of the memory", () => {
    const [attention, q, m] = [make(), query(), memory()];
    const before = attention.forward(q, m);
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (order) => {
        const places = tensor(order, { dtype: "int32" });
        const after = attention.forward(q, take(m, places, { axis: 1 }));
        expectClose(after.context, values(before.context), 1e-14);
        expectClose(after.weights, values(take(before.weights, places, { axis: 2 })), 1e-14);
      }),
    );
  });

  it("with padding is attention without it, whatever the padding holds, and so are the gradients", () => {
    const [attention, q, m] = [make(), query(), memory()];
    const lengths = tensor([2, 2], { dtype: "int32" });
    const short = slice(m, [0, 0], [batch, 2]);
    const loss = (mixed: { q: Tensor; m: Tensor }, options: { lengths?: Tensor }) => {
      const { context, weights } = attention.forward(mixed.q, mixed.m, options);
      return add(sum(mul(context, draw([batch, steps, memorySize], 6))), sum(mul(weights, weights)));
    };
    for (const padding of [0, 1e9, Number.POSITIVE_INFINITY, Number.NaN]) {
      const padded = concat([short, full([batch, 2, memorySize], padding)], { axis: 1 });
      const found = grad(({ parameters: _, ...mixed }: Sources) => loss(mixed, { lengths }));
      const expected = grad(({ parameters: _, ...mixed }: Sources) => loss(mixed, {}));
      const parameters = attention.parameters();
      const a = found({ q, m: padded, parameters });
      const b = expected({ q, m: short, parameters });
      expectClose(loss({ q, m: padded }, { lengths }), values(loss({ q, m: short }, {})), 1e-14);
      expectClose(a.q, values(b.q), 1e-14);
      expectClose(slice(a.m, [0, 0], [batch, 2]), values(b.m), 1e-14);
      expect(values(slice(a.m, [0, 2], [batch, 4]))).toEqual(new Array(batch * 2 * memorySize).fill(0));
      for (const [i, gradient] of a.parameters.entries())
        expectClose(gradient, values(defined(b.parameters[i], "gradient")), 1e-13);
    }
  });

  it("has the derivatives of its values, to second order, with nothing to attend to as well", () => {
    const attention = make();
    const f = (q: Tensor, m: Tensor) => attention.forward(q, m, { lengths: [3, 0] });
    gradcheck(f, [query(), memory()], { order: 2 });
    const g = (_: unknown) => attention.forward(query(), memory()).context;
    if (attention.parameters().length > 0) gradcheck(g, [attention.parameters()]);
  });

  it("is the same compiled, and step by step inside a scan", () => {
    const [attention, q, m] = [make(), query(), memory()];
    const lengths = tensor([3, 1], { dtype: "int32" });
    const whole = attention.forward(q, m, { lengths });
    const compiled = compile((a: Tensor, b: Tensor, n: Tensor) => attention.forward(a, b, { lengths: n }));
    expectClose(compiled(q, m, lengths).context, values(whole.context), 1e-14);
    const [, contexts] = scan(
      (carry: Tensor, x: Tensor) => [carry, attention.forward(x, m, { lengths }).context],
      tensor(0),
      transpose(q, [1, 0, 2]),
    );
    expectClose(transpose(contexts, [1, 0, 2]), values(whole.context), 1e-14);
  });

  it("is lost without the selection: a NaN in the memory that counts shows", () => {
    const [attention, q] = [make(), query()];
    const poisoned = where(tensor([[[false]], [[true]]]), Number.NaN, memory());
    const { context } = attention.forward(q, poisoned, { lengths: [4, 1] });
    expect(Array.from(entry(context, 0)).every(Number.isFinite)).toBe(true);
    expect(Array.from(entry(context, 1)).every(Number.isNaN)).toBe(true);
  });
});

it("refuses what does not fit", () => {
  const [flat, narrow] = [draw([batch, querySize], 1), draw([batch, time, 2], 2)];
  const remedy = "give [batch, query] or [batch, steps, query], and [batch, time, memory]";
  expect(() => new DotProductAttention().forward(flat, draw([3, time, querySize], 2))).toThrow(
    new ShapeError("DotProductAttention", "query and memory do not fit: [2,1,3] and [3,4,3]", remedy),
  );
  expect(() => new DotProductAttention().forward(flat, flat)).toThrow(
    new ShapeError("DotProductAttention", "query and memory do not fit: [2,1,3] and [2,3]", remedy),
  );
  expect(() => new DotProductAttention().forward(flat, narrow)).toThrow(
    new ShapeError(
      "DotProductAttention",
      "query and memory have different sizes: [2,1,3] and [2,4,2] (axis -1: 3 ≠ 2)",
      "use BilinearAttention",
    ),
  );
  expect(() => new BilinearAttention(3, 2).forward(flat, narrow, { lengths: [1] })).toThrow(
    "BilinearAttention: lengths do not fit: [1], not [2]",
  );
});
