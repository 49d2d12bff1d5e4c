/** What the functions of `customVjp` close over: values of a recording, Parameters, and what is made inside. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { expectClose } from "@tapegrad/conformance";
import { Parameter, scope, type Tensor, TraceError, tensor, withBackend } from "@tapegrad/core";
import { add, Generator, mul, sin, square, sum, tanh } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkpoint, compile, cond, customVjp, grad, jvp, scan, Tape, vmap } from "../src/index.ts";
import { inDoublePrecision, random, values } from "./comparison.ts";

inDoublePrecision();

type F = (x: Tensor) => Tensor;

/** sin(x)·3, with the rule g·tanh(x)·p, which is not its derivative, so that the rule shows. */
const ruled =
  (p: Parameter): F =>
  (x) => {
    const slope = tanh(x);
    const f = customVjp({
      forward: (y: Tensor) => [mul(sin(y), 3), []],
      backward: (_, g: Tensor) => [mul(mul(g, slope), p)],
    });
    return f(x);
  };

/** Every way to run a function of one tensor once, recorded. */
const ways: Readonly<Record<string, (f: F) => F>> = {
  compile: (f) => compile(f),
  checkpoint: (f) => checkpoint(f),
  scan: (f) => (x) => scan((h: Tensor) => [f(h), null], x, null, { length: 1 })[0],
  "scan over elements": (f) => (x) => scan((h: never[], y: Tensor) => [h, f(y)], [], x)[1],
  cond: (f) => (x) => cond(1, f, (y: Tensor) => y, x),
  vmap: (f) => vmap(f),
};

const [x, u] = [random([3], 1), random([3], 2)];

describe.each([cpuBackend, wasmBackend()])("backward closes over a traced value, on $name", (backend) => {
  const here = <T>(run: () => T) => withBackend(backend, run);
  const moved = (t: Tensor) => here(() => tensor(values(t)));

  /** Value, gradient, tangent, and second derivatives in both orders, of Σ f. */
  const everything = (f: F, p: Parameter) => {
    const loss = (y: Tensor) => sum(square(f(y)));
    const gradient = (y: Tensor) => grad(loss)(y);
    const [at, along] = [moved(x), moved(u)];
    return [
      f(at),
      gradient(at),
      jvp(loss, [at], [along]).tangent,
      grad((y: Tensor) => sum(mul(gradient(y), along)))(at),
      jvp(gradient, [at], [along]).tangent,
      grad((q: Parameter) => sum(mul(gradient(at), q)))(p),
    ];
  };

  test.each(Object.entries(ways))("%s: as plainly, to second order", (_, way) => {
    here(() => {
      const p = new Parameter([2, 3, 4]);
      const q = new Parameter(2);
      // Over elements and entries the Parameter is a scalar.
      const parameter = _ === "vmap" || _ === "scan over elements" ? q : p;
      expectClose(everything(way(ruled(parameter)), parameter), everything(ruled(parameter), parameter), 1e-9);
    });
  });

  test("nested recordings as well, compiled or not", () => {
    here(() => {
      const p = new Parameter(2);
      const expected = everything(ruled(p), p);
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...Object.keys(ways)), { minLength: 2, maxLength: 3 }), (names) => {
          // vmap and scan over elements take an axis away, so one of them at most.
          const taking = names.filter((name) => name === "vmap" || name === "scan over elements");
          fc.pre(taking.length <= 1);
          const f = names.reduce((inner, name) => ways[name]?.(inner) ?? inner, ruled(p));
          const at = moved(x);
          expectClose([f(at), grad((y: Tensor) => sum(square(f(y))))(at)], expected.slice(0, 2), 1e-9);
        }),
        { numRuns: 15 },
      );
    });
  });

  test("every step of a scan has its own", () => {
    here(() => {
      const f = (y: Tensor) => {
        const step = (h: Tensor, e: Tensor): [Tensor, null] => {
          const slope = add(h, e);
          const g = customVjp({
            forward: (z: Tensor) => [mul(z, 2), []],
            backward: (_, bar: Tensor) => [mul(bar, slope)],
          });
          return [g(h), null];
        };
        return scan(step, y, tensor([10, 20]))[0];
      };
      // h = 1, 2: slopes 1 + 10 and 2 + 20.
      expect(values(grad(f)(tensor(1)))).toEqual([11 * 22]);
      expect(values(compile(grad(f))(tensor(1)))).toEqual([11 * 22]);
    });
  });
});

test("a scope keeps what only backward reads, for derivatives after it, to any order", () => {
  const scoped = (f: F) => (y: Tensor) => {
    const tape = new Tape();
    const result = tape.record(() => scope(() => sum(f(y))));
    return tape.gradient(result, y);
  };
  const made: F = (y) => {
    const constant = tensor([2, 3, 4]);
    return customVjp({ forward: (z: Tensor) => [mul(z, 2), []], backward: (_, g: Tensor) => [mul(g, constant)] })(y);
  };
  const p = new Parameter([1, 2, 3]);
  expect(values(scoped(made)(x))).toEqual([2, 3, 4]);
  expectClose(scoped(ruled(p))(x), grad((y: Tensor) => sum(ruled(p)(y)))(x));
  const twice = (first: (f: F) => F) => grad((y: Tensor) => sum(first(ruled(p))(y)))(x);
  expectClose(
    twice((f) => (y) => scope(() => grad((z: Tensor) => scope(() => sum(f(z))))(y))),
    twice((f) => grad((z: Tensor) => sum(f(z)))),
  );
});

describe("Parameters in backward", () => {
  test("are read and assigned when it runs, once per derivative and step", () => {
    const count = new Parameter(0);
    const f = customVjp({
      forward: (y: Tensor) => [mul(y, 2), []],
      backward: (_, g: Tensor) => {
        count.assign(add(count.value, 1));
        return [mul(g, count.value)];
      },
    });
    const loop = (y: Tensor) => scan((h: Tensor) => [f(h), null], y, null, { length: 3 })[0];
    for (const run of [loop, checkpoint(loop), compile(loop)]) {
      count.assign(tensor(0));
      expect(values(run(tensor(1)))).toEqual([8]);
      expect(values(count)).toEqual([0]);
      expect(values(grad(run)(tensor(1)))).toEqual([6]);
      expect(values(count)).toEqual([3]);
    }
  });

  test("a Generator of the recording is one in backward, too", () => {
    const f = (y: Tensor) => {
      const generator = new Generator(1);
      const first = generator.uniform([]);
      const g = customVjp({
        forward: (z: Tensor) => [mul(z, 2), []],
        backward: (_, bar: Tensor) => [mul(bar, add(first, generator.uniform([])))],
      });
      return g(y);
    };
    const expected = grad(f)(tensor(1));
    for (const run of [
      checkpoint(f),
      compile(f),
      (y: Tensor) => scan((h: Tensor) => [f(h), null], y, null, { length: 1 })[0],
    ])
      expectClose(grad(run)(tensor(1)), expected);
  });
});

test("a backward that throws, or reads data, does so when a derivative is asked for, and not before", () => {
  const refuse = customVjp({
    forward: (y: Tensor) => [mul(y, 2), []],
    backward: (): [Tensor] => {
      throw new Error("no derivative here");
    },
  });
  const reads = customVjp({
    forward: (y: Tensor) => [mul(y, 2), []],
    backward: (_, g: Tensor) => [tensor(g.itemSync())],
  });
  for (const way of Object.values(ways).slice(0, 3)) {
    expect(values(way(refuse)(tensor(1)))).toEqual([2]);
    expect(() => grad(way(refuse))(tensor(1))).toThrow("no derivative here");
    expect(values(way(reads)(tensor(1)))).toEqual([2]);
  }
  expect(() => grad(ways.scan?.(reads) ?? reads)(tensor(1))).toThrow(TraceError);
  expect(values(grad(reads)(tensor(1)))).toEqual([1]);
});
