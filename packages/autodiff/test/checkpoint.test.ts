import { expectClose } from "@tapegrad/conformance";
import { Parameter, ShapeError, type Tensor, TraceError, tensor } from "@tapegrad/core";
import { type Application, withFrame } from "@tapegrad/core/internal";
import { add, cast, exp, Generator, matmul, mul, neg, reshape, sin, square, sum, tanh, where } from "@tapegrad/ops";
import { describe, expect, expectTypeOf, test } from "vitest";
import { checkpoint, grad, hvp, noGrad, Tape, vmap } from "../src/index.ts";
import { expectError, inDoublePrecision, random, values } from "./comparison.ts";
import { expectSame, mixed } from "./loops.ts";

inDoublePrecision();

describe("checkpoint", () => {
  const f = ({ x, w }: { x: Tensor; w: Tensor }) => {
    const h = tanh(matmul(x, w));
    return { y: mul(exp(h), h), again: [h, x] };
  };
  const inputs = { x: random([2, 3], 1), w: random([3, 3], 2) };

  test("is the same function under every transform", () => {
    expectSame(checkpoint(f), f, inputs);
  });

  test("nested in itself, too", () => {
    const inner = checkpoint((h: Tensor) => sin(mul(h, h)));
    expectSame(
      checkpoint(({ x, w }: { x: Tensor; w: Tensor }) => checkpoint(() => mul(inner(x), sum(inner(w))))()),
      ({ x, w }) => mul(sin(mul(x, x)), sum(sin(mul(w, w)))),
      inputs,
    );
  });

  test("has the type of what it wraps", () => {
    expectTypeOf(checkpoint((a: Tensor, n: { k: number }) => [mul(a, n.k)])).toEqualTypeOf<
      (a: Tensor, n: { k: number }) => Tensor[]
    >();
  });

  test("saves only its inputs and results", () => {
    const tape = new Tape();
    const { y } = tape.record(() => checkpoint(f)(inputs));
    const [node, ...others] = tape.nodes;
    expect(others).toEqual([]);
    expect(node?.savedInputs).toEqual([inputs.x, inputs.w]);
    expect(node?.savedOutputs).toHaveLength(3);
    expectClose(tape.gradient(sumOn(tape, y), inputs), grad((x: typeof inputs) => sum(f(x).y))(inputs));
  });

  const sumOn = (tape: Tape, y: Tensor) => tape.record(() => sum(y));

  test("computes inner values once on the way there and once more for each gradient, which the function itself does not see", () => {
    let [calls, exponentials] = [0, 0];
    const f = checkpoint((x: Tensor) => {
      calls++;
      return square(exp(x));
    });
    const observe = ({ op, outputs }: Application) => {
      if (op.name === "exp" && outputs[0]?.isSymbolic === false) exponentials++;
    };
    withFrame({ kind: "observer", observe }, () => {
      const [x, tape] = [random([2]), new Tape()];
      const y = tape.record(() => sum(f(x)));
      expect([calls, exponentials]).toEqual([1, 1]);
      tape.gradient(y, x);
      tape.gradient(y, x);
    });
    expect([calls, exponentials]).toEqual([1, 3]);
  });

  test("results that are integers, inputs given back, and one value twice", () => {
    const g = checkpoint((x: Tensor) => [cast(mul(x, 10), "int32"), x, mul(x, 2), x] as const);
    const x = tensor([0.55]);
    const [a, b, c, d] = g(x);
    expectClose([a, b, c, d], [tensor([5], { dtype: "int32" }), x, tensor([1.1]), x]);
    expect(new Set([x, a, b, c, d].map(({ variable }) => variable.id)).size).toBe(5);
    const tape = new Tape();
    const y = tape.record(() => {
      const [n, p, q, r] = g(x);
      return sum(mul(mul(n, p), mul(q, r)));
    });
    // 5·x·2x·x
    expectClose(tape.gradient(y, x), tensor([30 * 0.55 ** 2]));
  });

  test("a barrier inside stays one when the body is recorded again", () => {
    const g = checkpoint((x: Tensor) =>
      mul(
        x,
        noGrad(() => square(x)),
      ),
    );
    expectClose(grad(g)(tensor(3)), tensor(9));
    expectClose(hvp(g, tensor(3), tensor(1)), tensor(0));
  });

  test("errors inside are thrown as they are", () => {
    expect(() => checkpoint((x: Tensor) => reshape(x, [3]))(tensor([1, 2]))).toThrow(ShapeError);
    expectError(
      () => checkpoint((x: Tensor) => mul(x, x.itemSync()))(tensor(1)),
      TraceError,
      "trace: a tensor has no data while it is being recorded, but its data was read; use where, cond or scan, or read after the call",
    );
  });
});

describe("Recomputation reuses the environment that it first saw (same dropout) and discards effects", () => {
  const dropout = (generator: Generator) => (x: Tensor) => where(generator.bernoulli(0.5, x.shape), mul(x, 2), 0);

  test("dropout", () => {
    const run = (wrap: typeof checkpoint) => {
      const generator = new Generator(1);
      const f = wrap((x: Tensor) => square(dropout(generator)(sin(x))));
      const results = [1, 2].map(() => grad((x: Tensor) => mixed(f(x)))(random([16])));
      const second = grad((x: Tensor) => mixed(grad((y: Tensor) => mixed(f(y)))(x)))(random([16]));
      return [...results, second, generator.state.value];
    };
    const [a, b] = run(checkpoint);
    expectClose(
      run(checkpoint),
      run((f) => f),
    );
    expect(values(a ?? tensor(0))).not.toEqual(values(b ?? tensor(0)));
  });

  test("a Parameter changed after the call", () => {
    const p = new Parameter(3);
    const f = checkpoint((x: Tensor) => mul(square(x), p));
    const tape = new Tape();
    const x = tensor(2);
    const y = tape.record(() => f(x));
    p.assign(tensor(100));
    expectClose(tape.gradient(y, [x, p]), [tensor(12), tensor(4)]);
  });

  test("effects happen once, however often it is differentiated", () => {
    const count = new Parameter(0);
    const f = checkpoint((x: Tensor) => {
      count.assign(add(count.value, 1));
      return mul(square(x), count.value);
    });
    const tape = new Tape();
    const x = tensor(3);
    const y = tape.record(() => f(x));
    expectClose([y, count.value], [tensor(9), tensor(1)]);
    for (let i = 0; i < 3; i++) expectClose(tape.gradient(y, [x, count]), [tensor(6), tensor(9)]);
    expect(values(count)).toEqual([1]);
  });

  test("under vmap the effects of the body are unbatched or an error", () => {
    const count = new Parameter(0, { name: "count" });
    const f = checkpoint((x: Tensor, step: Tensor) => {
      count.assign(add(count.value, step));
      return neg(x);
    });
    expectClose(vmap((x: Tensor) => f(x, tensor(2)))(tensor([1, 2])), tensor([-1, -2]));
    expect(values(count)).toEqual([2]);
    expectError(
      () => vmap(f)(tensor([1, 2]), tensor([1, 2])),
      TraceError,
      "vmap: count is assigned a batched value; return the value instead",
    );
  });
});
