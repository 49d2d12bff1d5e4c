/** A Parameter or Generator that is made while a function is recorded is new whenever the recording runs. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { wasmBackend } from "@tapegrad/backend-wasm";
import { Parameter, setBackend, type Tensor, TraceError, tensor, withBackend } from "@tapegrad/core";
import { lend } from "@tapegrad/core/internal";
import { add, expandDims, Generator, mul, square, sum } from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkpoint, compile, cond, customVjp, grad, jacobian, jvp, scan, Tape, vjp, vmap } from "../src/index.ts";
import { values } from "./comparison.ts";

type Step = (x: Tensor) => Tensor;

setBackend(cpuBackend);

const backends = [cpuBackend, wasmBackend()];

/** Draws twice from a Generator of its own, and counts to 2 in a Parameter of its own. */
const step: Step = (x) => {
  const generator = new Generator(1);
  const count = new Parameter(tensor(0));
  count.assign(add(count.value, 1));
  const first = generator.uniform([2]);
  count.assign(add(count.value, 1));
  return add(add(mul(x, first), generator.uniform([2])), count.value);
};

/** Every way to run a function of one tensor once. */
const ways: Readonly<Record<string, (f: Step) => Step>> = {
  compile: (f) => compile(f),
  checkpoint: (f) => checkpoint(f),
  "scan, one step": (f) => (x) => scan((h: Tensor) => [f(h), null], x, null, { length: 1 })[0],
  "cond, true": (f) => (x) => cond(1, f, (y: Tensor) => y, x),
  "cond, false": (f) => (x) => cond(0, (y: Tensor) => y, f, x),
  "cond, both": (f) => (x) => cond(1, f, f, x),
  vmap: (f) => (x) => sum(vmap(f, { randomness: "same" })(expandDims(x, { axis: 0 })), { axis: 0 }),
  vjp: (f) => (x) => vjp(f, x).value,
  jvp: (f) => (x) => jvp(f, [x], [x]).value,
  customVjp: (f) => customVjp({ forward: (y: Tensor) => [f(y), []], backward: (_, g: Tensor) => [g] }),
  record: (f) => (x) => new Tape().record(() => f(x)),
};

describe.each(backends)("made while recording, on $name", (backend) => {
  const x = withBackend(backend, () => tensor([1, 2]));
  const expected = () => values(step(x));

  test.each(Object.entries(ways))("%s: every call gives what the plain call gives", (_, way) => {
    withBackend(backend, () => {
      const f = way(step);
      expect([values(f(x)), values(f(x))]).toEqual([expected(), expected()]);
    });
  });

  test("in nested recordings as well", () => {
    const nesting = fc.array(fc.constantFrom(...Object.keys(ways)), { minLength: 2, maxLength: 3 });
    fc.assert(
      fc.property(nesting, (names) => {
        withBackend(backend, () => {
          const f = names.reduce((inner, name) => ways[name]?.(inner) ?? inner, step);
          const results = [values(f(x)), values(f(x))];
          for (const result of results)
            for (const [i, value] of result.entries()) expect(value).toBeCloseTo(expected()[i] ?? NaN, 6);
        });
      }),
      { numRuns: 25 },
    );
  });

  test("every step of a scan starts anew", () => {
    withBackend(backend, () => {
      const [, draws] = scan((h: Tensor) => [h, step(h)], x, null, { length: 3 });
      expect(values(draws)).toEqual([...expected(), ...expected(), ...expected()]);
    });
  });

  test("gradients pass through what is made inside", () => {
    withBackend(backend, () => {
      // d/dx Σ p², p = 3x, is 18x.
      const f: Step = (y) => {
        const p = new Parameter(mul(y, 3));
        return sum(square(p));
      };
      for (const run of [f, checkpoint(f), compile(f), (y: Tensor) => cond(1, f, f, y)])
        expect(values(grad(run)(x))).toEqual([18, 36]);
      expect(values(vmap(grad(f))(x))).toEqual([18, 36]);
      expect(values(jacobian(f)(x))).toEqual([18, 36]);
    });
  });

  test("vmap may assign batched values to what is made inside", () => {
    withBackend(backend, () => {
      const f: Step = (y) => {
        const p = new Parameter(y);
        p.assign(mul(p.value, 2));
        return p.value;
      };
      expect(values(vmap(f)(x))).toEqual([2, 4]);
    });
  });
});

describe("a Parameter that escapes its recording", () => {
  const kept = (run: (f: Step) => unknown): Parameter => {
    let escaped: Parameter | undefined;
    run((x) => {
      escaped = new Parameter(mul(x, 2), { name: "weight" });
      return escaped.value;
    });
    return escaped ?? new Parameter(0);
  };
  const error = new TraceError(
    "Parameter",
    "weight was made while a function was recorded, and is gone with the recording",
    "make it before the call, or return its value",
  );

  test.each(Object.entries(ways).filter(([name]) => !["vjp", "jvp", "record"].includes(name)))(
    "%s: cannot be used",
    (_, way) => {
      const weight = kept((f) => way(f)(tensor([1, 2])));
      expect(weight.shape).toEqual([2]);
      for (const use of [
        () => weight.value,
        () => lend(weight),
        () => weight.dataSync(),
        () => weight.assign(tensor([1, 2])),
        () => add(weight, 1),
        () => compile(() => add(weight, 1))(),
        () => new Tape().record(() => add(weight, 1)),
      ]) {
        expect(use).toThrow(error);
      }
    },
  );

  test("outside a recording, under a tape alone, it is an ordinary one", () => {
    expect(values(kept((f) => grad((x: Tensor) => sum(f(x)))(tensor([1, 2]))))).toEqual([2, 4]);
  });

  test("as a result of a compiled function it is refused, with the remedy", () => {
    const f = compile(() => new Parameter([1]));
    expect(() => f()).toThrow("compile: a result is not a tensor: Parameter; return its value");
  });
});
