/** Losses against their definitions in plain numbers, gradients against softmax − target. */
import { Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose, gradcheck } from "@tapegrad/conformance";
import {
  ShapeError,
  setBackend,
  setDefaultDType,
  TapegradError,
  type Tensor,
  tensor,
  UnsupportedError,
} from "@tapegrad/core";
import {
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  huberLoss,
  mseLoss,
  type Reduction,
} from "@tapegrad/nn";
import { add, Generator, mul, sub } from "@tapegrad/ops";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { at, rows, type Vector, values } from "./plain.ts";

beforeAll(() => {
  setBackend(cpuBackend);
  setDefaultDType("float64");
});

function softmax(logits: Vector): number[] {
  const largest = Math.max(...logits);
  const powers = logits.map((x) => Math.exp(x - largest));
  const total = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / total);
}

/** The distribution that a smoothed target stands for. */
function targetDistribution(target: number, classes: number, smoothing: number): number[] {
  return Array.from({ length: classes }, (_, k) => smoothing / classes + (k === target ? 1 - smoothing : 0));
}

/** −Σ q_k log p_k for every row, 0 where ignored. */
function plainLosses(logits: readonly Vector[], targets: Vector, ignoreIndex: number, smoothing: number): number[] {
  return logits.map((row, i) => {
    const [p, target] = [softmax(row), at(targets, i)];
    if (target === ignoreIndex) return 0;
    return -targetDistribution(target, row.length, smoothing).reduce((sum, q, k) => sum + q * Math.log(at(p, k)), 0);
  });
}

describe("crossEntropy", () => {
  const [count, classes] = [6, 5];
  const logits = () => mul(3, new Generator(31).normal([count, classes]));
  const targets = [0, 4, 2, 2, 1, 3];
  const labels = (of: readonly number[] = targets, shape = [of.length]) => tensor(Int32Array.from(of), { shape });

  describe.each([0, 0.1, 1])("with label smoothing %d", (labelSmoothing) => {
    it.each([undefined, 2, -1])("and ignoreIndex %s: every reduction", (ignoreIndex) => {
      const options: CrossEntropyOptions = { labelSmoothing, ...(ignoreIndex !== undefined && { ignoreIndex }) };
      const kept = targets.filter((target) => target !== ignoreIndex).length;
      const each = plainLosses(rows(logits()), targets, ignoreIndex ?? -100, labelSmoothing);
      const total = each.reduce((a, b) => a + b);
      const loss = (reduction?: Reduction) =>
        crossEntropy(logits(), labels(), { ...options, ...(reduction !== undefined && { reduction }) });
      expectClose(loss("none"), each);
      expectClose(loss("sum"), [total]);
      expectClose(loss("mean"), [total / kept]);
      expectClose(loss(), [total / kept]);
    });

    it("its gradient is (softmax − target distribution) / count", () => {
      const x = logits();
      const tape = new Tape({ sources: x });
      const loss = tape.record(() => crossEntropy(x, labels(), { labelSmoothing, ignoreIndex: 2 }));
      const expected = rows(x).flatMap((row, i) => {
        const q = targetDistribution(at(targets, i), classes, labelSmoothing);
        return softmax(row).map((p, k) => (targets[i] === 2 ? 0 : (p - at(q, k)) / 4));
      });
      expectClose(tape.gradient(loss, x), expected);
    });
  });

  it("takes any leading axes", () => {
    const flat = crossEntropy(logits(), labels(), { reduction: "none" });
    const shaped = crossEntropy(tensor(values(logits()), { shape: [2, 3, classes] }), labels(targets, [2, 3]), {
      reduction: "none",
    });
    expect(shaped.shape).toEqual([2, 3]);
    expect(values(shaped)).toEqual(values(flat));
  });

  it.each(["float32", "float64"] as const)("is exact for extreme logits in %s, and so is its gradient", (dtype) => {
    const x = tensor([1000, -1000, 0, -1000, 1000, 0], { shape: [2, 3], dtype });
    const tape = new Tape({ sources: x });
    const losses = tape.record(() => crossEntropy(x, labels([0, 0]), { reduction: "none" }));
    expect(values(losses)).toEqual([0, 2000]);
    expect(values(tape.gradient(losses, x, { seed: tensor([1, 1], { dtype }) }))).toEqual([0, 0, 0, -1, 1, 0]);
  });

  it("padding takes no part: an ignored target leaves no NaN, the default is −100", () => {
    const x = logits();
    const tape = new Tape({ sources: x });
    const padded = labels([0, -100, 2, -100, -100, 3]);
    const loss = tape.record(() => crossEntropy(x, padded));
    const gradient = rows(tape.gradient(loss, x));
    expect(values(loss).every(Number.isFinite)).toBe(true);
    for (const row of [1, 3, 4]) expect(gradient[row]).toEqual([0, 0, 0, 0, 0]);
    expect(gradient.flat().every(Number.isFinite)).toBe(true);
  });

  it("a class that does not exist is NaN, not a number that looks right", () => {
    expect(values(crossEntropy(logits(), labels([0, 1, 2, 3, 4, classes]))).every(Number.isNaN)).toBe(true);
  });

  it("says how targets and logits have to fit", () => {
    expect(() => crossEntropy(logits(), labels([0, 1]))).toThrow(
      new ShapeError(
        "crossEntropy",
        "targets do not match: logits [6,5], targets [2]",
        "give logits [..., classes] and targets [...]",
      ),
    );
    const reduction = "median" as Reduction; // What a caller without types could pass.
    expect(() => crossEntropy(logits(), labels(), { reduction })).toThrow(
      new UnsupportedError("crossEntropy", 'unknown reduction "median"', "use mean, sum or none"),
    );
  });
});

it("mseLoss is the squared difference, reduced", () => {
  const [prediction, target] = [tensor([1, 2, 3, 4]), tensor([1, 0, 0, 0])];
  expect(values(mseLoss(prediction, target, { reduction: "none" }))).toEqual([0, 4, 9, 16]);
  expect(values(mseLoss(prediction, target, { reduction: "sum" }))).toEqual([29]);
  expect(values(mseLoss(prediction, target))).toEqual([7.25]);
});

const finite = fc.double({ min: -30, max: 30, noNaN: true });
const pairs = fc.array(fc.tuple(finite, finite), { minLength: 1, maxLength: 6 });
const split = (of: readonly (readonly [number, number])[]) =>
  [tensor(of.map(([a]) => a)), tensor(of.map(([, b]) => b))] as const;

describe("huberLoss", () => {
  it("is a parabola inside delta and a line outside", () => {
    fc.assert(
      fc.property(pairs, fc.double({ min: 0.1, max: 9, noNaN: true }), (both, delta) => {
        const expected = both.map(([a, b]) => {
          const d = Math.abs(a - b);
          return d <= delta ? d ** 2 / 2 : delta * (d - delta / 2);
        });
        expectClose(huberLoss(...split(both), { delta, reduction: "none" }), expected, 1e-14);
      }),
    );
  });

  it("its derivative is the clamped difference, at the joints as well", () => {
    const x = tensor([-3, -1, -0.5, 0, 0.5, 1, 3]);
    const tape = new Tape({ sources: x });
    const loss = tape.record(() => huberLoss(x, mul(x, 0), { reduction: "sum" }));
    expect(values(tape.gradient(loss, x))).toEqual([-1, -1, -0.5, 0, 0.5, 1, 1]);
  });

  it("refuses a delta that is none", () => {
    for (const delta of [0, -1, Number.NaN]) {
      expect(() => huberLoss(0, 0, { delta })).toThrow(
        new TapegradError("huberLoss", `not a delta: ${delta}`, "use a number above 0"),
      );
    }
  });
});

describe("binaryCrossEntropyWithLogits", () => {
  const targets = fc.array(fc.tuple(finite, fc.boolean()), { minLength: 1, maxLength: 6 });

  it("is the cross entropy of two classes, one of them with logit 0", () => {
    fc.assert(
      fc.property(targets, (both) => {
        const logits = tensor(both.map(([x]) => x));
        const expected = crossEntropy(
          tensor(both.map(([x]) => [0, x])),
          tensor(Int32Array.from(both, ([, y]) => Number(y))),
          { reduction: "none" },
        );
        const found = binaryCrossEntropyWithLogits(logits, tensor(both.map(([, y]) => y)), { reduction: "none" });
        expectClose(found, values(expected), 1e-14);
      }),
    );
  });

  it("counts positive targets posWeight times", () => {
    const [x, y] = [tensor([0.3, -2, 1]), tensor([1, 0, 1])];
    const plain = values(binaryCrossEntropyWithLogits(x, y, { reduction: "none" }));
    const weighed = binaryCrossEntropyWithLogits(x, y, { posWeight: 3, weight: tensor([1, 2, 0]), reduction: "none" });
    expectClose(weighed, [3 * at(plain, 0), 2 * at(plain, 1), 0]);
  });

  it.each(["float32", "float64"] as const)("is exact for extreme logits in %s, and so is its gradient", (dtype) => {
    const [x, y] = [tensor([1000, -1000, 1000, -1000], { dtype }), tensor([1, 0, 0, 1], { dtype })];
    const tape = new Tape({ sources: x });
    const loss = tape.record(() => binaryCrossEntropyWithLogits(x, y, { reduction: "sum" }));
    expect(loss.dtype).toBe(dtype);
    expect(values(loss)).toEqual([2000]);
    expect(values(tape.gradient(loss, x))).toEqual([0, 0, 1, -1]);
  });

  it("refuses a weight that is larger than the logits", () => {
    for (const name of ["weight", "posWeight"]) {
      expect(() =>
        binaryCrossEntropyWithLogits(tensor([1, 2]), tensor([1, 0]), { [name]: tensor([[1], [2]]) }),
      ).toThrow(
        new ShapeError(
          "binaryCrossEntropyWithLogits",
          `${name} is larger than the logits: [2,1] over [2]`,
          "give it a shape that broadcasts to the logits'",
        ),
      );
    }
  });
});

describe("every loss of a prediction and a target", () => {
  const losses = {
    mseLoss: [mseLoss, "prediction", "target"],
    huberLoss: [huberLoss, "prediction", "target"],
    binaryCrossEntropyWithLogits: [binaryCrossEntropyWithLogits, "logits", "targets"],
  } as const;

  it.each(Object.entries(losses))("%s refuses shapes that would broadcast", (name, [loss, first, second]) => {
    const remedy = "reshape or broadcastTo one of them first";
    const [flat, column, wide] = [tensor([1, 2]), tensor([[1], [2]]), tensor([[1, 2]])];
    expect(() => loss(column, flat)).toThrow(
      new ShapeError(name, `shapes differ: ${first} [2,1], ${second} [2] (rank 2 ≠ 1)`, remedy),
    );
    expect(() => loss(column, wide)).toThrow(
      new ShapeError(name, `shapes differ: ${first} [2,1], ${second} [1,2] (axis 0: 2 ≠ 1)`, remedy),
    );
  });

  it.each(Object.entries(losses))("%s: mean and sum are those of the single losses", (_name, [loss]) => {
    fc.assert(
      fc.property(pairs, (both) => {
        const each = values(loss(...split(both), { reduction: "none" }));
        const total = each.reduce((a, b) => a + b);
        expectClose(loss(...split(both), { reduction: "sum" }), [total], 1e-13);
        expectClose(loss(...split(both)), [total / both.length], 1e-13);
      }),
    );
  });

  it.each(Object.entries(losses))("%s has the derivatives of its values, to second order", (_name, [loss]) => {
    const [a, b] = [tensor([-2.3, 0.2, 1.7, 0.1]), tensor([0.1, 0.6, 0.4, 0.9])];
    const f = (x: Tensor, y: Tensor) => loss(x, y, { reduction: "sum" });
    gradcheck(f, [a, b], { order: 2 });
  });
});

it("crossEntropy has the derivatives of its values, to second order", () => {
  const labels = tensor(Int32Array.of(0, 2, 1));
  const logits = new Generator(3).normal([3, 3]);
  gradcheck((x: Tensor) => crossEntropy(x, labels, { labelSmoothing: 0.1, ignoreIndex: 1 }), [logits], { order: 2 });
});

it("losses are what they were when all predictions and targets move together", () => {
  fc.assert(
    fc.property(pairs, finite, (both, shift) => {
      const [a, b] = split(both);
      for (const loss of [mseLoss, huberLoss]) {
        expectClose(loss(add(a, shift), add(b, shift)), values(loss(sub(a, b), mul(b, 0))), 1e-11);
      }
    }),
  );
});
