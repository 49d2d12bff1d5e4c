import { expectClose } from "@tapegrad/conformance";
import { Parameter, type Tensor, TraceError, tensor, trace, withParameters } from "@tapegrad/core";
import { add, Generator, mul, sin, square, sum } from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import {
  checkpoint,
  cond,
  customVjp,
  grad,
  hvp,
  jacobian,
  jvp,
  noGrad,
  scan,
  Tape,
  valueAndGrad,
  vjp,
  vmap,
} from "../src/index.ts";
import { inDoublePrecision, values } from "./comparison.ts";

inDoublePrecision();

describe("Parameters and effects: a trace has an environment Parameter → value", () => {
  test("the first read is a hidden input", () => {
    const [p, q] = [new Parameter([1, 2]), new Parameter([3, 4])];
    const { program, captures, sources } = trace(
      ([x]) => add(mul(x ?? p, p), mul(p, p)),
      [{ shape: [2], dtype: "float64" }],
    );
    expect(program.inputs).toHaveLength(2);
    expect([captures, sources]).toEqual([[p.value], [p]]);
    expect(trace(() => [mul(p, q), mul(q, p)], []).sources).toEqual([p, q]);
  });

  test("`assign` rebinds, changes become hidden outputs", () => {
    const p = new Parameter(1);
    const { program, assigned, result } = trace(() => {
      const before = mul(p, 10);
      p.assign(add(p.value, 1));
      p.assign(add(p.value, 1));
      return [before, mul(p, 100)];
    }, []);
    expect([assigned, program.outputs.length, result.length]).toEqual([[p], 3, 2]);
    expect(values(p)).toEqual([1]);
  });

  test("an assignment without a read still has the value on entry", () => {
    const p = new Parameter(1);
    const { program, captures } = trace(() => p.assign(tensor(5)), []);
    expect([program.inputs.length, captures.length, program.outputs.length]).toEqual([1, 1, 1]);
  });

  test("committed only when the call succeeds", () => {
    const p = new Parameter(1);
    const fail = (x: Tensor): Tensor => {
      p.assign(add(p.value, 1));
      throw new Error(`after ${x.shape.length}`);
    };
    const x = tensor([1]);
    for (const call of [
      () => checkpoint(fail)(x),
      () => vmap(fail)(x),
      () => cond(1, fail, fail, x),
      () => scan((c: Tensor) => [fail(c), null], x, null, { length: 2 }),
      () => customVjp({ forward: (y: Tensor) => [fail(y), []], backward: (_, g) => [g] })(x),
    ]) {
      expect(call).toThrow("after");
      expect(values(p)).toEqual([1]);
    }
  });

  test("effects of regions inside regions reach the outside, once", () => {
    const p = new Parameter(1);
    const bump = (x: Tensor) => {
      p.assign(mul(p.value, 2));
      return mul(x, p.value);
    };
    const inner = (x: Tensor) => cond(1, bump, (y: Tensor) => y, x);
    const middle = (x: Tensor) => scan((c: Tensor) => [checkpoint(inner)(c), null], x, null, { length: 2 })[0];
    expectClose(checkpoint(middle)(tensor(1)), tensor(8));
    expect(values(p)).toEqual([4]);
    expectClose(grad((x: Tensor) => checkpoint(middle)(x))(tensor(1)), tensor(8 * 16));
    expect(values(p)).toEqual([16]);
  });
});

describe("The derivative with respect to a Parameter is with respect to its value on entry", () => {
  /** y = x·(p²)·p where the first p is the old value and the second the new one, p² + 1. */
  const f = (p: Parameter) => (x: Tensor) => {
    const old = square(p.value);
    p.assign(add(old, 1));
    return mul(x, mul(old, p.value));
  };

  test("by tape, also when it is assigned without having been read", () => {
    const p = new Parameter(2);
    const tape = new Tape();
    const y = tape.record(() => f(p)(tensor(1)));
    expectClose([y, p.value], [tensor(20), tensor(5)]);
    // d/dp p²(p² + 1) = 4p³ + 2p
    expectClose(tape.gradient(y, p), tensor(36));
    const other = new Tape();
    const z = other.record(() => {
      p.assign(tensor(7));
      return square(p);
    });
    expectClose(other.gradient(z, p), tensor(0));
  });

  test("by grad, vjp, jvp, hvp and jacobian, which assign what the function assigns", () => {
    const at = (run: (p: Parameter) => unknown, expected: unknown) => {
      const p = new Parameter(2);
      expectClose(run(p), expected);
      expect(values(p)).toEqual([5]);
    };
    const y = (q: Parameter) => f(q)(tensor(1));
    at((p) => grad(y)(p), tensor(36));
    at((p) => valueAndGrad(y)(p), { value: tensor(20), gradient: tensor(36) });
    at((p) => vjp(y, p).pullback(tensor(10)), [tensor(360)]);
    at((p) => jvp(y, [p], [tensor(10)]).tangent, tensor(360));
    at((p) => hvp(y, p, tensor(1)), tensor(12 * 4 + 2));
    at((p) => jacobian(y)(p), tensor(36));
    at((p) => grad((x: Tensor) => f(p)(x))(tensor(3)), tensor(20));
  });

  test("in nested derivatives", () => {
    const p = new Parameter(2);
    const second = grad((q: Parameter) => grad((r: Parameter) => mul(square(r), r))(q))(p);
    expectClose(second, tensor(12));
    // However many names it has: q is p is r, so this is q · d/dr r³ at q.
    expectClose(grad((q: Parameter) => mul(q, grad((r: Parameter) => mul(q, square(r)))(q)))(p), tensor(36));
  });

  test("a Parameter behind noGrad is a constant there and itself elsewhere", () => {
    const p = new Parameter(3);
    const tape = new Tape();
    const y = tape.record(() =>
      mul(
        p,
        noGrad(() => square(p)),
      ),
    );
    expectClose(tape.gradient(y, p), tensor(9));
  });

  test("two Parameters that share a tensor have gradients of their own in transforms", () => {
    const shared = tensor(3);
    const [p, q] = [new Parameter(shared), new Parameter(shared)];
    expectClose(grad((_: Parameter[]) => mul(square(p), q))([p, q]), [tensor(18), tensor(9)]);
    expectClose(jvp((_: Parameter[]) => mul(square(p), q), [[p, q]], [[tensor(1), tensor(0)]]).tangent, tensor(18));
  });
});

describe("Recomputation reuses the environment that it first saw", () => {
  test("whatever Parameters have become since", () => {
    const p = new Parameter(2);
    const regions: ((x: Tensor) => Tensor)[] = [
      checkpoint((x: Tensor) => mul(square(x), p)),
      (x) =>
        cond(
          1,
          (y: Tensor) => mul(square(y), p),
          (y: Tensor) => y,
          x,
        ),
      (x) => scan((c: Tensor) => [mul(square(c), p), null], x, null, { length: 1 })[0],
    ];
    for (const region of regions) {
      p.assign(tensor(2));
      const tape = new Tape();
      const x = tensor(3);
      const y = tape.record(() => region(x));
      p.assign(tensor(1000));
      withParameters([p], [tensor(-1)], () => expectClose(tape.gradient(y, x), tensor(12)));
      expectClose(tape.gradient(y, x), tensor(12));
      expect(values(p)).toEqual([1000]);
    }
  });
});

describe("withParameters(parameters, values, fn)", () => {
  test("inside regions and around them", () => {
    const p = new Parameter(1);
    const f = (x: Tensor) =>
      scan(
        (c: Tensor, e: Tensor) => [withParameters([p], [e], () => add(mul(c, p), sin(p))), p.value],
        x,
        tensor([2, 3]),
      );
    expectClose(f(tensor(1)), [tensor((2 + Math.sin(2)) * 3 + Math.sin(3)), tensor([1, 1])]);
    const [around, trail] = withParameters([p], [tensor(7)], () => f(tensor(1)));
    expectClose([around, trail], [tensor((2 + Math.sin(2)) * 3 + Math.sin(3)), tensor([7, 7])]);
  });

  test("assignments inside it are no effects of a region around it", () => {
    const p = new Parameter(1);
    const f = checkpoint((x: Tensor) =>
      withParameters([p], [x], () => {
        p.assign(mul(p.value, 2));
        return square(p);
      }),
    );
    expectClose(f(tensor(3)), tensor(36));
    expect(values(p)).toEqual([1]);
    expectClose(grad(f)(tensor(3)), tensor(24));
  });
});

describe("Random numbers: Generator state is a Parameter with `trainable: false`", () => {
  test("so that drawing works wherever Parameters do", () => {
    const g = new Generator(3);
    expect(g.state.trainable).toBe(false);
    const first = g.uniform([2]);
    g.state.assign(new Generator(3).state.value);
    expectClose(g.uniform([2]), first, 0);
    const inner = withParameters([g.state], [new Generator(3).state.value], () => g.uniform([2]));
    expectClose(inner, first, 0);
    const outside = values(g.state);
    const { value, gradient } = valueAndGrad((x: Tensor) => sum(mul(x, g.uniform([2]))))(first);
    expect(values(g.state)).not.toEqual(outside);
    expectClose(sum(mul(first, gradient)), value);
  });
});

test("an assignment of a symbolic tensor outside of its recording is an error when it is read", () => {
  const p = new Parameter(1);
  let escaped: Tensor | undefined;
  trace(() => {
    escaped = mul(p, 2);
    return escaped;
  }, []);
  expect(() => escaped?.itemSync()).toThrow(TraceError);
});
