/** What is measured on a GPU, and which adapter is refused. */
import { expect, it } from "vitest";
import { checkAdapter, describeAdapter } from "../src/dawn.ts";
import { parseGpuCommandLine } from "../src/gpu-command-line.ts";
import { rateOf } from "../src/gpu-matmul.ts";

it("measures four training steps and five products by default", () => {
  const { tasks, ...rest } = parseGpuCommandLine([]);
  expect(tasks.map(({ name }) => name)).toEqual(["lstm S", "lstm M", "lstm O", "lstm L"]);
  expect(rest).toEqual({ sizes: [256, 512, 1024, 2048, 4096], seconds: 5, peak: undefined, software: false });
});

it("measures what is asked for", () => {
  const words = ["--software", "--tasks", "lstm M, lstm S", "--sizes", "64,100", "--seconds", "0.5", "--peak", "60"];
  const { tasks, ...rest } = parseGpuCommandLine(words);
  expect(tasks.map(({ name }) => name)).toEqual(["lstm M", "lstm S"]);
  expect(rest).toEqual({ sizes: [64, 100], seconds: 0.5, peak: 60, software: true });
});

it("measures nothing of what is left empty", () => {
  expect(parseGpuCommandLine(["--tasks", "", "--sizes", ""])).toMatchObject({ tasks: [], sizes: [] });
});

it.each([
  [["--tasks", "gru M"], "no such task: gru M; use lstm S, lstm M, lstm O, lstm L"],
  [["--sizes", "64,x"], "--sizes is not a positive number: x"],
  [["--sizes", "1.5"], "--sizes is not a positive number: 1.5"],
  [["--peak", "0"], "--peak is not a positive number: 0"],
  [["--seconds", "soon"], "--seconds is not a positive number: soon"],
  [["lstm"], "lstm"],
])("refuses %j", (words, message) => {
  expect(() => parseGpuCommandLine(words)).toThrow(message);
});

const info = {
  vendor: "nvidia",
  architecture: "ampere",
  device: "",
  description: "NVIDIA A10G",
  isFallbackAdapter: false,
};

it("refuses an adapter that computes on the CPU, unless it is wanted", () => {
  expect(describeAdapter(info)).toBe("nvidia ampere NVIDIA A10G");
  expect(() => checkAdapter(info, false)).not.toThrow();
  for (const software of [
    { ...info, isFallbackAdapter: true },
    { ...info, architecture: "swiftshader" },
    { ...info, description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
  ]) {
    expect(() => checkAdapter(software, false)).toThrow(`computes on the CPU (${describeAdapter(software)})`);
    expect(() => checkAdapter(software, true)).not.toThrow();
  }
});

it("gives rates, and their share of a peak that is known", () => {
  expect(rateOf(1000, 2, undefined)).toEqual({ rate: 1000, share: "–" });
  expect(rateOf(1000, 2, 10)).toEqual({ rate: 1000, share: "10.0 %" });
});
