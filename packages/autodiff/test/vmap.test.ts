import { expectClose } from "@tapegrad/conformance";
import { isFloat, Parameter, ShapeError, type Tensor, TraceError, tensor, UnsupportedError } from "@tapegrad/core";
import { fromHost } from "@tapegrad/core/internal";
import {
  add,
  concat,
  Generator,
  gather,
  greater,
  matmul,
  mul,
  reshape,
  scatterAdd,
  sin,
  slice,
  stack,
  sub,
  sum,
  take,
  tanh,
  transpose,
  where,
} from "@tapegrad/ops";
import { compositeSamples, type Sample, samples } from "@tapegrad/ops/samples";
import { describe, expect, expectTypeOf, test } from "vitest";
import { checkpoint, cond, grad, jvp, noGrad, scan, Tape, vjp, vmap } from "../src/index.ts";
import { expectError, inDoublePrecision, random, tensorsOf, values } from "./comparison.ts";
import { mixed } from "./loops.ts";

inDoublePrecision();

/** Entry `i` along axis `axis`, without it. */
function entry(x: Tensor, i: number, axis = 0): Tensor {
  const starts = x.shape.map((_, k) => (k === axis ? i : 0));
  const stops = x.shape.map((length, k) => (k === axis ? i + 1 : length));
  return reshape(slice(x, starts, stops), x.shape.toSpliced(axis, 1));
}

describe("vmap equals the loop for every sample of every op", () => {
  const size = 3;
  const all = Object.entries<readonly Sample[]>({ ...samples, ...compositeSamples })
    .filter(([name]) => name !== "randomBits")
    .flatMap(([name, list]) =>
      list.filter(({ inputs }) => inputs.length > 0).map((sample) => [`${name} ${sample.name}`, sample] as const),
    );

  /** `size` different entries of each input: its own values, rotated, so that they stay in the op's domain. */
  const inputsOf = ({ inputs }: Sample) =>
    inputs.map(({ shape, dtype, values: make }, position) => {
      const draw = seeded(position + 1);
      const rows = Array.from({ length: size }, () => make(draw)).flat();
      const held = dtype === "float" ? "float64" : dtype;
      const host = tensor(rows, { shape: [size, ...shape], dtype: held });
      return fromHost(host.dataSync(), host.shape, held);
    });

  const results = (result: Tensor | readonly Tensor[]) => tensorsOf(result);

  test.each(all)("%s", (_, sample) => {
    const inputs = inputsOf(sample);
    // Every input batched, and each one alone, beside entry 0 of the others.
    const masks = [inputs.map(() => true), ...inputs.map((__, i) => inputs.map((___, k) => k === i))];
    for (const mask of masks) {
      const given = inputs.map((x, i) => (mask[i] ? x : entry(x, 0)));
      const run = (...x: Tensor[]) => results(sample.run(...x));
      const batched = vmap(run, { inAxes: mask.map((is) => (is ? 0 : null)) })(...given);
      const looped = Array.from({ length: size }, (__, i) => run(...given.map((x, k) => (mask[k] ? entry(x, i) : x))));
      const stacked = looped[0]?.map((__, k) => stack(looped.map((row) => row[k] ?? tensor(0)))) ?? [];
      expect(batched.map(({ shape, dtype }) => [shape, dtype])).toEqual(
        stacked.map(({ shape, dtype }) => [shape, dtype]),
      );
      for (const [k, result] of stacked.entries()) {
        const [ours, theirs] = [values(batched[k] ?? result), values(result)];
        const same = (a: number, b: number) =>
          Object.is(a, b) || a === b || Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));
        expect(ours.filter((value, i) => !same(value, theirs[i] ?? Number.NaN))).toEqual([]);
        expect(isFloat(result.dtype) || ours.every((value, i) => value === theirs[i])).toBe(true);
      }
    }
  });
});

function seeded(seed: number): () => number {
  const numbers = values(random([4096], seed));
  let next = 0;
  return () => ((numbers[next++ % numbers.length] ?? 0) + 1) / 2;
}

describe("vmap", () => {
  const [xs, w] = [random([3, 2], 1), random([2, 4], 2)];

  test("has the type of what it wraps, trees in and out", () => {
    const f = vmap((x: { a: Tensor }, y: Tensor) => ({ sum: add(x.a, y), parts: [y] }));
    expectTypeOf(f).toEqualTypeOf<(x: { a: Tensor }, y: Tensor) => { sum: Tensor; parts: Tensor[] }>();
    expectClose(f({ a: xs }, xs), { sum: add(xs, xs), parts: [xs] });
  });

  test("inAxes: one number for all, or one per argument, null for an argument without", () => {
    const f = (x: Tensor, y: Tensor) => sub(x, y);
    expectClose(vmap(f, { inAxes: 1 })(xs, xs), transpose(sub(xs, xs)));
    expectClose(vmap(f, { inAxes: [0, null] })(xs, tensor([1, 2])), sub(xs, tensor([1, 2])));
    expectClose(vmap(f, { inAxes: [-1, 0] })(xs, transpose(mul(xs, 2))), transpose(sub(xs, mul(xs, 2))));
    const tree = vmap(({ a, b }: { a: Tensor; b: Tensor }) => mul(a, sum(b)), { inAxes: [1] })({ a: xs, b: xs });
    expectClose(tree, mul(transpose(xs), reshape(sum(xs, { axis: 0 }), [2, 1])));
  });

  test("outAxes: where the batch axis goes", () => {
    const f = (x: Tensor) => ({ row: matmul(x, w), total: sum(x) });
    const { row, total } = vmap(f, { outAxes: -1 })(xs);
    expectClose([row, total], [transpose(matmul(xs, w)), sum(xs, { axis: 1 })]);
    expectClose(vmap((x: Tensor) => mul(x, x), { outAxes: 1 })(xs), transpose(mul(xs, xs)));
  });

  test("The batch axis is always first, and a result that does not depend on it is repeated", () => {
    const [same, own] = vmap((x: Tensor) => [w, x])(xs);
    expect(same?.shape).toEqual([3, 2, 4]);
    expectClose([same, own], [stack([w, w, w]), xs]);
  });

  test("numbers, strings and Parameters are static", () => {
    const p = new Parameter([10, 20]);
    const f = (x: Tensor, options: { scale: number; mode: string }) =>
      options.mode === "scaled" ? mul(add(x, p), options.scale) : x;
    expectClose(vmap(f)(xs, { scale: 2, mode: "scaled" }), mul(add(xs, p), 2));
  });

  test("no entries at all", () => {
    const empty = tensor([], { shape: [0, 2] });
    expectClose(vmap((x: Tensor) => ({ y: matmul(x, w), s: sum(x) }))(empty), {
      y: tensor([], { shape: [0, 4] }),
      s: tensor([], { shape: [0] }),
    });
  });

  test("nested in itself, in both orders of the axes", () => {
    const [a, b] = [random([3, 2], 3), random([4, 2], 4)];
    const outer = vmap((x: Tensor) => vmap((y: Tensor) => sum(mul(x, sin(y))))(b))(a);
    expectClose(outer, matmul(a, transpose(sin(b))));
    const pairs = vmap(
      vmap((x: Tensor, y: Tensor) => tanh(add(x, y)), { inAxes: [0, null] }),
      { inAxes: [null, 0], outAxes: 1 },
    );
    expectClose(pairs(a, b), tanh(add(reshape(a, [3, 1, 2]), reshape(b, [1, 4, 2]))));
  });

  test("of grad, and grad of it", () => {
    const loss = (v: Tensor, x: Tensor) => sum(tanh(matmul(x, v)));
    const each = vmap(grad(loss), { inAxes: [null, 0] })(w, xs);
    expectClose(each, stack([0, 1, 2].map((i) => grad(loss)(w, entry(xs, i)))));
    const total = (v: Tensor) => sum(vmap((x: Tensor) => loss(v, x))(xs));
    expectClose(grad(total)(w), sum(each, { axis: 0 }));
    expectClose(jvp(total, [w], [w]).tangent, sum(mul(sum(each, { axis: 0 }), w)));
    const second = (h: (v: Tensor) => Tensor) => grad((v: Tensor) => mixed(grad(h)(v)))(w);
    expectClose(
      second(total),
      second((v) => loss(v, xs)),
    );
  });

  test("a tape outside records what vmap does, a tape inside is batched", () => {
    const tape = new Tape();
    const y = tape.record(() => sum(vmap((x: Tensor) => mul(x, sum(x)))(xs)));
    expectClose(tape.gradient(y, xs), grad((x: Tensor) => sum(mul(x, sum(x, { axis: 1, keepDims: true }))))(xs));
    const slopes = vmap((x: Tensor) => {
      const inner = new Tape();
      const z = inner.record(() => sum(mul(x, sin(x))));
      return inner.gradient(z, x);
    })(xs);
    expectClose(slopes, grad((x: Tensor) => sum(mul(x, sin(x))))(xs));
  });

  test("a barrier inside stays one", () => {
    const f = vmap((x: Tensor) =>
      mul(
        x,
        noGrad(() => mul(x, x)),
      ),
    );
    expectClose(grad((x: Tensor) => sum(f(x)))(xs), mul(xs, xs));
  });

  test("indexing with batched indices, batched tables and both", () => {
    const table = random([3, 5, 2], 5);
    const index = tensor(
      [
        [0, 4],
        [2, 2],
        [-1, 9],
      ],
      { dtype: "int32" },
    );
    const row = (i: number) => ({ t: entry(table, i), n: entry(index, i) });
    const loop = (f: (t: Tensor, n: Tensor) => Tensor, t?: number, n?: number) =>
      stack([0, 1, 2].map((i) => f(row(t ?? i).t, row(n ?? i).n)));
    const reads: ((t: Tensor, n: Tensor) => Tensor)[] = [
      (t, n) => take(t, n),
      (t, n) => take(transpose(t), n, { axis: 1 }),
      (t, n) => gather(t, reshape(n, [2, 1]), { axis: 0 }),
      (t, n) => scatterAdd(t, reshape(n, [2, 1]), 1, { axis: 0 }),
    ];
    for (const f of reads) {
      const safe = (t: Tensor, n: Tensor) => {
        const result = f(t, n);
        return where(greater(result, -100), result, -7);
      };
      expectClose(vmap(safe)(table, index), loop(safe));
      expectClose(vmap(safe, { inAxes: [0, null] })(table, row(1).n), loop(safe, undefined, 1));
      expectClose(vmap(safe, { inAxes: [null, 0] })(row(2).t, index), loop(safe, 2));
      const slopes = vmap((t: Tensor, n: Tensor) => vjp((z: Tensor) => safe(z, n), t).pullback(safe(t, n))[0]);
      expectClose(
        slopes(table, index),
        loop((t, n) => vjp((z: Tensor) => safe(z, n), t).pullback(safe(t, n))[0]),
      );
    }
  });

  test("of scan, cond and checkpoint, whatever of theirs is batched", () => {
    const [init, seq] = [random([3, 2], 6), random([3, 4, 2], 7)];
    const f = (c: Tensor, x: Tensor, k: Tensor) =>
      scan(
        (carry: readonly [Tensor, Tensor], e: Tensor) => {
          const next = cond(
            greater(sum(e), 0),
            (z: Tensor) => checkpoint((y: Tensor) => tanh(matmul(y, reshape(k, [2, 2]))))(add(z, e)),
            (z: Tensor) => sin(z),
            carry[0],
          );
          return [
            [next, add(carry[1], 1)],
            [mul(next, carry[1]), carry[1]],
          ] as const;
        },
        [c, tensor(0)] as const,
        x,
        { reverse: true },
      );
    const k = random([3, 4], 8);
    for (const mask of [
      [true, true, true],
      [true, false, false],
      [false, true, false],
      [false, false, true],
    ]) {
      const given = [init, seq, k].map((x, i) => (mask[i] ? x : entry(x, 0))) as [Tensor, Tensor, Tensor];
      const inAxes = mask.map((is) => (is ? 0 : null));
      const looped = [0, 1, 2].map((i) =>
        tensorsOf(f(...(given.map((x, p) => (mask[p] ? entry(x, i) : x)) as typeof given))),
      );
      const stacked = looped[0]?.map((_, p) => stack(looped.map((row) => row[p] ?? k)));
      expectClose(tensorsOf(vmap(f, { inAxes })(...given)), stacked);
    }
  });
});

describe('Random draws need `{ randomness: "same" | "different" }`', () => {
  const xs = tensor([
    [1, 2],
    [3, 4],
  ]);

  test("undeclared is an error that says so, also in bodies", () => {
    const g = new Generator(1);
    const message = 'vmap: random numbers are drawn inside; say { randomness: "same" } or { randomness: "different" }';
    for (const f of [
      (x: Tensor) => mul(x, g.uniform([2])),
      (x: Tensor) => checkpoint((y: Tensor) => mul(y, g.uniform([2])))(x),
      (x: Tensor) => scan((c: Tensor) => [mul(c, g.uniform([])), null], x, null, { length: 2 })[0],
    ]) {
      expectError(() => vmap(f)(xs), UnsupportedError, message);
    }
    expect(values(g.state)).toEqual([1, 0, 0]);
  });

  test("same: every entry draws what the function alone would draw, and the state moves once", () => {
    const [ours, theirs] = [new Generator(1), new Generator(1)];
    const drawn = vmap((x: Tensor) => mul(x, ours.normal([2])), { randomness: "same" })(xs);
    expectClose(drawn, mul(xs, theirs.normal([2])));
    expect(values(ours.state)).toEqual(values(theirs.state));
  });

  test("different: every entry draws its own, and the state moves as if one had", () => {
    const [ours, theirs] = [new Generator(1), new Generator(1)];
    const drawn = vmap((x: Tensor) => add(mul(x, 0), ours.uniform([2])), { randomness: "different" })(xs);
    expectClose(drawn, theirs.uniform([2, 2]));
    expect(new Set(values(drawn)).size).toBe(4);
    expect(values(ours.state)).toEqual(values(theirs.state));
  });

  test("different, in a scan, a checkpoint and a branch, though nothing of theirs is batched", () => {
    const regions = [
      (g: Generator) => scan((c: Tensor) => [add(c, g.uniform([])), null], tensor(0), null, { length: 3 })[0],
      (g: Generator) => checkpoint(() => g.uniform([]))(),
      (g: Generator) =>
        cond(
          1,
          () => g.uniform([]),
          () => tensor(0),
        ),
      (g: Generator) =>
        cond(
          0,
          () => tensor(0),
          () => checkpoint(() => g.uniform([]))(),
        ),
    ];
    for (const region of regions) {
      const g = new Generator(1);
      const drawn = values(vmap((x: Tensor) => add(mul(sum(x), 0), region(g)), { randomness: "different" })(xs));
      expect(new Set(drawn).size).toBe(2);
      const alone = new Generator(1);
      region(alone);
      expect(values(g.state)).toEqual(values(alone.state));
    }
  });

  test("gradients see the numbers that were drawn", () => {
    for (const randomness of ["same", "different"] as const) {
      const g = new Generator(3);
      const f = (x: Tensor) =>
        scan((c: Tensor) => [where(g.bernoulli(0.5, [2]), mul(c, 3), mul(c, 0)), null], x, null, { length: 2 })[0];
      const { value, gradient } = vmap(
        (x: Tensor) => {
          const { value: y, pullback } = vjp(f, x);
          return { value: y, gradient: pullback(tensor([1, 1]))[0] };
        },
        { randomness },
      )(xs);
      expectClose(value, mul(gradient, xs));
    }
  });
});

describe("Assigning a batched value under `vmap` is an error", () => {
  const xs = tensor([1, 2]);

  test("that names the Parameter, and leaves it alone", () => {
    const p = new Parameter(5, { name: "weight" });
    const f = vmap((x: Tensor) => {
      p.assign(x);
      return x;
    });
    expectError(() => f(xs), TraceError, "vmap: weight is assigned a batched value; return the value instead");
    expect(values(p)).toEqual([5]);
  });

  test("an unbatched value is assigned once, also from the body of a batched scan", () => {
    const p = new Parameter(5);
    vmap((x: Tensor) => {
      p.assign(add(p.value, 1));
      return x;
    })(xs);
    expect(values(p)).toEqual([6]);
    vmap((x: Tensor) =>
      scan(
        (c: Tensor) => {
          p.assign(add(p.value, 1));
          return [mul(c, p.value), null];
        },
        x,
        null,
        { length: 3 },
      ),
    )(xs);
    expect(values(p)).toEqual([9]);
  });
});

describe("errors", () => {
  test.each<[string, () => unknown, new (...args: never[]) => Error, string]>([
    [
      "batch axes of different lengths",
      () => vmap((x: Tensor, y: Tensor) => concat([x, y]))(random([2, 1]), random([3, 1])),
      ShapeError,
      "vmap: batch axes differ in length: [2,1] and [3,1] (2 ≠ 3)",
    ],
    [
      "nothing batched",
      () => vmap((x: Tensor) => x, { inAxes: [null] })(random([2])),
      ShapeError,
      "vmap: no argument has a batch axis; give at least one an axis in inAxes",
    ],
    [
      "an axis that is not there",
      () => vmap((x: Tensor) => x, { inAxes: 2 })(random([2])),
      ShapeError,
      "vmap: axis 2 is out of range: [2]; use an integer from -1 to 0",
    ],
    [
      "reading data",
      () => vmap((x: Tensor) => mul(x, x.itemSync()))(random([2])),
      TraceError,
      "trace: a tensor has no data while it is being recorded, but its data was read; use where, cond or scan, or read after the call",
    ],
    [
      "a callback that returns a promise",
      () => vmap(async (x: Tensor) => x)(random([2])),
      TraceError,
      "vmap: the callback returned a promise; await before or after, not inside",
    ],
  ])("%s", (_, call, type, message) => expectError(call, type, message));
});
