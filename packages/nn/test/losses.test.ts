/** Losses against their definitions in plain numbers, gradients against softmax − target. */
import { Tape } from "@tapegrad/autodiff";
import { cpuBackend } from "@tapegrad/backend-cpu";
import { ShapeError, setBackend, setDefaultDType, tensor, UnsupportedError } from "@tapegrad/core";
import { type CrossEntropyOptions, crossEntropy, mseLoss, type Reduction } from "@tapegrad/nn";
import { Generator, mul } from "@tapegrad/ops";
import { beforeAll, describe, expect, it } from "vitest";
import { at, expectClose, rows, type Vector, values } from "./plain.ts";

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
      new UnsupportedError("loss", "unknown reduction median", "use mean, sum or none"),
    );
  });
});

it("mseLoss is the squared difference, reduced", () => {
  const [prediction, target] = [tensor([1, 2, 3, 4]), tensor([1, 0, 0, 0])];
  expect(values(mseLoss(prediction, target, { reduction: "none" }))).toEqual([0, 4, 9, 16]);
  expect(values(mseLoss(prediction, target, { reduction: "sum" }))).toEqual([29]);
  expect(values(mseLoss(prediction, target))).toEqual([7.25]);
});
