/** Loops after products become their epilogues, where that changes no result. */
import { describe, expect, test } from "vitest";
import {
  bodiesOf,
  dense,
  type FusedStep,
  isPlain,
  type LoopStep,
  type MatmulStep,
  type MemoryValue,
  type Step,
  slotOf,
  view,
  withEpilogues,
} from "../src/index.ts";

const floats = (...shape: number[]): MemoryValue => dense({ shape, dtype: "float32" });

function product(to: MemoryValue, left = floats(4, 6), right = floats(6, 8)): MatmulStep {
  return { kind: "matmul", left, right, to, transposeLeft: false, transposeRight: false };
}

/** `to = operand 0 + operand 1 …` over the shape of the first. */
function adding(operands: readonly MemoryValue[], to: MemoryValue): FusedStep {
  const inputs = operands.map((_, index) => ({ from: "operand" as const, index }));
  return {
    kind: "fused",
    shape: operands[0]?.shape ?? [],
    operands,
    nodes: [{ op: "add", attributes: {}, inputs, dtype: "float32" }],
    results: [{ node: 0, to }],
  };
}

/** The steps' kinds, in order; those of bodies in brackets. `+` is an epilogue, `*` one that keeps the result. */
function kindsOf(steps: readonly Step[]): string {
  return steps
    .map((step) => {
      if (!isPlain(step)) return `${step.kind}(${bodiesOf(step).map(kindsOf).join(" | ")})`;
      if (step.kind !== "matmul" || step.epilogue === undefined) return step.kind;
      return `matmul+${step.epilogue.keepsResult ? "*" : ""}`;
    })
    .join(" ");
}

describe("a loop after a product", () => {
  const [result, bias, sum] = [floats(4, 8), floats(4, 8), floats(4, 8)];

  test("becomes its epilogue, and the result is not kept if nobody else reads it", () => {
    const loop = adding([result, bias], sum);
    const steps = withEpilogues([product(result), loop], [sum]);
    expect(kindsOf(steps)).toBe("matmul+");
    expect(steps[0]).toMatchObject({ epilogue: { step: loop, operand: 0, keepsResult: false } });
  });

  test("may have the result as any of its operands, or twice as one", () => {
    const steps = withEpilogues([product(result), adding([bias, result], sum)], [sum]);
    expect(steps[0]).toMatchObject({ epilogue: { operand: 1 } });
  });

  test("may see it in another shape of as many elements", () => {
    const flat = view(result, [32], [1]);
    expect(kindsOf(withEpilogues([product(result), adding([flat, floats(32)], floats(32))], []))).toBe("matmul+");
  });

  test("may repeat its other operands", () => {
    const row = view(floats(8), [4, 8], [0, 1]);
    expect(kindsOf(withEpilogues([product(result), adding([result, row], sum)], [sum]))).toBe("matmul+");
  });

  test.each([
    ["a later step", (): Step[] => [adding([result, bias], floats(4, 8))], []],
    ["the end", (): Step[] => [], [result]],
  ])("keeps the result for %s", (_, later, outputs) => {
    const steps = [product(result), adding([result, bias], sum), ...later()];
    expect(kindsOf(withEpilogues(steps, [sum, ...outputs])).startsWith("matmul+*")).toBe(true);
  });

  test("is the only one: the next reads what is kept", () => {
    const steps = [product(result), adding([result, bias], sum), adding([result, sum], floats(4, 8))];
    expect(kindsOf(withEpilogues(steps, []))).toBe("matmul+* fused");
  });

  const another = product(result);
  test.each<[string, readonly Step[]]>([
    [
      "writes to what the product reads on the left",
      [another, adding([result, bias], view(another.left, [4, 6], [6, 1]))],
    ],
    [
      "writes to what the product reads on the right",
      [another, adding([result, bias], view(another.right, [4, 8], [8, 1]))],
    ],
    ["writes over the result", [another, adding([result, bias], result)]],
    [
      "goes over another shape",
      [another, adding([view(result, [2, 4, 8], [0, 8, 1]), floats(2, 4, 8)], floats(2, 4, 8))],
    ],
    [
      "reads the result in another order",
      [another, adding([view(result, [8, 4], [1, 8]), floats(8, 4)], floats(8, 4))],
    ],
    ["reads a part of it", [another, adding([view(result, [2, 8], [8, 1]), floats(2, 8)], floats(2, 8))]],
    ["reads it from another place", [another, adding([view(result, [3, 8], [8, 1], 8), floats(3, 8)], floats(3, 8))]],
    ["reads it twice, in two ways", [another, adding([result, view(result, [4, 8], [0, 1])], sum)]],
    ["does not read it", [another, adding([bias, bias], sum)]],
    ["does not follow at once", [another, { kind: "iota", start: 0, step: 1, to: bias }, adding([result, bias], sum)]],
  ])("stays a loop where it %s", (_, steps) => {
    expect(withEpilogues(steps, [sum])).toEqual(steps);
  });

  test("in loops and branches becomes an epilogue, too", () => {
    const counter = { name: "t" };
    const stack = dense({ shape: [5, 4, 8], dtype: "float32" });
    const slot = dense({ shape: [4, 8], dtype: "float32" }, slotOf(stack, counter));
    const test = dense({ shape: [], dtype: "bool" });
    const body = [product(result), adding([result, bias], slot)];
    const loop: LoopStep = { kind: "loop", counter, length: 5, reverse: false, body };
    const steps: Step[] = [loop, { kind: "cond", test, whenTrue: [...body], whenFalse: [loop] }];
    // The result is written and read in three places: each keeps it, since another may read it.
    expect(kindsOf(withEpilogues(steps, [stack]))).toBe("loop(matmul+*) cond(matmul+* | loop(matmul+*))");
    expect(kindsOf(withEpilogues([loop], [stack]))).toBe("loop(matmul+)");
  });

  test("that reads a slot of a stack, where the product writes to that slot", () => {
    const counter = { name: "t" };
    const stack = dense({ shape: [5, 4, 8], dtype: "float32" });
    const slot = dense({ shape: [4, 8], dtype: "float32" }, slotOf(stack, counter));
    const next = { ...slot, address: { ...slot.address, offset: 32 } };
    const body = (read: MemoryValue): Step[] => [
      { kind: "loop", counter, length: 4, reverse: false, body: [product(slot), adding([read, bias], sum)] },
    ];
    expect(kindsOf(withEpilogues(body(slot), [stack]))).toBe("loop(matmul+*)");
    expect(kindsOf(withEpilogues(body(next), [stack]))).toBe("loop(matmul fused)");
  });
});
