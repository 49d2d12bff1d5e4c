/** A record knows how many operands its op takes: another number does not compile, in its rules and where it is applied. */
import { cpuBackend } from "@tapegrad/backend-cpu";
import { apply, type OpDefinition, setBackend, tensor } from "@tapegrad/core";
import { beforeAll, expect, it } from "vitest";
import { concatOp } from "../src/movement/movement.ts";
import { matmulOp } from "../src/products/matmul.ts";

beforeAll(() => setBackend(cpuBackend));

it("no op is applied to more or fewer operands than it takes", () => {
  const matrix = tensor([[1]]);
  const plain = { transposeLeft: false, transposeRight: false };
  expect(apply(matmulOp, [matrix, matrix], plain).shape).toEqual([1, 1]);
  expect(apply(concatOp, [matrix, matrix, matrix], { axis: -1 }).shape).toEqual([1, 3]);
  // @ts-expect-error: two operands, not one.
  expect(() => apply(matmulOp, [matrix], plain)).toThrow();
  // @ts-expect-error: two operands, not three.
  expect(() => apply(matmulOp, [matrix, matrix, matrix], plain)).not.toThrow();
});

it("no rule reads an operand that the op does not take", () => {
  const identity: OpDefinition<object, 1> = {
    name: "identity",
    type: ([x]) => x,
    derivative: { kind: "linear", inputs: [0], saves: [0], transpose: (g) => g },
    batching: { kind: "trailing" },
    tolerance: 0,
  };
  const wrong = {
    // @ts-expect-error: there is no second operand.
    type: ([, y]) => y,
    // @ts-expect-error: there is no second operand to save.
    derivative: { kind: "linear", inputs: "all", saves: [1], transpose: (g) => g },
  } satisfies Partial<OpDefinition<object, 1>>;
  expect(identity.type([{ shape: [2], dtype: "float32" }], {})).toEqual({ shape: [2], dtype: "float32" });
  expect(Object.keys(wrong)).toEqual(["type", "derivative"]);
});
