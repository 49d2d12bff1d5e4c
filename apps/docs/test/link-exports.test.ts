/** Which code spans speak of an export. */
import { expect, it } from "vitest";
import { exportIn } from "../.vitepress/markdown/link-exports.ts";

it.each([
  ["LSTM", "LSTM"],
  ["grad(f)(x)", "grad"],
  ["new Adam(parameters, { learningRate: 0.1 })", "Adam"],
  ["await webgpu()", "webgpu"],
  ["Tape.gradient", "Tape"],
  ["Module.train()", "Module"],
  ["Op<[x: TensorLike]>", "Op"],
])("%s names %s", (code, name) => expect(exportIn(code)).toBe(name));

it.each(["x + y", "{ axis: 1 }", "npm install tapegrad", "[2, 3]", "-1", ""])("%s names none", (code) =>
  expect(exportIn(code)).toBeUndefined(),
);
