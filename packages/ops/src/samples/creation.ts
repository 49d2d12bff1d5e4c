/** Samples of the primitives that make or convert values. */
import { apply } from "@tapegrad/core";
import { arange, cast, full, primitives } from "../index.ts";
import { bool, exact, int32, type Sample } from "./inputs.ts";

export const creationSamples = {
  cast: [
    {
      name: "to float64",
      inputs: [exact([0.5, -3, 1e-3, Infinity], { dtype: "float32" })],
      run: (x) => cast(x, "float64"),
      makes: ["float64"],
      gradients: [[1, 1, 1, 1]],
    },
    {
      name: "to float32 and back",
      inputs: [exact([0.5, 0.1, 1e300], { dtype: "float64" })],
      run: (x) => cast(cast(x, "float32"), "float64"),
      values: [0.5, Math.fround(0.1), Infinity],
      gradients: [[1, 1, 1]],
    },
    {
      name: "to int32: truncates and saturates",
      inputs: [exact([1.9, -1.9, 3e9, -3e9, NaN, Infinity, -Infinity])],
      run: (x) => cast(x, "int32"),
      values: [1, -1, 2 ** 31 - 1, -(2 ** 31), 0, 2 ** 31 - 1, -(2 ** 31)],
    },
    { name: "to bool", inputs: [exact([0, -0, 0.5, NaN])], run: (x) => cast(x, "bool"), values: [0, 0, 1, 1] },
    { name: "int32 to float", inputs: [int32([3, -7])], run: (x) => cast(x, "float32"), values: [3, -7] },
    { name: "int32 to bool", inputs: [int32([0, 256])], run: (x) => cast(x, "bool"), values: [0, 1] },
    { name: "bool to int32", inputs: [bool([0, 1])], run: (x) => cast(x, "int32"), values: [0, 1] },
    { name: "bool to float", inputs: [bool([0, 1])], run: (x) => cast(x, "float32"), values: [0, 1] },
  ],
  full: [
    { name: "[2,3] of 1/3", inputs: [], run: () => full([2, 3], 1 / 3) },
    { name: "rank 0", inputs: [], run: () => full([], -0.1) },
    { name: "nothing", inputs: [], run: () => full([0, 2], 1), values: [] },
    { name: "not finite", inputs: [], run: () => full([1], -Infinity), values: [-Infinity] },
    { name: "int32", inputs: [], run: () => full([2], -7, { dtype: "int32" }), values: [-7, -7] },
    { name: "bool: non-zero is true", inputs: [], run: () => full([2], 5, { dtype: "bool" }), values: [1, 1] },
  ],
  iota: [
    { name: "int32", inputs: [], run: () => arange(5), values: [0, 1, 2, 3, 4] },
    { name: "downwards", inputs: [], run: () => arange(3, -2, -2), values: [3, 1, -1] },
    { name: "fractions", inputs: [], run: () => arange(0, 1, 0.25), values: [0, 0.25, 0.5, 0.75] },
    { name: "nothing", inputs: [], run: () => arange(2, 1), values: [] },
  ],
  randomBits: [
    {
      name: "odd number of elements",
      inputs: [int32([1, 2, 3])],
      run: (state) => apply(primitives.randomBits, [state], { shape: [3, 3], bits: 31 }),
    },
    {
      name: "one bit each",
      inputs: [int32([-1, 7, 0])],
      run: (state) => apply(primitives.randomBits, [state], { shape: [64], bits: 1 }),
    },
    {
      name: "nothing",
      inputs: [int32([0, 0, 0])],
      run: (state) => apply(primitives.randomBits, [state], { shape: [0], bits: 24 }),
      values: [],
    },
    {
      name: "zero key, first block",
      inputs: [int32([0, 0, 0])],
      run: (state) => apply(primitives.randomBits, [state], { shape: [2], bits: 31 }),
      values: [0x6b200159 >>> 1, 0x99ba4efe >>> 1],
    },
  ],
} satisfies Record<string, readonly Sample[]>;
