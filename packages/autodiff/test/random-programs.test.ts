/** Laws that hold for any function, on functions that nobody chose. A failing run prints its seed and path. */
import { expectClose } from "@tapegrad/conformance";
import { interpret, print, type Tensor, tensor, trace } from "@tapegrad/core";
import { add, mul, reshape, sin, slice, stack, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkpoint, grad, hvp, jvp, vjp, vmap } from "../src/index.ts";
import { dot, inDoublePrecision, random, randomLike, values } from "./comparison.ts";
import {
  describe as describeInstructions,
  functionOf,
  type Instruction,
  inputShapes,
  instructions,
  operations,
} from "./random-programs.ts";

inDoublePrecision();

/** Fixed, so that a failure is a failure for everyone; change it to look further. */
const runs = { seed: 4, numRuns: 150 };

const inputs = inputShapes.map((shape, i) => random(shape, 31 + i));

function holds(law: (f: (x: readonly Tensor[]) => Tensor[], list: readonly Instruction[]) => void): void {
  fc.assert(
    fc.property(instructions, (list) => {
      try {
        law(functionOf(list), list);
      } catch (error) {
        throw new Error(describeInstructions(list), { cause: error });
      }
    }),
    runs,
  );
}

/** A scalar of every value. */
const total = (f: (x: readonly Tensor[]) => Tensor[]) => (x: readonly Tensor[]) =>
  f(x)
    .map((y) => sum(sin(y)))
    .reduce(add, tensor(0));

const norm = (tree: unknown) => Math.sqrt(dot(tree, tree));

test("every operation is reached", () => {
  const made = new Set<string>();
  for (const [position, name] of Object.keys(operations).entries()) {
    for (let k = 0; k < 6; k++) {
      const list = Array.from({ length: 3 }, (_, a) => ({ op: position, a, b: 1, k }));
      if (functionOf(list)(inputs).length > 0) made.add(name);
    }
  }
  expect([...made]).toEqual(Object.keys(operations));
});

test("interpreter ≡ eager", () => {
  holds((f) => {
    const types = inputs.map(({ variable }) => variable);
    const { program, captures } = trace((x) => f(x), types);
    expectClose(interpret(program, [...inputs, ...captures]), f(inputs), 0);
    expect(print(program)).toBe(print(trace((x) => f(x), types).program));
  });
});

test("vmap ≡ loop, with some inputs batched and others not", () => {
  holds((f, list) => {
    const mask = inputs.map((_, i) => ((list[0]?.k ?? 0) + i) % 3 !== 0 || i === 0);
    const given = inputs.map((x, i) => (mask[i] ? random([3, ...x.shape], 51 + i) : x));
    const entry = (n: number) =>
      given.map((x, i) => {
        if (!mask[i]) return x;
        return reshape(slice(x, [n], [n + 1]), x.shape.slice(1));
      });
    const rows = [0, 1, 2].map((n) => f(entry(n)));
    const looped = rows[0]?.map((_, k) => stack(rows.map((row) => row[k] ?? tensor(0))));
    expectClose(vmap((...x: Tensor[]) => f(x), { inAxes: mask.map((is) => (is ? 0 : null)) })(...given), looped);
  });
});

test("⟨jvp, v⟩ ≡ ⟨u, vjp⟩", () => {
  holds((f) => {
    const u = randomLike(inputs, 3);
    const { tangent } = jvp(f, [inputs], [u]);
    const v = randomLike(tangent, 5);
    const [bar] = vjp(f, inputs).pullback(v);
    const scale = Math.max(norm(tangent) * norm(v), norm(u) * norm(bar), 1);
    expect(Math.abs(dot(tangent, v) - dot(u, bar)) / scale).toBeLessThan(1e-12);
  });
});

test("the Hessian is symmetric, forward over reverse ≡ reverse over reverse", () => {
  holds((f) => {
    const [u, v] = [randomLike(inputs, 3), randomLike(inputs, 5)];
    const [hu, hv] = [hvp(total(f), inputs, u), hvp(total(f), inputs, v)];
    const scale = Math.max(norm(hu) * norm(v), norm(hv) * norm(u), 1);
    expect(Math.abs(dot(hu, v) - dot(u, hv)) / scale).toBeLessThan(1e-11);
    const slope = (x: readonly Tensor[]) =>
      grad(total(f))(x)
        .map((g, i) => sum(mul(g, u[i] ?? 0)))
        .reduce(add);
    expectClose(grad(slope)(inputs), hu, 1e-11);
  });
});

test("checkpoint ≡ plain, to second order", () => {
  holds((f) => {
    const wrapped = checkpoint(f);
    expectClose(wrapped(inputs), f(inputs), 0);
    expectClose(grad(total(wrapped))(inputs), grad(total(f))(inputs));
    const u = randomLike(inputs, 3);
    expectClose(jvp(wrapped, [inputs], [u]).tangent, jvp(f, [inputs], [u]).tangent);
    expectClose(hvp(total(wrapped), inputs, u), hvp(total(f), inputs, u), 1e-11);
  });
});

test("grad of a Program ≡ grad of the function, and a Program of grad ≡ grad", () => {
  holds((f) => {
    const types = inputs.map(({ variable }) => variable);
    const { program, captures } = trace((x) => f(x), types);
    const run = (x: readonly Tensor[]) => interpret(program, [...x, ...captures]);
    const eager = grad(total(f))(inputs);
    expectClose(grad(total(run))(inputs), eager);
    const derivative = trace((x) => grad(total(f))(x), types);
    expectClose(interpret(derivative.program, [...inputs, ...derivative.captures]), [...eager]);
  });
});

test("vmap of grad ≡ loop of grad, grad of vmap ≡ sum of grads", () => {
  holds((f) => {
    const batch = inputs.map((x, i) => random([2, ...x.shape], 71 + i));
    const entry = (n: number) => batch.map((x) => reshape(slice(x, [n], [n + 1]), x.shape.slice(1)));
    const each = vmap((...x: Tensor[]) => [...grad(total(f))(x)])(...batch);
    const rows = [0, 1].map((n) => grad(total(f))(entry(n)));
    expectClose(
      each,
      inputs.map((_, i) => stack(rows.map((row) => row[i] ?? tensor(0)))),
    );
    const summed = (x: readonly Tensor[]) => sum(vmap((...y: Tensor[]) => total(f)(y))(...x));
    expectClose(grad(summed)(batch), each);
    expect(values(summed(batch))).toHaveLength(1);
  });
});
