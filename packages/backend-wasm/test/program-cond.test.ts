/** Branches as generated code: one `if` of two lists of steps, in one arena. */
import { compile, cond, grad, scan } from "@tapegrad/autodiff";
import { bodiesOf, isPlain, type Step as ProgramStep, plan, type Schedule } from "@tapegrad/compiler";
import { fit, functionOf, inputsOf, type Recipe, recipes } from "@tapegrad/conformance/random-programs";
import { Parameter, type Tensor, tensor, trace } from "@tapegrad/core";
import {
  add,
  argsort,
  Generator,
  greater,
  matmul,
  mul,
  ones,
  sin,
  square,
  sub,
  sum,
  tanh,
  transpose,
} from "@tapegrad/ops";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { generate } from "../src/program/generate.ts";
import { target } from "../src/program/target.ts";
import { cpuBackend, expectWithinUlps, on, read, uniforms, variants } from "./comparison.ts";
import { violations } from "./plan-invariants.ts";

function scheduleOf(fn: (x: readonly Tensor[]) => readonly Tensor[], inputs: readonly Tensor[]): Schedule {
  const { program } = trace(
    fn,
    inputs.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  return plan(program, target);
}

function branches(steps: readonly ProgramStep[]): number {
  return steps
    .filter((step) => !isPlain(step))
    .map((step) => bodiesOf(step).reduce((count, body) => count + branches(body), step.kind === "cond" ? 1 : 0))
    .reduce((a, b) => a + b, 0);
}

interface Choice {
  readonly yes: Recipe;
  readonly no: Recipe;
  readonly form: "once" | "in a loop" | "inside itself" | "around a loop";
  readonly limit: number;
}

const choices = (gradient: boolean): fc.Arbitrary<Choice> => {
  const recipe = recipes({ gradient: false, depth: 0, lengths: [1, 2, 3, 5, 7] }).filter(
    ({ instructions }) => !gradient || instructions.every(({ op }) => !rough.includes(op)),
  );
  return fc.record({
    yes: recipe,
    no: recipe,
    form: fc.constantFrom<Choice["form"]>("once", "in a loop", "inside itself", "around a loop"),
    limit: fc.constantFrom(-0.4321, 0.1234, 0.5678),
  });
};

/** Not differentiable where equal values tie. */
const rough = ["max", "min", "maximum", "minimum", "argmax"];

/** Two random bodies, of which a value decides; where several outputs were asked for they take the inputs' shapes. */
function choosing({ yes, no, form, limit }: Choice): (x: readonly Tensor[]) => Tensor[] {
  type Step = (x: readonly Tensor[]) => Tensor[];
  const body =
    (recipe: Recipe): Step =>
    (x) => {
      const results = functionOf(recipe)(x);
      return x.map((value, i) => tanh(fit(results[i % results.length] ?? value, value.shape)));
    };
  const isLarge = (x: Tensor) => greater(sum(sin(mul(x, 3))), limit);
  const either = (which: Tensor, whenTrue: Step, whenFalse: Step, x: readonly Tensor[]): Tensor[] =>
    cond(
      isLarge(which),
      (...y: Tensor[]) => whenTrue(y),
      (...y: Tensor[]) => whenFalse(y),
      ...x,
    );
  const once: Step = (x) => either(x[0] ?? ones([]), body(yes), body(no), x);
  const looped = (step: Step, x: readonly Tensor[]): Tensor[] => {
    const [last, seen] = scan(
      (carry: Tensor[]): [Tensor[], Tensor[]] => {
        const next = step(carry);
        return [next, [next[0] ?? ones([]), add(next.at(-1) ?? 0, carry.at(-1) ?? 0)]];
      },
      [...x],
      null,
      { length: 3 },
    );
    return [...last, ...seen];
  };
  switch (form) {
    case "once":
      return once;
    case "in a loop":
      return (x) => looped(once, x);
    case "inside itself":
      return (x) => either(x.at(-1) ?? ones([]), once, body(no), x);
    case "around a loop":
      return (x) =>
        either(
          x[0] ?? ones([]),
          (y) => looped(body(yes), y),
          (y) => looped(body(no), y),
          x,
        );
  }
}

function withGradient(fn: (x: readonly Tensor[]) => Tensor[]): (x: readonly Tensor[]) => Tensor[] {
  const loss = (x: Tensor[]) =>
    fn(x)
      .map((result, i) => mul(sum(sin(result)), 1 + i))
      .reduce(add);
  return (x) => [...fn(x), ...grad(loss)([...x])];
}

describe.each([
  ["branches", false],
  ["their gradients", true],
] as const)("%s", (_, gradient) => {
  const fnOf = (choice: Choice) => (gradient ? withGradient(choosing(choice)) : choosing(choice));

  it("no step reads what another one has overwritten, whatever is taken", () => {
    fc.assert(
      fc.property(choices(gradient), (choice) => {
        on(cpuBackend, () => {
          const plan = scheduleOf(fnOf(choice), inputsOf(choice.yes, "float32"));
          const { plan: places, hostSteps } = generate(plan, { fma: false, start: 65536 });
          expect(violations(plan, places)).toEqual([]);
          expect(hostSteps).toEqual([]);
        });
      }),
      { numRuns: gradient ? 30 : 60 },
    );
  });

  it.each(variants)("%s: equal to the reference", (_name, backend) => {
    fc.assert(
      fc.property(choices(gradient), (choice) => {
        const fn = fnOf(choice);
        const compiled = on(backend, () => compile((...x: Tensor[]) => fn(x)));
        for (const seed of [1, 2, 3, 4]) {
          const expected = on(cpuBackend, () => read(fn(inputsOf(choice.yes, "float32", seed))));
          const actual = on(backend, () => read(compiled(...inputsOf(choice.yes, "float32", seed))));
          expectWithinUlps(actual, expected, 4000);
        }
      }),
      { numRuns: gradient ? 15 : 40 },
    );
  });
});

describe.each(variants)("%s", (_, backend) => {
  it("results may be inputs, views, constants, one value twice, integers and bools", () => {
    const fn = (p: Tensor, x: Tensor, y: Tensor) =>
      cond(
        p,
        (a: Tensor, b: Tensor) => [
          b,
          a,
          transpose(a),
          a,
          ones([2]),
          argsort(a, { axis: -1 }),
          greater(a, b),
          sub(a, b),
        ],
        (a: Tensor, b: Tensor) => {
          const z = mul(a, b);
          return [a, a, z, z, tanh(ones([2])), argsort(b, { axis: 0 }), greater(b, a), matmul(a, z)];
        },
        x,
        y,
      );
    const compiled = on(backend, () => compile(fn));
    for (const taken of [true, false, true]) {
      const make = () => [tensor(taken), uniforms([3, 3], 1), uniforms([3, 3], 2)] as const;
      const expected = on(cpuBackend, () => read(fn(...make())));
      const results = on(backend, () => compiled(...make()));
      expectWithinUlps(read(results), expected, 16);
      expect(new Set(results).size).toBe(results.length);
    }
    const plan = on(cpuBackend, () =>
      scheduleOf(
        ([p, x, y]) => fn(p ?? ones([]), x ?? ones([]), y ?? ones([])),
        [tensor(true), uniforms([3, 3], 1), uniforms([3, 3], 2)],
      ),
    );
    expect(branches(plan.steps)).toBe(1);
  });

  it("only the branch that is taken draws and assigns", () => {
    const run = (compiled: boolean) => {
      const [generator, count] = [new Generator(3), new Parameter(tensor(0))];
      const fn = (p: Tensor) =>
        cond(
          p,
          () => {
            count.assign(add(count.value, 1));
            return generator.uniform([3]);
          },
          () => ones([3]),
        );
      const step = compiled ? compile(fn) : fn;
      return [true, false, true, true].flatMap((p) => [...read([step(tensor(p))]), ...read([count.value])]);
    };
    expect(on(backend, () => run(true))).toEqual(on(cpuBackend, () => run(false)));
  });

  it("of a loop's branches one product's right operand stays the same", () => {
    const fn = (x: Tensor, w: Tensor) =>
      scan(
        (c: Tensor) => {
          const next = cond(
            greater(sum(c), 0.1234),
            (v: Tensor) => tanh(matmul(v, w)),
            (v: Tensor) => sub(square(v), matmul(v, w, { transposeRight: true })),
            c,
          );
          return [next, next] as const;
        },
        x,
        null,
        { length: 6 },
      );
    const make = () => [uniforms([17, 34], 1), mul(uniforms([34, 34], 2), 0.3)] as const;
    const expected = on(cpuBackend, () => read(fn(...make())));
    expectWithinUlps(
      on(backend, () => read(compile(fn)(...make()))),
      expected,
      4000,
    );
  });
});
