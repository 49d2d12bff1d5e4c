/** gradcheck of models in float32: what fails says how to have float64, and `{ dtype: "float64" }` does it. */
import { checkpoint, compile, cond, customVjp, scan } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { Parameter, setBackend, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import { add, cast, cos, Generator, greater, matmul, mul, sin, square, sum, tanh, zeros } from "@tapegrad/ops";
import { describe, expect, test } from "vitest";
import { gradcheck, gradcheckReport } from "../src/index.ts";

setBackend(cpuBackend);

const start = zeros([1, 2]);

/** A recurrent model as a user writes it: Parameters, inputs and initial state in float32. */
class Model {
  readonly weight = new Parameter(new Generator(1).uniform([2, 2]), { name: "weight" });
  readonly bias = new Parameter([0.1, 0.2], { name: "bias" });
  parameters(): Parameter[] {
    return [this.weight, this.bias];
  }
  forward(x: Tensor): Tensor {
    return scan((h: Tensor, e: Tensor) => [tanh(add(add(matmul(h, this.weight), e), this.bias)), null], start, x)[0];
  }
}

const model = new Model();
const x = new Generator(2).uniform([3, 1, 2]);
const double = { dtype: "float64", order: 2 } as const;

test("a state in float32 is an error that says how to have float64", () => {
  expect(() => gradcheck((y: Tensor) => model.forward(y), [x])).toThrow(
    'gradcheck: f failed with float64 inputs: scan: carry changes its dtype: float32, then float64; cast it back, or start with the other dtype; float32 is computed inside; to compute all of it in float64, pass { dtype: "float64" }',
  );
});

test("a derivative that float32 spoils says so; one that is wrong does not", () => {
  const rounded = (y: Tensor) => square(cast(y, "float32"));
  expect(() => gradcheck(rounded, [x])).toThrow(/float32 is computed inside; .* pass \{ dtype: "float64" \}$/);
  const wrong = customVjp({ forward: (y: Tensor) => [square(y), y], backward: (y, g) => [mul(g, y)] });
  expect(() => gradcheck(wrong, [tensor([1, 2], { dtype: "float64" })])).toThrow(/correct the rule/);
});

describe('{ dtype: "float64" } passes what is right', () => {
  const sine = customVjp({ forward: (y: Tensor) => [sin(y), y], backward: (y, g) => [mul(g, cos(y))] });
  const cases: readonly (readonly [string, (...inputs: never[]) => unknown, readonly unknown[]])[] = [
    ["with respect to inputs", (y: Tensor) => model.forward(y), [x]],
    ["with respect to Parameters", () => model.forward(x), model.parameters()],
    ["with respect to a module, beside inputs", (m: Model, y: Tensor) => m.forward(y), [model, x]],
    ["of a compiled function", compile((y: Tensor) => model.forward(y)), [x]],
    ["of a checkpoint", checkpoint((y: Tensor) => model.forward(y)), [x]],
    [
      "of a branch",
      (y: Tensor) =>
        cond(
          greater(sum(y), 0),
          (z: Tensor) => model.forward(z),
          () => start,
          y,
        ),
      [x],
    ],
    ["of casts", (y: Tensor) => square(cast(y, "float32")), [x]],
    ["of a rule of one's own", (y: Tensor) => sum(sine(mul(y, start))), [tensor([1, 2])]],
    ["of what draws", (y: Tensor) => mul(sin(y), new Generator(1).uniform([2])), [tensor([1, 2])]],
    [
      "beside integers, which are held fixed",
      (y: Tensor, n: Tensor) => mul(sin(y), n),
      [tensor([1, 2]), tensor([2, 3], { dtype: "int32" })],
    ],
  ];
  test.each(cases)("%s", (_, f, inputs) => {
    const { comparisons, passed } = gradcheckReport(f, inputs, double);
    expect(comparisons.filter((comparison) => !comparison.passed)).toEqual([]);
    expect(passed).toBe(true);
  });

  test("and finds what is wrong", () => {
    const wrong = customVjp({ forward: (y: Tensor) => [square(y), y], backward: (y, g) => [mul(g, mul(y, 2.0001))] });
    expect(() => gradcheck((y: Tensor) => wrong(add(y, tensor([1, 2]))), [tensor([1, 2])], double)).toThrow(
      /the derivative is wrong/,
    );
  });
});

test("wrong kinds of arguments are errors of ours", () => {
  const untyped = (run: (v: never) => unknown, value: unknown) => () => run(value as never); // As plain JavaScript would.
  const f = (y: Tensor) => sin(y);
  for (const value of [undefined, null, 3, "forward", () => x, [], [1], new Map(), x, { modus: 1 }, { order: 3 }]) {
    for (const run of [
      untyped((v) => gradcheck(v, [x]), value),
      untyped((v) => gradcheck(f, v), value),
      untyped((v) => gradcheck(f, [v]), value),
      untyped((v) => gradcheck(() => v, [x]), value),
      untyped((v) => gradcheck(f, [x], v), value),
      untyped((v) => gradcheck(f, [x], { modes: v }), value),
      untyped((v) => gradcheck(f, [x], { order: v, dtype: v }), value),
    ]) {
      try {
        run();
      } catch (error) {
        expect(error instanceof TapegradError, String(error)).toBe(true);
      }
    }
  }
});
