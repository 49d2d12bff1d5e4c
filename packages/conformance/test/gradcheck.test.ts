import { cpuBackend } from "@tapegrad/backend-cpu";
import { apply, type OpDefinition, Parameter, setBackend, TapegradError, type Tensor, tensor } from "@tapegrad/core";
import {
  argmax,
  cast,
  Generator,
  matmul,
  mul,
  relu,
  softmax,
  square,
  stopGradient,
  sub,
  sum,
  tanh,
} from "@tapegrad/ops";
import { beforeAll, describe, expect, test } from "vitest";
import { gradcheck, gradcheckReport } from "../src/index.ts";

beforeAll(() => setBackend(cpuBackend));

const x = () => tensor([0.5, -1.25, 2]);

/** x² whose rule says (2 + ε) x. */
function squareWithSlope(slope: number): (x: Tensor) => Tensor {
  const op: OpDefinition<Record<never, never>> = {
    name: "square",
    type: ([input]) => ({ shape: input?.shape ?? [], dtype: input?.dtype ?? "float32" }),
    derivative: { kind: "pointwise", partials: [({ input }) => mul(slope, input(0))], saves: [0] },
    batching: { kind: "trailing" },
    tolerance: 0,
  };
  return (input) => apply(op, [input], {});
}

describe("gradcheck accepts", () => {
  test("a right derivative, to second order", () => {
    gradcheck(
      (a: Tensor, b: Tensor) => tanh(matmul(a, b)),
      [
        tensor([
          [1, 2],
          [3, -1],
        ]),
        tensor([[0.1], [0.2]]),
      ],
      { order: 2 },
    );
  });

  test("trees with integers, bools and Parameters, and several results", () => {
    const weight = new Parameter([0.5, 1.5], { name: "weight" });
    const f = ({ a, at }: { a: Tensor; at: Tensor }, p: Parameter) => ({
      first: mul(a, p.value),
      rest: [square(a), argmax(a), cast(at, "float32")],
    });
    gradcheck(f, [{ a: tensor([1, 2]), at: tensor([1, 0], { dtype: "int32" }) }, weight], { order: 2 });
    expect([...weight.dataSync()]).toEqual([0.5, 1.5]);
  });

  test("each mode alone", () => {
    for (const mode of ["forward", "reverse"] as const) {
      const { passed, comparisons } = gradcheckReport(tanh, [x()], { modes: [mode], order: 2 });
      expect(passed).toBe(true);
      expect(comparisons.map(({ kind }) => kind)).toEqual(Array(2).fill("derivative against differences"));
    }
  });

  test("a constant function, whose derivatives are roundoff", () => {
    gradcheck((input: Tensor) => sum(softmax(input)), [x()], { order: 2 });
  });
});

describe("gradcheck rejects", () => {
  test("a slope that is 1e-8 off, by differences alone", () => {
    const { comparisons } = gradcheckReport(squareWithSlope(2 + 1e-8), [x()]);
    expect(comparisons.map(({ kind, passed }) => [kind, passed])).toEqual([
      ["forward against reverse", true],
      ["derivative against differences", false],
    ]);
  });

  test("a wrong rule in each mode alone", () => {
    for (const mode of ["forward", "reverse"] as const)
      expect(gradcheckReport(squareWithSlope(2.0002), [x()], { modes: [mode] }).passed).toBe(false);
  });

  test("a derivative that is right at first order only", () => {
    // x² as 2x·stop(x) − stop(x²): the slope 2·stop(x) is right, but is no longer a function of x.
    const f = (input: Tensor) => sub(mul(2, mul(input, stopGradient(input))), stopGradient(square(input)));
    const { comparisons } = gradcheckReport(f, [x()], { order: 2 });
    expect(comparisons.map(({ passed }) => passed)).toEqual([true, true, true, false]);
  });

  test("a kink", () => {
    expect(gradcheckReport(relu, [tensor([0])]).passed).toBe(false);
  });

  test("a result that is not finite", () => {
    expect(gradcheckReport((input: Tensor) => mul(input, Infinity), [x()]).passed).toBe(false);
  });

  test("one input of several, by name", () => {
    const wrong = squareWithSlope(2.5);
    const weight = new Parameter([1.5], { name: "weight" });
    const f = (a: Tensor, p: Parameter) => mul(a, wrong(p.value));
    expect(() => gradcheck(f, [tensor([2]), weight])).toThrow(
      /^gradcheck: the derivative is wrong: order 1, weight \(input 1\), derivative against differences: -?\d\S* ≠ -?\d\S* \(error \d\.\de[+-]\d+, allowed \d\.\de[+-]\d+\); correct the rule, or move the inputs away from kinks$/,
    );
    expect(() => gradcheck(f, [tensor([2]), weight])).toThrow(TapegradError);
  });
});

describe("gradcheck says why it cannot check", () => {
  test.each([
    [
      "no input is a float tensor; pass the tensors that f depends on",
      () => gradcheck(sum, [tensor([1], { dtype: "int32" })]),
    ],
    ["f returns no float tensor; return what is to be differentiated", () => gradcheck(argmax, [x()])],
    ['no modes; name "forward", "reverse" or both', () => gradcheck(tanh, [x()], { modes: [] })],
    [
      "a Parameter is passed twice; pass each once",
      () => {
        const p = new Parameter([1]);
        gradcheck((a: Parameter, b: Parameter) => mul(a.value, b.value), [p, p]);
      },
    ],
  ])("%s", (message, run) => {
    expect(run).toThrow(`gradcheck: ${message}`);
  });

  test("draws that differ from call to call", () => {
    const generator = new Generator(1);
    expect(() => gradcheck((input: Tensor) => mul(input, generator.uniform([3])), [x()])).toThrow(
      /^gradcheck: f gives different results for the same inputs: -?[\d.]+ and -?[\d.]+; make what it draws part of the inputs$/,
    );
  });
});

test("the same seed gives the same comparisons, another seed others", () => {
  const report = (seed: number) => gradcheckReport(tanh, [x()], { seed });
  expect(report(3)).toEqual(report(3));
  expect(report(3).comparisons[0]?.derivative).not.toBe(report(4).comparisons[0]?.derivative);
});
