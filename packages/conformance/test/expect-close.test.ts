/** What counts as close, and that everything else fails. */

import { cpuBackend } from "@tapegrad/backend-cpu";
import { expectClose } from "@tapegrad/conformance";
import { setBackend, tensor } from "@tapegrad/core";
import { beforeAll, expect, it } from "vitest";

beforeAll(() => setBackend(cpuBackend));

const x = () => tensor([1, -2, 1000]);

it("accepts errors of the tolerance times the largest value, and values that are no numbers in their places", () => {
  expectClose({ a: x(), b: [x()] }, { b: [x()], a: tensor([1, -2, 1001]) }, 1e-3);
  expectClose(tensor([Number.NaN, Infinity, 0]), tensor([Number.NaN, Infinity, -0]), 0);
  expectClose(x(), [1, -2, 1000]);
  expectClose([tensor([0]), x()], [tensor([0.5]), x()], 1e-3, { relativeTo: "all" });
  expectClose(x(), tensor([1, -2, 1001]), (largest, dtype) => (dtype === "float32" ? largest / 1000 : 0));
});

it.each<[string, () => unknown, unknown, string]>([
  ["an element", () => x(), [1, -2.1, 1000], "leaf 0 at 1: -2 instead of -2.1"],
  ["a shape", () => x(), () => tensor([[1, -2, 1000]]), "leaf 0 is float32 [3], not float32 [1,3]"],
  ["a dtype", () => x(), () => tensor([1, -2, 1000], { dtype: "int32" }), "leaf 0 is float32 [3], not int32 [3]"],
  ["a number of elements", () => x(), [1, -2], "leaf 0 is float32 [3], not 2 numbers"],
  ["a number of leaves", () => [x(), x()], () => [x()], "2 leaves, not 1"],
  ["a NaN", () => tensor([Number.NaN]), () => tensor([1]), "leaf 0 at 0: NaN instead of 1"],
  ["an infinity", () => tensor([1]), () => tensor([Infinity]), "leaf 0 at 0: 1 instead of Infinity"],
  ["what is no tensor", () => ["x"], () => ["x"], "not a tensor: string"],
])("refuses another %s", (_, actual, expected, message) => {
  expect(() => expectClose(actual(), typeof expected === "function" ? expected() : expected, 1e-6)).toThrow(message);
});

it("is relative to each leaf", () => {
  expect(() => expectClose([tensor([0]), x()], [tensor([0.5]), x()], 1e-3)).toThrow("leaf 0 at 0");
});
