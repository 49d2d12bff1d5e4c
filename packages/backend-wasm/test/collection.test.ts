/** No cache and no registry keeps what it knows of: tensors, Parameters, Generators, tapes, compiled functions, models. */
import { checkpoint, compile, customVjp, grad, scan, Tape } from "@tapegrad/autodiff";
import { Parameter, type Tensor, TraceError } from "@tapegrad/core";
import { add, Generator, matmul, mul, ones, sum, tanh } from "@tapegrad/ops";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LinearMemory } from "../src/memory/linear-memory.ts";
import { collectUntil, growth, survivors } from "./collection.ts";
import { cpuBackend, on, variants } from "./comparison.ts";

const given = vi.spyOn(LinearMemory.prototype, "allocate");
const back = vi.spyOn(LinearMemory.prototype, "free");
beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue(); // Of the function that is recorded for many models.
});
afterEach(() => {
  given.mockClear();
  back.mockClear();
});

/** A product of this size is generated code, also without `compile`. */
const size = 160;
const [variant = ["without FMA", cpuBackend]] = variants;
const square = () => mul(ones([size, size]), 0.01);

describe.each([variant, ["cpu", cpuBackend]] as const)("%s", (_name, backend) => {
  const twice = on(backend, () => compile((x: Tensor) => sum(mul(x, 2))));
  const W = on(backend, square);
  const product = on(backend, () => compile((model: (x: Tensor) => Tensor, x: Tensor) => model(x)));

  /** Makes something, uses it, and returns what must not stay. */
  const uses: Readonly<Record<string, () => readonly object[]>> = {
    "a tensor, given to compiled code again and again": () => {
      const x = square();
      for (let i = 0; i < 3; i++) twice(x);
      return [x];
    },
    "a result of compiled code, given to compiled code": () => {
      const f = compile((x: Tensor) => mul(x, 2));
      const y = f(square());
      for (let i = 0; i < 3; i++) twice(y);
      return [y, f];
    },
    "an operand of large eager ops": () => {
      const h = add(W, 1);
      return [h, matmul(h, W), matmul(h, W), matmul(W, h)];
    },
    "the same, disposed of": () => {
      const h = add(W, 1);
      const results = [h, matmul(h, W), matmul(h, W)];
      for (const result of results) result.dispose();
      return results;
    },
    "what an eager loop reads, and its body's closures": () => {
      const [h, w] = [square(), square()];
      const step = (c: Tensor): [Tensor, null] => [tanh(matmul(c, w)), null];
      scan(step, h, null, { length: 4 });
      return [h, w, step, grad((x: Tensor) => sum(scan(step, x, null, { length: 4 })[0]))(h)];
    },
    "what a rule of a derivative closes over, in an eager loop": () => {
      const own = square();
      const rule = customVjp({
        forward: (x: Tensor) => [tanh(x), own],
        backward: (_: Tensor, g) => [mul(g, sum(own))],
      });
      const [h] = scan((c: Tensor): [Tensor, null] => [rule(matmul(c, W)), null], W, null, { length: 4 });
      return [own, rule, h];
    },
    "a tape that nobody released, with what it saved": () => {
      const [tape, w] = [new Tape(), new Parameter(square())];
      const loss = tape.record(() => sum(tanh(matmul(W, w))));
      return [tape, w, w.value, loss, tape.gradient(loss, w)];
    },
    "a compiled function with its constants, Parameters and Generators": () => {
      const [constant, w, generator] = [square(), new Parameter(square()), new Generator(1)];
      const f = compile((x: Tensor) => {
        w.assign(add(matmul(x, w), generator.uniform([size, size])));
        return add(constant, w.value);
      });
      for (let i = 0; i < 3; i++) f(W);
      return [constant, w, w.value, generator, f, f.program(W)];
    },
    "a model that was an argument of a compiled function": () => {
      const weight = new Parameter(square());
      const model = (x: Tensor) => matmul(x, weight);
      for (let i = 0; i < 2; i++) product(model, W);
      return [model, weight, weight.value, product.program(model, W)];
    },
    "a checkpoint, and a call that failed": () => {
      const x = square();
      const f = compile((y: Tensor) => tanh(checkpoint((z: Tensor) => matmul(z, W))(y)));
      f(x);
      const fails = compile((y: Tensor) => mul(y, y.itemSync()));
      expect(() => fails(x)).toThrow(TraceError);
      return [x, f, fails];
    },
  };

  it.each(Object.entries(uses))("%s", async (_what, use) => {
    expect(await survivors(() => on(backend, use))).toBe(0); // The first calls are those that caches are filled by.
    const before = given.mock.calls.length - back.mock.calls.length;
    expect(await survivors(() => on(backend, use))).toBe(0);
    // Linear memory is given back as well; the arena may have grown, which frees the old one.
    const held = () => given.mock.calls.length - back.mock.calls.length;
    await collectUntil(() => held() <= before);
    expect(held()).toBeLessThanOrEqual(before);
  });

  it("the value that a Parameter had when a recording read it first goes once it has another", async () => {
    const kept: object[] = [];
    const left = await survivors(() =>
      on(backend, () => {
        const p = new Parameter(square());
        const first = p.value;
        const f = compile((x: Tensor) => p.assign(add(p.value, x)));
        for (let i = 0; i < 2; i++) f(W);
        kept.push(f, p);
        return [first];
      }),
    );
    expect([left, kept.length]).toEqual([0, 10]);
  });

  it.each([
    ["left alone", () => {}],
    ["disposed of", (t: Tensor) => t.dispose()],
  ])("a synchronous loop keeps no operand of large eager ops, %s", (_how, done) => {
    const round = () =>
      on(backend, () => {
        const x = square();
        for (let i = 0; i < 2; i++) done(matmul(x, x));
        for (let i = 0; i < 2; i++) done(twice(x));
        done(x);
      });
    expect(growth(round, 20)).toBeLessThan(1e6); // Twenty operands are 2 MB.
  });
});
