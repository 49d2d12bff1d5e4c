/** Any number of threads gives the bits that one gives: random Programs, all samples, products of many shapes, and training. */
import { compile, scan, Tape } from "@tapegrad/autodiff";
import { inputsOf, programOf, recipes } from "@tapegrad/conformance/random-programs";
import type { Backend, Tensor } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import { crossEntropy, Embedding, GRU, Linear, LSTM, RNN } from "@tapegrad/nn";
import { add, Generator, matmul, sum, tanh, transpose, zeros } from "@tapegrad/ops";
import { compositeSamples, type Sample, samples } from "@tapegrad/ops/samples";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createBackend } from "../src/backend.ts";
import { wasmFeatures } from "../src/index.ts";
import { finestGrain, usualGrain } from "../src/threads/grain.ts";
import { createThreadedBackend } from "../src/threads/threaded-backend.ts";
import { floats, on, type Result, read, uniforms } from "./comparison.ts";
import { functionOf, sampleInputs } from "./samples.ts";

interface Variant {
  readonly title: string;
  readonly alone: Backend;
  readonly backend: Backend;
}

const variants = [
  ...[2, 3, 4].map((threads) => ({ threads, fma: wasmFeatures().relaxedSimd, grain: finestGrain })),
  ...[2, 4].map((threads) => ({ threads, fma: wasmFeatures().relaxedSimd, grain: usualGrain })),
  { threads: 3, fma: false, grain: finestGrain },
];
const pools = await Promise.all(
  variants.map(async ({ threads, fma, grain }) => ({
    title: `${threads} threads, ${grain === finestGrain ? "whatever can be" : "what is worth being"} divided, ${fma ? "with" : "without"} FMA`,
    alone: createBackend(fma),
    isFinest: grain === finestGrain,
    ...(await createThreadedBackend(fma, threads, { grain })),
  })),
);
afterAll(() => {
  for (const { pool } of pools) pool.terminate();
});
const finest: readonly Variant[] = pools.filter(({ isFinest }) => isFinest);

/** What a thread alone and several make of the same. */
function expectSameBits({ alone, backend }: Variant, run: (backend: Backend) => readonly Tensor[]): void {
  const results = (there: Backend): Result[] => on(there, () => read(run(there)));
  expect(results(backend)).toEqual(results(alone));
}

const kinds = {
  "straight programs": { gradient: false, depth: 0, lengths: [0, 1, 2, 3, 5, 7, 13] },
  "loops in loops": { gradient: false, depth: 2, lengths: [1, 2, 3, 5] },
  "gradients of loops in loops": { gradient: true, depth: 2, lengths: [1, 2, 3] },
};

describe.each(finest.map((variant) => [variant.title, variant] as const))("%s", (_, variant) => {
  it.each(Object.entries(kinds))("random Programs: %s", (_kind, kind) => {
    fc.assert(
      fc.property(recipes(kind), fc.constantFrom(...floats), (recipe, dtype) => {
        expectSameBits(
          variant,
          (backend) => backend.compile?.(programOf(recipe, dtype))?.(inputsOf(recipe, dtype)) ?? [],
        );
      }),
      { numRuns: 20 },
    );
  });

  it("every sample of every op", () => {
    for (const [sample, dtype] of allSamples)
      expectSameBits(variant, () => compile(functionOf(sample))(...sampleInputs(sample, dtype)));
  });

  it("products of any shape", () => {
    fc.assert(
      fc.property(products, (product) => expectSameBits(variant, () => productOf(product))),
      { numRuns: 60 },
    );
  });

  it.each([
    ["LSTM", LSTM, [5, 7, 13]],
    ["GRU", GRU, [7, 6, 9]],
    ["RNN", RNN, [26, 5, 20]],
  ] as const)("20 steps of training of %s with dropout and clipping", (_name, Layer, sizes) => {
    expectSameBits(variant, () => train(Layer, sizes, 20));
  });
});

describe.each(pools.filter(({ isFinest }) => !isFinest).map((variant) => [variant.title, variant] as const))(
  "%s",
  (_, variant) => {
    it("steps of training that are worth dividing", () => {
      expectSameBits(variant, () => train(LSTM, [64, 10, 96], 3));
    });

    it("large ops at once", () => {
      expectSameBits(variant, () => {
        const [x, y] = [uniforms([310, 270], 1), uniforms([270, 290], 2)];
        return [matmul(x, y), tanh(matmul(x, y)), sum(uniforms([900, 700], 3), { axis: 0 }), sum(matmul(x, y))];
      });
    });
  },
);

const allSamples = Object.values<readonly Sample[]>({ ...samples, ...compositeSamples }).flatMap((list) =>
  list.flatMap((sample) =>
    floats.flatMap((dtype) =>
      dtype === "float32" || sample.inputs.some((input) => input.dtype === "float") ? [[sample, dtype] as const] : [],
    ),
  ),
);

const products = fc.record({
  rows: fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 6 })),
  inner: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 500, max: 1100 })),
  columns: fc.oneof(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 6 })),
  isLeftTransposed: fc.boolean(),
  isRightTransposed: fc.boolean(),
  isInLoop: fc.boolean(),
  dtype: fc.constantFrom(...floats),
});
type Product = typeof products extends fc.Arbitrary<infer Value> ? Value : never;

/** A product, or a loop of products that share their right operand, which is packed before it then. */
function productOf({ rows, inner, columns, isLeftTransposed, isRightTransposed, isInLoop, dtype }: Product) {
  const x = uniforms(isLeftTransposed ? [inner, rows] : [rows, inner], 1, dtype);
  const y = uniforms(isRightTransposed ? [columns, inner] : [inner, columns], 2, dtype);
  const once = (x: Tensor, y: Tensor) =>
    matmul(isLeftTransposed ? transpose(x) : x, isRightTransposed ? transpose(y) : y);
  if (!isInLoop) return [compile(once)(x, y)];
  const many = compile((x: Tensor, y: Tensor) => {
    const step = (total: Tensor, k: Tensor) => {
      const next = add(tanh(total), once(add(x, k), y));
      return [next, sum(next)] as const;
    };
    return scan(step, zeros([rows, columns], { dtype }), uniforms([3, 1, 1], 3, dtype));
  });
  return [...many(x, y)];
}

/** Losses and norms of training steps of two layers with an embedding and a head, and the Parameters after them. */
function train(
  Layer: typeof LSTM | typeof GRU | typeof RNN,
  [batch, time, hidden]: readonly [number, number, number],
  steps: number,
): Tensor[] {
  const generator = new Generator(3);
  const vocabulary = 11;
  const embedding = new Embedding(vocabulary, hidden, { generator });
  const layer = new Layer(hidden, hidden, { layers: 2, dropout: 0.2, generator });
  const head = new Linear(hidden, vocabulary, { generator });
  const parameters = [embedding, layer, head].flatMap((module) => [...module.parameters()]);
  const optimizer = new Adam(parameters, { learningRate: 1e-2 });
  const step = compile((tokens: Tensor, targets: Tensor) => {
    const tape = new Tape();
    const loss = tape.record(() =>
      crossEntropy(head.forward(layer.forward(embedding.forward(tokens)).output), targets),
    );
    const { gradients, norm } = clipByGlobalNorm(tape.gradient(loss, parameters), 0.5);
    optimizer.step(gradients);
    return [loss, norm];
  });
  const tokens = (shift: number) =>
    fromHost(
      Int32Array.from({ length: batch * time }, (_, i) => (i * i + shift) % vocabulary),
      [batch, time],
      "int32",
    );
  const told = Array.from({ length: steps }, (_, i) => step(tokens(i), tokens(i + 1)));
  return [...told.flat(), ...parameters.map(({ value }) => value)];
}
