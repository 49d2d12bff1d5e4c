import { matmul } from "../index.ts";
import { normal, type Sample } from "./inputs.ts";

export const productSamples = {
  matmul: [
    { name: "[2,3] × [3,4]", inputs: [normal([2, 3]), normal([3, 4])], run: (a, b) => matmul(a, b) },
    {
      name: "left transposed",
      inputs: [normal([3, 2]), normal([3, 4])],
      run: (a, b) => matmul(a, b, { transposeLeft: true }),
    },
    {
      name: "right transposed",
      inputs: [normal([2, 3]), normal([4, 3])],
      run: (a, b) => matmul(a, b, { transposeRight: true }),
    },
    {
      name: "both transposed",
      inputs: [normal([3, 2]), normal([4, 3])],
      run: (a, b) => matmul(a, b, { transposeLeft: true, transposeRight: true }),
    },
    { name: "vector × matrix", inputs: [normal([3]), normal([3, 2])], run: (a, b) => matmul(a, b) },
    { name: "matrix × vector", inputs: [normal([2, 3]), normal([3])], run: (a, b) => matmul(a, b) },
    { name: "vector × vector", inputs: [normal([3]), normal([3])], run: (a, b) => matmul(a, b) },
    { name: "vector × batch", inputs: [normal([3]), normal([2, 3, 2])], run: (a, b) => matmul(a, b) },
    { name: "batch × matrix", inputs: [normal([2, 4, 3]), normal([3, 5])], run: (a, b) => matmul(a, b) },
    {
      name: "batch, transposed × matrix",
      inputs: [normal([2, 3, 4]), normal([3, 5])],
      run: (a, b) => matmul(a, b, { transposeLeft: true }),
    },
    {
      name: "batch × matrix, transposed",
      inputs: [normal([2, 4, 3]), normal([5, 3])],
      run: (a, b) => matmul(a, b, { transposeRight: true }),
    },
    { name: "batches broadcast", inputs: [normal([2, 1, 2, 3]), normal([4, 3, 2])], run: (a, b) => matmul(a, b) },
    {
      name: "batches broadcast, both transposed",
      inputs: [normal([1, 3, 2]), normal([4, 5, 3])],
      run: (a, b) => matmul(a, b, { transposeLeft: true, transposeRight: true }),
    },
    { name: "larger than a tile", inputs: [normal([9, 7]), normal([7, 6])], run: (a, b) => matmul(a, b) },
    {
      name: "nothing inside",
      inputs: [normal([2, 0]), normal([0, 3])],
      run: (a, b) => matmul(a, b),
      values: [0, 0, 0, 0, 0, 0],
    },
    { name: "no rows", inputs: [normal([0, 3]), normal([3, 2])], run: (a, b) => matmul(a, b), values: [] },
    { name: "no batch", inputs: [normal([0, 2, 3]), normal([3, 2])], run: (a, b) => matmul(a, b), values: [] },
    { name: "with itself", inputs: [normal([3, 3])], run: (x) => matmul(x, x, { transposeRight: true }) },
  ],
} satisfies Record<string, readonly Sample[]>;
