/** Compiled Programs at their edges: what goes in and out, loops of odd sizes, and one arena for all. */
import { compile, grad, scan } from "@tapegrad/autodiff";
import {
  apply,
  applyRegion,
  type OpDefinition,
  Parameter,
  type RegionDefinition,
  type Tensor,
  tensor,
} from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  add,
  broadcastTo,
  cast,
  concat,
  div,
  exp,
  flip,
  full,
  Generator,
  greater,
  logicalNot,
  matmul,
  max,
  mean,
  min,
  mul,
  neg,
  ones,
  pad,
  reshape,
  sin,
  slice,
  sub,
  sum,
  tanh,
  transpose,
  where,
  zeros,
} from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createBackend } from "../src/index.ts";
import { cpuBackend, expectWithinUlps, on, type Result, read, uniforms, variants } from "./comparison.ts";

type Many = (...x: Tensor[]) => readonly Tensor[];

/** `fn` compiled on `backend`, against `fn` at once on the reference. */
function same(backend: (typeof variants)[number][1], fn: Many, make: () => Tensor[], ulps = 64): void {
  const expected = on(cpuBackend, () => read(fn(...make())));
  const actual = on(backend, (): Result[] => {
    const compiled = compile((...x: Tensor[]) => [...fn(...x)]);
    const first = compiled(...make());
    const once = read(first);
    compiled(...make().map((x) => (x.dtype === "float32" ? mul(x, 3) : x)));
    expect(read(first)).toEqual(once);
    return once;
  });
  expectWithinUlps(actual, expected, ulps);
}

describe.each(variants)("%s", (_, backend) => {
  it("outputs may be inputs, views, constants and the same value twice, each under an identity of its own", () => {
    const fn: Many = (x, y) => {
      const [a, b] = [x as Tensor, y as Tensor];
      const z = add(a, b);
      return [
        a,
        a,
        z,
        z,
        transpose(a),
        flip(a),
        slice(a, [1], [], [1, 2]),
        broadcastTo(slice(a, [0], [1]), [3, 3]),
        reshape(a, [9]),
        full([2, 2], 7),
        zeros([0, 3]),
        full([], -0),
        greater(a, b),
        logicalNot(greater(a, b)),
        cast(mul(a, 9), "int32"),
      ];
    };
    same(backend, fn, () => [uniforms([3, 3], 1), uniforms([3, 3], 2)]);
    on(backend, () => {
      const results = compile((x: Tensor, y: Tensor) => [...fn(x, y)])(uniforms([3, 3], 1), uniforms([3, 3], 2));
      expect(new Set(results).size).toBe(results.length);
    });
  });

  it.each([
    ["nothing goes in", () => [full([3], 2), exp(ones([2, 2]))], []],
    ["rank 0", (x: Tensor) => [sin(x), sum(x), max(x), broadcastTo(x, [3, 2]), reshape(x, [1, 1])], [[]]],
    [
      "empty",
      (x: Tensor) => [
        sin(x),
        sum(x),
        sum(x, { axis: 0 }),
        max(x, { axis: 0 }),
        min(x),
        mean(x),
        transpose(x),
        concat([x, x]),
      ],
      [[0, 3]],
    ],
    ["an empty product", (x: Tensor) => [matmul(x, transpose(x)), matmul(transpose(x), x)], [[3, 0]]],
    [
      "an empty operand of a loop",
      (x: Tensor) => scan((c: Tensor, e: Tensor) => [add(c, e), c] as const, sum(x, { axis: 0 }), x),
      [[0, 3]],
    ],
  ] as [string, Many, number[][]][])("%s", (_name, fn, shapes) => {
    same(backend, fn, () => shapes.map((shape, i) => uniforms(shape, i)));
  });

  it("operands that broadcast along rows, columns, middle axes and everywhere, over sizes that leave a tail", () => {
    fc.assert(
      fc.property(
        fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 37 })),
        ([a, b, c]) => {
          const shapes = [[a, b, c], [c], [b, 1], [a, 1, c], [1, b, 1], [], [a, 1, 1]];
          same(
            backend,
            (...x) => {
              const all = x.reduce((sum, y) => add(mul(sum, 0.9), y));
              const mask = greater(x[1] as Tensor, x[2] as Tensor);
              return [
                all,
                where(mask, all, x[3] as Tensor),
                sum(all, { axis: [0, 1] }),
                sum(all, { axis: 1 }),
                max(all, { axis: -1 }),
                min(all, { axis: 0 }),
                sum(all, { axis: [0, 2] }),
              ];
            },
            () => shapes.map((shape, i) => uniforms(shape, i)),
          );
        },
      ),
      { numRuns: 25 },
    );
  });

  it("loops after products, whose operands repeat along some of the rows' axes, run backwards, or come in another order", () => {
    for (const shape of [[3, 1, 5], [1, 4, 5], [3, 4, 1], [3, 1, 1], [5], [4, 1], [3, 4, 5]]) {
      same(
        backend,
        (x, w, b) => [add(matmul(x, w), b)],
        () => [uniforms([3, 4, 6], 1), uniforms([6, 5], 2), uniforms(shape, 3)],
      );
    }
    same(
      backend,
      (x, w, c) => [sub(matmul(x, w), flip(c, { axis: 0 }))],
      () => [uniforms([4, 6], 1), uniforms([6, 5], 2), uniforms([4, 5], 3)],
    );
    same(
      backend,
      (x, w, v, c) => {
        const first = sub(matmul(x, w), c);
        return [first, sub(c, matmul(first, v))];
      },
      () => [uniforms([24, 5], 1), uniforms([5, 5], 2), uniforms([5, 5], 3), uniforms([24, 5], 4)],
    );
  });

  it("loops that differ in what they fold alone", () => {
    same(
      backend,
      (a, b) => [max(neg(a), { axis: 1 }), sum(neg(b), { axis: 1 })],
      () => [uniforms([3, 5], 1), uniforms([3, 5], 2)],
    );
  });

  it("views of views of views", () => {
    same(
      backend,
      (x) => {
        const base = x as Tensor;
        const turned = flip(transpose(broadcastTo(base, [2, 5, 7]), [2, 0, 1]), { axis: [0, 2] });
        const part = slice(turned, [1, 0, 1], [], [2, 1, 3]);
        return [
          part,
          tanh(part),
          add(part, flip(part)),
          matmul(transpose(part, [1, 0, 2]), slice(base, [0, 0], [2, 7])),
          pad(part, [
            [1, 0],
            [0, 2],
            [1, 1],
          ]),
          sum(part, { axis: 1 }),
        ];
      },
      () => [uniforms([5, 7], 1)],
    );
  });

  it.each([1, 2, 3, 5, 7, 17])("a loop, forward and back, whose slots hold %i elements", (n) => {
    for (const reverse of [false, true]) {
      same(
        backend,
        (xs, w, mask) => {
          const [[a, b], outputs] = scan(
            ([a, b]: [Tensor, Tensor], [x, m]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor[]] => {
              const product = matmul(reshape(a, [1, n]), w as Tensor);
              const next = where(m, tanh(add(reshape(product, [n]), x)), b);
              // Carries that swap places, are stacked as they come and as they go, and a mask as an output.
              return [
                [b, next],
                [a, next, next, reshape(product, [n]), greater(next, a), sum(next), full([n], 2), x],
              ];
            },
            [ones([n]), zeros([n])],
            [transpose(xs as Tensor), flip(mask as Tensor, { axis: 0 })],
            { reverse },
          );
          return [a, b, ...outputs];
        },
        () => [uniforms([n, 6], 1), uniforms([n, n], 2), greater(uniforms([6, n], 3), 0)],
        512,
      );
    }
  });

  it.each([
    [1, 40],
    [17, 66],
    [33, 130],
  ])("a right operand of a loop's products: constant, a carry, an element, from an inner loop; %i × %i", (rows, n) => {
    const scale = 1 / Math.sqrt(n);
    same(
      backend,
      (h, w, ws) => {
        const [start, weight, weights] = [h as Tensor, w as Tensor, ws as Tensor];
        const made = sin(weight);
        const product = (a: Tensor, b: Tensor, transposeRight = false) => mul(matmul(a, b, { transposeRight }), scale);
        const [constant] = scan(
          (c: Tensor) => [tanh(add(product(c, made), product(c, weight, true))), null],
          start,
          null,
          { length: 3 },
        );
        const [changing] = scan(
          ([c, v]: [Tensor, Tensor]): [[Tensor, Tensor], null] => [[product(c, v), sin(v)], null],
          [start, weight],
          null,
          { length: 3 },
        );
        const [elements] = scan((c: Tensor, v: Tensor) => [product(c, v), null], start, weights, { reverse: true });
        const [nested] = scan(
          (c: Tensor, v: Tensor) => {
            const [inner] = scan((s: Tensor) => [tanh(add(product(s, weight), product(s, v, true))), null], c, null, {
              length: 2,
            });
            return [inner, null];
          },
          start,
          weights,
        );
        // Something large between, that would like the place of the weights.
        const between = sum(sin(matmul(weights, weights)), { axis: 0 });
        return [constant, ...changing, elements, nested, between, product(start, made)];
      },
      () => [uniforms([rows, n], 1), uniforms([n, n], 2), uniforms([3, n, n], 3)],
      512,
    );
  });

  it("carries that rotate, repeat, turn and come from outside", () => {
    same(
      backend,
      (x, y) => {
        const [carry, outputs] = scan(
          ([a, b, c, d, e]: Tensor[], element: Tensor): [Tensor[], Tensor[]] => [
            [b as Tensor, c as Tensor, a as Tensor, transpose(d as Tensor), flip(e as Tensor)],
            [add(a as Tensor, element), d as Tensor],
          ],
          [x as Tensor, y as Tensor, mul(x as Tensor, y as Tensor), x as Tensor, x as Tensor],
          reshape(slice(y as Tensor, [0, 0], [3, 3]), [3, 3, 1]),
        );
        const [twice] = scan(
          ([a]: [Tensor, Tensor]): [[Tensor, Tensor], null] => [[sin(a), a], null],
          [x as Tensor, y as Tensor],
          null,
          { length: 4 },
        );
        const [outside] = scan(
          ([,]: [Tensor, Tensor], e: Tensor): [[Tensor, Tensor], null] => [[y as Tensor, e], null],
          [x as Tensor, y as Tensor],
          broadcastTo(x as Tensor, [3, 3, 3]),
        );
        return [...carry, ...outputs, ...twice, ...outside];
      },
      () => [uniforms([3, 3], 1), uniforms([3, 3], 2)],
    );
  });

  it("loops in loops, and their gradients", () => {
    const f = (h: Tensor, w: Tensor) => {
      const [out, all] = scan(
        (c: Tensor, v: Tensor) => {
          const [inner, trace] = scan(
            (s: Tensor, r: Tensor) => [tanh(add(matmul(s, w), r)), s] as const,
            c,
            reshape(v, [5, 1, 1]),
            { reverse: true },
          );
          return [mul(inner, 0.9), sum(trace, { axis: 0 })] as const;
        },
        h,
        w,
      );
      return add(sum(sin(out)), sum(all));
    };
    same(
      backend,
      (h, w) => [
        f(h as Tensor, w as Tensor),
        ...grad(([a, b]: Tensor[]) => f(a as Tensor, b as Tensor))([h as Tensor, w as Tensor]),
      ],
      () => [uniforms([3, 5], 1), uniforms([5, 5], 2)],
      512,
    );
  });

  it("what has no code runs on the interpreter, constants on this backend", () => {
    const twice: RegionDefinition = {
      name: "twice",
      types: (inputs) => inputs,
      run: ([x]) => [mul(x ?? 0, full([], 2))],
      forward: () => [undefined],
      reverse: () => [undefined],
      batch: () => [],
    };
    on(cpuBackend, () => {
      const x = on(backend, () => tensor(Float32Array.of(1, 2)));
      const [y, same] = compile((t: Tensor) => [add(applyRegion(twice, [t], {})[0] ?? 0, full([2], 1)), t])(x);
      expect(y?.dataSync()).toEqual(Float32Array.of(3, 5));
      expect(y?.backend).toBe(backend);
      expect(same).not.toBe(x);
    });
  });

  it("an op of a third party: by its decomposition; integers where there are only float instructions: on the host", () => {
    const twice: OpDefinition = {
      name: "sineOfTwice",
      type: ([x]) => ({ shape: x?.shape ?? [], dtype: x?.dtype ?? "float32" }),
      derivative: { kind: "none" },
      batching: { kind: "pointwise" },
      tolerance: 1,
      decompose: ([x]) => sin(mul(x ?? 0, 2)),
    };
    same(
      backend,
      (x) => [
        add(apply(twice, [x as Tensor], {}), 1),
        apply(div.op, [add(cast(mul(x as Tensor, 90), "int32"), 1), full([5], 7, { dtype: "int32" })], {}),
      ],
      () => [uniforms([5], 1)],
    );
  });

  it("Parameters that share a tensor stay apart, and assignments wait for the call", () => {
    on(backend, () => {
      const shared = tensor(Float32Array.of(1, 2));
      const [p, q] = [new Parameter(shared), new Parameter(shared)];
      const step = compile((x: Tensor) => {
        const before = mul(p.value, q.value);
        p.assign(add(p.value, x));
        q.assign(sub(q.value, p.value));
        return before;
      });
      expect(step(tensor(Float32Array.of(1, 1))).dataSync()).toEqual(Float32Array.of(1, 4));
      expect([p.value.dataSync(), q.value.dataSync()]).toEqual([Float32Array.of(2, 3), Float32Array.of(-1, -1)]);
      expect(step(tensor(Float32Array.of(1, 1))).dataSync()).toEqual(Float32Array.of(-2, -3));
      expect(shared.dataSync()).toEqual(Float32Array.of(1, 2));
    });
  });

  it("a Generator draws on: other numbers at every call, the same as uncompiled", () => {
    const draw = (compiled: boolean) => {
      const generator = new Generator(7);
      const fn = () => [generator.uniform([5]), generator.bernoulli(0.5, [7]), generator.uniform([5])];
      const run = compiled ? compile(fn) : fn;
      return [read(run()), read(run())];
    };
    const [first, second] = on(backend, () => draw(true));
    expect([first, second]).toEqual(on(cpuBackend, () => draw(false)));
    expect(first).not.toEqual(second);
  });
});

it("the memory grows between calls: earlier Programs go on working, and their results stay", () => {
  const backend = createBackend(false);
  on(backend, () => {
    const small = compile((x: Tensor) => [tanh(x), transpose(x)]);
    const x = uniforms([3, 5], 1);
    const results = small(x);
    const before = read(results);
    const large = compile((y: Tensor) => sum(sin(transpose(y)), { axis: 0 }));
    for (const size of [200, 700, 1100]) {
      const y = uniforms([size, size], size);
      const expected = on(cpuBackend, () =>
        sum(sin(transpose(fromHost(y.dataSync(), y.shape, "float32"))), { axis: 0 }),
      );
      expectWithinUlps(read([large(y)]), read([expected]), 16);
      expect(read(results)).toEqual(before);
      expect(read(small(x))).toEqual(before);
    }
  });
});
