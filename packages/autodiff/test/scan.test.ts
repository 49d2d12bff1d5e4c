import { expectClose } from "@tapegrad/conformance";
import {
  DTypeError,
  Parameter,
  type Program,
  ShapeError,
  Tensor,
  TraceError,
  tensor,
  trace,
  treeMap,
} from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { LSTM } from "@tapegrad/nn";
import {
  add,
  asTensor,
  cast,
  concat,
  div,
  expandDims,
  Generator,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  sigmoid,
  sin,
  slice,
  square,
  stack,
  sub,
  sum,
  take,
  tanh,
  where,
} from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import {
  checkpoint,
  cond,
  grad,
  jvp,
  noGrad,
  type ScanOptions,
  scan,
  Tape,
  valueAndGrad,
  vjp,
  vmap,
} from "../src/index.ts";
import { expectError, inDoublePrecision, random, randomLike, values } from "./comparison.ts";
import { expectSame, mixed, type Scan, unrolled } from "./loops.ts";

inDoublePrecision();

interface Rnn {
  h: Tensor;
  xs: Tensor;
  w: Tensor;
}
const rnnInputs = (steps: number): Rnn => ({
  h: random([2, 3], 1),
  xs: random([steps, 2, 3], 2),
  w: random([3, 3], 3),
});
const rnn =
  (loop: Scan, options: ScanOptions = {}) =>
  ({ h, xs, w }: Rnn) =>
    loop(
      (state: { h: Tensor }, x: Tensor) => {
        const next = tanh(add(matmul(state.h, w), x));
        return [{ h: next }, { y: mul(next, state.h), total: sum(next) }] as const;
      },
      { h },
      xs,
      options,
    );

const directions = [{}, { reverse: true }];

describe("scan equals the loop written out under every transform", () => {
  describe.each(directions)("%o", (direction) => {
    test("a recurrent network with a captured matrix", () => {
      expectSame(rnn(scan, direction), rnn(unrolled, direction), rnnInputs(3));
    });

    test.each([1, 2, 4, 5, 9])("checkpointed every %i of 5 steps", (checkpointEvery) => {
      const options = { ...direction, checkpointEvery };
      expectSame(rnn(scan, options), rnn(unrolled, direction), rnnInputs(5), { jacobians: false });
      expectSame(rnn(scan, options), rnn(scan, direction), rnnInputs(5), { jacobians: false });
    });

    test("trees as carry, elements and outputs, keys in any order", () => {
      interface State {
        a: Tensor;
        b: [Tensor, { c: Tensor }];
      }
      const f =
        (loop: Scan) =>
        ({ init, xs }: { init: State; xs: { p: Tensor; q: [Tensor] } }) =>
          loop(
            ({ a, b: [b, { c }] }: State, { q: [q], p }) => [
              { b: [mul(a, p), { c: sin(add(c, sum(q))) }], a: add(b, mul(a, c)) } satisfies State,
              [{ second: mul(q, c) }, a] as const,
            ],
            init,
            xs,
            direction,
          );
      expectSame(f(scan), f(unrolled), {
        init: { a: random([2], 1), b: [random([2], 2), { c: random([], 3) }] },
        xs: { p: random([3, 2], 4), q: [random([3, 4], 5)] },
      } as { init: State; xs: { p: Tensor; q: [Tensor] } });
    });

    test("integers in carry, elements and outputs", () => {
      const indices = tensor([2, 0, 1, 2], { dtype: "int32" });
      const f =
        (loop: Scan) =>
        ({ x, table }: { x: Tensor; table: Tensor }) => {
          const [{ n, x: last }, outputs] = loop(
            (state: { n: Tensor; x: Tensor }, index: Tensor) => {
              const n = add(state.n, index);
              const row = take(table, index);
              return [
                { n, x: add(mul(state.x, cast(n, "float64")), row) },
                { n, row },
              ];
            },
            { n: tensor(1, { dtype: "int32" }), x },
            indices,
            direction,
          );
          return { last, row: outputs.row, counted: cast(n, "float64"), all: cast(outputs.n, "float64") };
        };
      expectSame(f(scan), f(unrolled), { x: random([2], 1), table: random([3, 2], 2) });
    });

    test("carries that pass through, change places or start from one tensor", () => {
      const f =
        (loop: Scan) =>
        ({ a, xs }: { a: Tensor; xs: Tensor }) =>
          loop(
            ([p, q, r]: readonly [Tensor, Tensor, Tensor], x: Tensor) =>
              [
                [q, mul(p, x), r],
                [p, r, x],
              ] as const,
            [a, a, a] as const,
            xs,
            direction,
          );
      expectSame(f(scan), f(unrolled), { a: random([2], 1), xs: random([3, 2], 2) });
    });

    test("a scan inside a scan, and what the inner one captures", () => {
      const f =
        (loop: Scan) =>
        ({ h, xs, w }: { h: Tensor; xs: Tensor; w: Tensor }) =>
          loop(
            (carry: Tensor, x: Tensor) => {
              const [inner, trail] = loop(
                (c: Tensor, y: Tensor) => [tanh(add(matmul(w, mul(c, y)), carry)), sum(c)],
                carry,
                x,
                { reverse: true },
              );
              return [mul(inner, sum(trail)), trail];
            },
            h,
            xs,
            direction,
          );
      expectSame(f(scan), f(unrolled), { h: random([2], 1), xs: random([2, 3, 2], 2), w: random([2, 2], 3) });
    });

    test("branches, checkpoints and barriers in the body", () => {
      const f =
        (loop: Scan) =>
        ({ h, xs }: { h: Tensor; xs: Tensor }) =>
          loop(
            (carry: Tensor, x: Tensor) => {
              const chosen = cond(
                cast(add(sum(x), 1), "int32"),
                (c: Tensor) => mul(c, x),
                (c: Tensor) => sin(c),
                carry,
              );
              const sure = checkpoint((c: Tensor) => tanh(add(c, x)))(chosen);
              return [
                add(
                  sure,
                  noGrad(() => mul(carry, 3)),
                ),
                mul(carry, chosen),
              ];
            },
            h,
            xs,
            direction,
          );
      expectSame(f(scan), f(unrolled), { h: random([2], 1), xs: random([4, 2], 2) });
    });

    test("gradient steps in the body: learning is differentiable", () => {
      const f =
        (loop: Scan) =>
        ({ start, rate, data }: { start: Tensor; rate: Tensor; data: Tensor }) =>
          loop(
            (theta: Tensor, point: Tensor) => {
              const tape = new Tape();
              const loss = tape.record(() => sum(square(sub(sin(mul(theta, point)), 0.5))));
              return [sub(theta, mul(rate, tape.gradient(loss, theta))), loss];
            },
            start,
            data,
            direction,
          );
      expectSame(f(scan), f(unrolled), { start: random([2], 1), rate: random([], 2), data: random([3, 2], 3) });
    });
  });

  test("xs null with a length, and numbers as carries", () => {
    const f =
      (loop: Scan) =>
      ({ rate }: { rate: Tensor }) => {
        const [{ t, x }] = loop(
          (state: { t: Tensor; x: Tensor }) => [{ t: add(state.t, 1), x: mul(add(state.x, state.t), rate) }, null],
          { t: 0, x: 1 } as unknown as { t: Tensor; x: Tensor },
          null,
          { length: 4 },
        );
        return { t: asTensor(t), x };
      };
    const g = ({ rate }: { rate: Tensor }) => {
      let x = tensor(1);
      for (let t = 0; t < 4; t++) x = mul(add(x, t), rate);
      return { t: tensor(4), x };
    };
    expectSame(f(scan), g, { rate: random([], 1) });
  });

  test("no carry at all: a map over the first axis", () => {
    const f =
      (loop: Scan) =>
      ({ xs, w }: { xs: Tensor; w: Tensor }) =>
        loop((_: [], x: Tensor) => [[], matmul(tanh(x), w)] as [[], Tensor], [] as [], xs)[1];
    expectSame(f(scan), f(unrolled), { xs: random([3, 2], 1), w: random([2, 2], 2) });
  });

  test("Parameters in carry and elements stand for their values", () => {
    const [h, xs] = [new Parameter(random([2], 1)), new Parameter(random([3, 2], 2))];
    const [carry] = scan((c: Tensor, x: Tensor) => [mul(c, x), null], h as unknown as Tensor, xs as unknown as Tensor);
    expectClose(carry, unrolled((c: Tensor, x: Tensor) => [mul(c, x), null], h.value, xs.value)[0]);
  });
});

describe("scan.", () => {
  const step = (c: Tensor, x: Tensor): [Tensor, { y: Tensor }] => [add(c, x), { y: stack([c, x]) }];

  test("has the types of its carry and outputs", () => {
    expectTypeOf(scan(step, tensor(0), tensor([1]))).toEqualTypeOf<[Tensor, { y: Tensor }]>();
  });

  test("Zero steps trace the body and return `init`", () => {
    const empty = tensor([], { shape: [0] });
    for (const options of [{}, { reverse: true }, { checkpointEvery: 2 }]) {
      const [carry, { y }] = scan(step, tensor(3), empty, options);
      expectClose([carry, y], [tensor(3), tensor([], { shape: [0, 2] })]);
      const { value, pullback } = vjp((c: Tensor, xs: Tensor) => scan(step, c, xs, options), tensor(3), empty);
      expectClose(pullback([tensor(2), { y: value[1].y }]), [tensor(2), empty]);
      const { tangent } = jvp((c: Tensor) => scan(step, c, empty, options)[0], [tensor(3)], [tensor(5)]);
      expectClose(tangent, tensor(5));
    }
    expectError(
      () => scan((c: Tensor) => [stack([c, c]), null], tensor(3), empty),
      ShapeError,
      "scan: carry changes its shape: [], then [2]; return what was taken",
    );
    expect(scan((c: Tensor) => [mul(c, 2), null], tensor(3), null, { length: 0 })[0].variable.id).toBeGreaterThan(0);
  });

  test("`reverse` keeps outputs aligned with inputs", () => {
    const xs = tensor([1, 2, 3]);
    const running = (c: Tensor, x: Tensor) => [add(c, x), add(c, x)] as const;
    expectClose(scan(running, tensor(0), xs), [tensor(6), tensor([1, 3, 6])]);
    expectClose(scan(running, tensor(0), xs, { reverse: true }), [tensor(6), tensor([6, 5, 3])]);
  });

  test("Captured tensors become inputs", () => {
    const [a, b] = [random([2], 1), random([2], 2)];
    const tape = new Tape();
    const [y] = tape.record(() => scan((c: Tensor, x: Tensor) => [add(mul(c, a), mul(x, b)), null], a, stack([b, b])));
    const [node] = tape.nodes.filter(({ op }) => op.name === "scan");
    expect(node?.inputs.slice(2)).toEqual([a.variable, b.variable]);
    const seed = random([2], 3);
    // y = ((a·a + b·b)·a + b·b)
    expectClose(tape.gradient(y, [a, b], { seed }), [
      mul(seed, add(mul(3, square(a)), square(b))),
      mul(seed, add(mul(2, mul(a, b)), mul(2, b))),
    ]);
  });

  test("The gradient is one rule: a reverse scan over (carry history, inputs, captures, cotangents)", () => {
    const { h, xs, w } = rnnInputs(4);
    const { program } = trace(
      ([a, b, c]) => grad((x: Rnn) => sum(rnn(scan)(x)[0].h))({ h: at(a), xs: at(b), w: at(c) }),
      [h.variable, xs.variable, w.variable],
    );
    const scans = program.nodes.filter(({ op }) => op.name === "scan");
    expect(scans.map(({ attributes }) => "reverse" in attributes && attributes.reverse)).toEqual([false, true]);
  });

  test("history is an ordinary extra output that every recorder sees", () => {
    const { h, xs } = rnnInputs(4);
    const tape = new Tape();
    tape.record(() => scan((c: Tensor, x: Tensor) => [tanh(add(c, x)), null], h, xs));
    const [node] = tape.nodes;
    expect(node?.outputs.map(({ shape }) => shape)).toEqual([
      [2, 3],
      [4, 2, 3],
    ]);
    expectClose(node?.savedOutputs[1], stackCarries(h, xs));
  });

  const stackCarries = (h: Tensor, xs: Tensor) => unrolled((c: Tensor, x: Tensor) => [tanh(add(c, x)), c], h, xs)[1];

  test("Integer carries have no cotangent", () => {
    const x = tensor([1.5, 2.5]);
    const f = (y: Tensor) => {
      const [{ n }, outputs] = scan(
        ({ n }: { n: Tensor }, e: Tensor) => [{ n: add(n, cast(e, "int32")) }, mul(e, cast(n, "float64"))],
        { n: tensor(2, { dtype: "int32" }) },
        y,
      );
      return add(sum(outputs), cast(n, "float64"));
    };
    expectClose(f(x), tensor(1.5 * 2 + 2.5 * 3 + 5));
    expectClose(grad(f)(x), tensor([2, 3]));
    expectClose(jvp(f, [x], [tensor([1, 10])]).tangent, tensor(32));
  });

  test("gradients of the final carry only, of the outputs only, and of a carry that nothing uses", () => {
    const inputs = rnnInputs(3);
    for (const pick of [
      (r: ReturnType<ReturnType<typeof rnn>>) => sum(square(r[0].h)),
      (r: ReturnType<ReturnType<typeof rnn>>) => sum(sin(r[1].y)),
      (r: ReturnType<ReturnType<typeof rnn>>) => sum(r[1].total),
    ]) {
      expectClose(grad((x: Rnn) => pick(rnn(scan)(x)))(inputs), grad((x: Rnn) => pick(rnn(unrolled)(x)))(inputs));
    }
    const f = (loop: Scan) => (x: { used: Tensor; unused: Tensor; xs: Tensor }) =>
      sum(
        loop(
          ({ used, unused }: { used: Tensor; unused: Tensor }, e: Tensor) => [
            { used: mul(used, e), unused: add(unused, used) },
            null,
          ],
          { used: x.used, unused: x.unused },
          x.xs,
        )[0].used,
      );
    const x = { used: random([2], 1), unused: random([2], 2), xs: random([3, 2], 3) };
    const g = grad(f(scan))(x);
    expectClose(g, grad(f(unrolled))(x));
    expect(values(g.unused)).toEqual([0, 0]);
  });

  test("`checkpointEvery` is a scan of checkpointed scans and a tail", () => {
    const { h, xs, w } = rnnInputs(7);
    const { program } = trace(
      ([a, b, c]) => rnn(scan, { checkpointEvery: 3 })({ h: at(a), xs: at(b), w: at(c) }),
      [h.variable, xs.variable, w.variable],
    );
    const scans = program.nodes.filter(({ op }) => op.name === "scan");
    expect(scans.map(({ attributes }) => "length" in attributes && attributes.length)).toEqual([2, 1]);
    expect(bodyOf(scans[0]).nodes.map(({ op }) => op.name)).toEqual(["checkpoint"]);
  });

  test("`checkpointEvery` keeps the carries of every so many steps only", () => {
    const inputs = rnnInputs(12);
    const carriesKept = (options: ScanOptions) => {
      const tape = new Tape();
      tape.record(() => rnn(scan, options)(inputs));
      return tape.nodes.find(({ op }) => op.name === "scan")?.outputs.at(-1)?.shape;
    };
    expect(carriesKept({})).toEqual([12, 2, 3]);
    expect(carriesKept({ checkpointEvery: 4 })).toEqual([3, 2, 3]);
  });
});

describe("the size of what is recorded does not depend on the number of steps", () => {
  const sizes = (steps: number, options: ScanOptions) => {
    const inputs = rnnInputs(steps);
    const tape = new Tape();
    tape.record(() => sum(rnn(scan, options)(inputs)[1].y));
    const types = [inputs.h, inputs.xs, inputs.w].map(({ variable }) => variable);
    const { program } = trace(
      ([h, xs, w]) => grad((x: Rnn) => mixed(rnn(scan, options)(x)))({ h: at(h), xs: at(xs), w: at(w) }),
      types,
    );
    return { nodes: tape.nodes.length, program: countNodes(program) };
  };
  test.each([{}, { reverse: true }, { checkpointEvery: 3 }])("%o", (options) => {
    expect(sizes(60, options)).toEqual(sizes(9, options));
  });
});

/** Nodes of a Program and of every body in it. */
function countNodes(program: Program): number {
  const inner = program.nodes.flatMap(({ attributes }) =>
    Object.values(attributes).filter((value) => typeof value === "object" && value !== null && "nodes" in value),
  );
  return program.nodes.length + inner.map((body: Program) => countNodes(body)).reduce((a, b) => a + b, 0);
}

function bodyOf(node: { readonly attributes: object } | undefined): Program {
  const body = Object.values(node?.attributes ?? {}).find((value) => "nodes" in value);
  return defined(body, "body");
}

function at(x: Tensor | undefined): Tensor {
  return defined(x, "input");
}

describe("Effects inside the body are hidden carries", () => {
  test("a Parameter assigned in the body is assigned once, at the end, and read from step to step", () => {
    const running = new Parameter([0, 0], { name: "running" });
    const xs = random([5, 2], 1);
    const step = (count: Tensor, x: Tensor): [Tensor, Tensor] => {
      const next = add(count, 1);
      running.assign(add(running.value, div(sub(x, running.value), next)));
      return [next, sub(x, running.value)];
    };
    const [count, centred] = scan(step, tensor(0), xs);
    expectClose([count, running.value], [tensor(5), mean(xs, { axis: 0 })]);
    running.assign(tensor([0, 0]));
    expectClose(centred, unrolled(step, tensor(0), xs)[1]);
  });

  test("the derivative with respect to a Parameter is with respect to its value on entry", () => {
    const xs = random([4, 2], 1);
    const step = (p: Parameter) => (c: Tensor, x: Tensor) => {
      p.assign(mul(add(p.value, x), p.value));
      return [add(c, mul(p.value, x)), square(p.value)] as const;
    };
    const run = (loop: Scan, options: ScanOptions = {}) => {
      const p = new Parameter(random([2], 2));
      const tape = new Tape();
      const y = tape.record(() => mixed([loop(step(p), tensor([0, 0]), xs, options), p.value]));
      return { y, g: tape.gradient(y, p), p: p.value };
    };
    expectClose(run(scan), run(unrolled));
    expectClose(run(scan, { reverse: true }), run(unrolled, { reverse: true }));
    expectClose(run(scan, { checkpointEvery: 3 }), run(unrolled));
  });

  test("an effect of a nested scan, seen by the outer body", () => {
    const run = (loop: Scan) => {
      const p = new Parameter(1);
      const [y] = loop(
        (c: Tensor, x: Tensor) => {
          const [inner] = loop(
            (k: Tensor, e: Tensor) => {
              p.assign(add(p.value, mul(e, k)));
              return [mul(k, p.value), null];
            },
            c,
            x,
          );
          return [add(inner, p.value), null];
        },
        tensor(0.5),
        random([2, 3], 1),
      );
      return [y, p.value];
    };
    expectClose(run(scan), run(unrolled));
  });

  test("nothing is assigned when the call fails", () => {
    const p = new Parameter(1);
    expect(() =>
      scan(
        (c: Tensor) => {
          p.assign(tensor(2));
          return [stack([c, c]), null];
        },
        tensor(0),
        null,
        { length: 2 },
      ),
    ).toThrow(ShapeError);
    expect(values(p)).toEqual([1]);
  });

  test("Parameters captured in the body get gradients", () => {
    const [w, b] = [new Parameter(random([3, 3], 1)), new Parameter(random([3], 2))];
    const run = (loop: Scan) => (q: Parameter[]) =>
      mixed(
        loop(
          (h: Tensor, x: Tensor) => [tanh(add(matmul(h, at(q[0]?.value)), add(x, b))), h],
          random([2, 3], 3),
          random([4, 2, 3], 4),
        ),
      );
    expectClose(grad(run(scan))([w, b]), grad(run(unrolled))([w, b]));
    const tape = new Tape({ sources: [b] });
    const y = tape.record(() => run(scan)([w]));
    expectClose(tape.gradient(y, b), grad(run(unrolled))([w, b])[1]);
  });
});

describe("random numbers inside the body", () => {
  const noisy = (loop: Scan, seed: number, options: ScanOptions = {}) => {
    const generator = new Generator(seed);
    const f = (x: Tensor) =>
      loop(
        (c: Tensor, e: Tensor) => {
          const kept = generator.bernoulli(0.5, c.shape);
          const next = where(kept, mul(2, tanh(add(c, e))), 0);
          return [add(next, generator.normal(c.shape)), generator.uniform([])];
        },
        x,
        random([6, 4], 2),
        options,
      );
    return { f, generator };
  };

  test.each<ScanOptions>([{}, { reverse: true }, { checkpointEvery: 4 }])(
    "are those of the loop written out, and so is the state after it: %o",
    (options) => {
      const [ours, theirs] = [noisy(scan, 7, options), noisy(unrolled, 7, options)];
      expectClose(ours.f(random([4])), theirs.f(random([4])));
      expect(values(ours.generator.state)).toEqual(values(theirs.generator.state));
      expectClose(ours.f(random([4])), theirs.f(random([4])));
    },
  );

  test.each<ScanOptions>([{}, { reverse: true }, { checkpointEvery: 4 }])(
    "Recomputation reuses the environment that it first saw (same dropout) and discards effects: %o",
    (options) => {
      const [ours, theirs] = [noisy(scan, 7, options), noisy(unrolled, 7, options)];
      for (let repeat = 0; repeat < 2; repeat++) {
        const [a, b] = [ours, theirs].map(({ f }) => valueAndGrad((x: Tensor) => mixed(f(x)))(random([4])));
        expectClose(a, b);
        expect(values(ours.generator.state)).toEqual(values(theirs.generator.state));
      }
      const second = (f: typeof ours.f) => grad((x: Tensor) => mixed(grad((y: Tensor) => mixed(f(y)))(x)))(random([4]));
      expectClose(second(ours.f), second(theirs.f));
      expect(values(ours.generator.state)).toEqual(values(theirs.generator.state));
    },
  );

  test("under vmap, the same for all entries or different ones", () => {
    const xs = random([3, 4], 9);
    const same = noisy(scan, 7);
    const each = vmap((x: Tensor) => same.f(x)[0], { randomness: "same" })(xs);
    const one = (i: number) => noisy(unrolled, 7).f(reshape(slice(xs, [i], [i + 1]), [4]))[0];
    expectClose(each, stack([0, 1, 2].map(one)));
    const differs = noisy(scan, 7);
    const row = stack([one(0), one(0)].map(() => reshape(slice(xs, [0], [1]), [4])));
    const drawn = vmap((x: Tensor) => differs.f(x)[1], { randomness: "different" })(row);
    const [first, second] = [values(slice(drawn, [0], [1])), values(slice(drawn, [1], [2]))];
    expect(first.every((value, i) => value !== second[i])).toBe(true);
    expect(values(differs.generator.state)).toEqual(values(same.generator.state));
  });
});

describe("errors", () => {
  const two = { length: 2 };
  test.each<[string, () => unknown, new (...args: never[]) => Error, string]>([
    [
      "a carry that changes its shape",
      () => scan((c: Tensor) => [concat([c, c]), null], tensor([1]), null, two),
      ShapeError,
      "scan: carry changes its shape: [1], then [2]; return what was taken",
    ],
    [
      "a carry that changes its dtype",
      () => scan((c: Tensor) => [mul(cast(c, "float64"), 0.5), null], tensor(1, { dtype: "int32" }), null, two),
      DTypeError,
      "scan: carry changes its dtype: int32, then float64; cast it back, or start with the other dtype",
    ],
    [
      "a part of the carry that changes its shape",
      () =>
        scan(
          (c: { h: Tensor; c: Tensor[] }) => [{ ...c, c: [concat([c.h, c.h])] }, null],
          { h: tensor([1]), c: [tensor([1])] },
          null,
          two,
        ),
      ShapeError,
      "scan: carry.c[0] changes its shape: [1], then [2]; return what was taken",
    ],
    [
      "a part of the carry that changes its dtype",
      () => scan(({ h }: { h: Tensor }) => [{ h: cast(h, "float32") }, null], { h: tensor([1]) }, null, two),
      DTypeError,
      "scan: carry.h changes its dtype: float64, then float32; cast it back, or start with the other dtype",
    ],
    [
      "a part of the carry that is no tensor",
      () => scan((c: { h: Tensor }) => [{ h: "text" as unknown as Tensor }, c.h], { h: tensor([1]) }, null, two),
      DTypeError,
      'scan: carry.h is not a tensor: "text"; use trees of tensors',
    ],
    [
      "a carry that changes its keys",
      () => scan((c: { h: Tensor }) => [{ g: c.h } as unknown as { h: Tensor }, null], { h: tensor(1) }, null, two),
      ShapeError,
      "scan: carry has another structure: h is missing, g is new; use the same keys and lengths",
    ],
    [
      "a carry that loses a tensor",
      () => scan((c: Tensor[]) => [c.slice(1), null], [tensor(1), tensor(2)], null, two),
      ShapeError,
      "scan: carry has another structure; use the same keys and lengths",
    ],
    [
      "a list where a tensor was",
      () => scan((c: { h: Tensor }) => [{ h: [c.h] } as unknown as { h: Tensor }, null], { h: tensor(1) }, null, two),
      ShapeError,
      "scan: carry.h has another structure; use the same keys and lengths",
    ],
    [
      "a carry that is no tensor",
      () => scan((c: string) => [c, null], "text", null, two),
      DTypeError,
      'scan: init is not a tensor: "text"; use trees of tensors',
    ],
    [
      "elements of different lengths",
      () => scan((c: Tensor) => [c, null], tensor(1), [tensor([1, 2]), tensor([1, 2, 3])]),
      ShapeError,
      "scan: no common number of steps: 2, 3; give every input one first axis, or { length }",
    ],
    [
      "neither elements nor a length",
      () => scan((c: Tensor) => [c, null], tensor(1), null),
      ShapeError,
      "scan: no common number of steps: no inputs; give every input one first axis, or { length }",
    ],
    [
      "a scalar element, and a length that differs",
      () => scan((c: Tensor) => [c, null], tensor(1), [tensor(1), tensor([1, 2])], { length: 3 }),
      ShapeError,
      "scan: no common number of steps: a scalar, 2, 3; give every input one first axis, or { length }",
    ],
    [
      "checkpoints every half a step",
      () => scan((c: Tensor) => [c, null], tensor(1), tensor([1]), { checkpointEvery: 0.5 }),
      ShapeError,
      "scan: the number of steps between checkpoints is not an integer of 1 or more: 0.5; use 1 or more",
    ],
    [
      "a step that returns a promise",
      () => scan((async (c: Tensor) => [c, null]) as unknown as (c: Tensor) => [Tensor, null], tensor(1), null, two),
      TraceError,
      "scan: the callback returned a promise; await before or after, not inside",
    ],
    [
      "a step that reads data",
      () => scan((c: Tensor) => [c.itemSync() > 0 ? c : neg(c), null], tensor(1), null, two),
      TraceError,
      "trace: a tensor has no data while it is being recorded, but its data was read; use where, cond or scan, or read after the call",
    ],
  ])("%s", (_, call, type, message) => expectError(call, type, message));
});

describe("backpropagation through time", () => {
  test("as grad of scan equals BPTT by a hand-unrolled tape to 1e-12", () => {
    const [hidden, input, steps, batch] = [5, 3, 20, 2];
    const parameters = [
      new Parameter(random([input, 4 * hidden], 1), { name: "input weights" }),
      new Parameter(random([hidden, 4 * hidden], 2), { name: "hidden weights" }),
      new Parameter(random([4 * hidden], 3), { name: "bias" }),
    ] as const;
    const [wx, wh, bias] = parameters;
    const gate = (z: Tensor, k: number) => slice(z, [0, k * hidden], [batch, (k + 1) * hidden]);
    const step = ({ h, c }: { h: Tensor; c: Tensor }, x: Tensor) => {
      const z = add(add(matmul(x, wx), matmul(h, wh)), bias);
      const cell = add(mul(sigmoid(gate(z, 1)), c), mul(sigmoid(gate(z, 0)), tanh(gate(z, 2))));
      const output = mul(sigmoid(gate(z, 3)), tanh(cell));
      return [{ h: output, c: cell }, output] as const;
    };
    const xs = random([steps, batch, input], 4);
    const zero = () => ({ h: random([batch, hidden], 5), c: random([batch, hidden], 6) });
    const loss = (outputs: Tensor) => mean(square(sub(outputs, 0.3)));
    const ours = grad((_: typeof parameters) => loss(scan(step, zero(), xs)[1]))(parameters);
    const tape = new Tape();
    const total = tape.record(() => {
      let state = zero();
      const losses: Tensor[] = [];
      for (let t = 0; t < steps; t++) {
        const [next, output] = step(state, reshape(slice(xs, [t], [t + 1]), [batch, input]));
        state = next;
        losses.push(expandDims(mean(square(sub(output, 0.3))), { axis: 0 }));
      }
      return mean(concat(losses));
    });
    expectClose(ours, tape.gradient(total, parameters), 1e-12);
  });

  test("the Hessian–vector product of a three-layer LSTM's loss agrees with finite differences of its gradient to 1e-6", () => {
    const lstm = new LSTM(3, 4, { layers: 3, generator: new Generator(3) });
    const parameters = [...lstm.parameters()];
    const [x, target] = [random([2, 5, 3], 1), random([2, 5, 4], 2)];
    const loss = (_: Parameter[]) => mean(square(sub(lstm.forward(x).output, target)));
    const point = parameters.map(({ value }) => value);
    const direction = randomLike(point, 5);
    const product = jvp((p: Parameter[]) => grad(loss)(p), [parameters], [direction]).tangent;
    const gradientAt = (h: number) => {
      for (const [i, p] of parameters.entries()) p.assign(add(at(point[i]), mul(at(direction[i]), h)));
      return grad(loss)(parameters);
    };
    // Richardson: (4 D(h) − D(2h)) / 3 leaves an error of h⁴.
    const h = 1e-3;
    const central = (width: number) =>
      treeMap<Tensor[]>((a: Tensor, b: Tensor) => div(sub(a, b), 2 * width), gradientAt(width), gradientAt(-width));
    const difference = treeMap<Tensor[]>(
      (a: Tensor, b: Tensor) => div(sub(mul(4, a), b), 3),
      central(h),
      central(2 * h),
    );
    const flat = (tensors: readonly Tensor[]) => tensors.flatMap(values);
    const [ours, theirs] = [flat(product), flat(difference)];
    const norm = (numbers: readonly number[]) => Math.hypot(...numbers);
    const error = norm(ours.map((value, i) => value - (theirs[i] ?? Number.NaN)));
    expect(norm(ours)).toBeGreaterThan(1e-4);
    expect(error / norm(theirs)).toBeLessThan(1e-6);
    expect(ours).toHaveLength(point.reduce((total, { size }) => total + size, 0));
    expect(product.every((leaf) => leaf instanceof Tensor)).toBe(true);
  });
});
