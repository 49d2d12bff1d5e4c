/** Matrix multiplication over the last two axes; batch axes in front broadcast. Either operand may be read transposed. */
import {
  apply,
  broadcastShapes,
  formatShape,
  type OpDefinition,
  ShapeError,
  type Tensor,
  type TensorType,
} from "@tapegrad/core";
import { defined, optionsOf } from "@tapegrad/core/internal";
import { operands, type TensorLike } from "../operands.ts";
import { expandDims, reshape, squeeze, sumTo } from "../reductions/sum-and-broadcast.ts";

/** Reading an operand transposed costs nothing in a kernel that packs, so the derivatives need no transposed copies. */
export interface MatmulAttributes {
  readonly transposeLeft: boolean;
  readonly transposeRight: boolean;
}

export const matmulOp: OpDefinition<MatmulAttributes> = {
  name: "matmul",
  type: ([a, b], attributes) => matmulType(defined(a, "left"), defined(b, "right"), attributes),
  derivative: {
    kind: "multilinear",
    saves: [0, 1],
    // With A, B as read: Ā = G·Bᵀ, B̄ = Aᵀ·G; an operand that was read transposed gets the transpose of that.
    transpose: (g, { input, inputTypes, attributes: { transposeLeft, transposeRight } }, index) => {
      const cotangent =
        index === 0
          ? transposeLeft
            ? product(input(1), g, transposeRight, true)
            : product(g, input(1), false, !transposeRight)
          : transposeRight
            ? product(g, input(0), true, transposeLeft)
            : product(input(0), g, !transposeLeft, false);
      return sumTo(cotangent, defined(inputTypes[index], "operand").shape);
    },
  },
  batching: { kind: "pointwise" },
  // K products are summed in float32: the error grows as √K of one rounding, and K is in the hundreds.
  tolerance: 32,
};

function product(a: Tensor, b: Tensor, transposeLeft: boolean, transposeRight: boolean): Tensor {
  return apply(matmulOp, [a, b], { transposeLeft, transposeRight });
}

function matmulType(a: TensorType, b: TensorType, { transposeLeft, transposeRight }: MatmulAttributes): TensorType {
  const [rows, inner] = matrixShape(a, transposeLeft);
  const [other, columns] = matrixShape(b, transposeRight);
  if (inner !== other) {
    const shapes = `${formatShape(a.shape)}${transposeLeft ? "ᵀ" : ""} × ${formatShape(b.shape)}${transposeRight ? "ᵀ" : ""}`;
    throw new ShapeError(
      "matmul",
      `inner dimensions differ: ${shapes} (${inner} ≠ ${other})`,
      "transpose the right operand?",
    );
  }
  const batch = broadcastShapes("matmul", [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return { shape: [...batch, rows, columns], dtype: a.dtype };
}

function matrixShape({ shape }: TensorType, transposed: boolean): [rows: number, columns: number] {
  const [rows, columns] = [shape.at(-2) ?? 1, shape.at(-1) ?? 1];
  return transposed ? [columns, rows] : [rows, columns];
}

/** Operands that are read transposed, which costs nothing. */
export interface MatmulOptions {
  readonly transposeLeft?: boolean | undefined;
  readonly transposeRight?: boolean | undefined;
}

const matmulOptions = { transposeLeft: true, transposeRight: true } as const;

/**
 * `a · b` over the last two axes, batch axes broadcasting; a vector counts as a row on the left, a column on the right.
 * Integers are multiplied in the default float dtype.
 * @throws ShapeError when the inner dimensions differ or an operand is a scalar.
 * @pytorch torch.matmul
 * @example
 * import { matmul, ones, tensor } from "tapegrad";
 * console.log(matmul(tensor([[1, 2], [3, 4]]), tensor([10, 1]))); // → Tensor(float32 [2]) [12, 34]
 * console.log(matmul(ones([8, 1, 2, 3]), ones([5, 3, 4])).shape); // → [ 8, 5, 2, 4 ]
 */
export function matmul(a: TensorLike, b: TensorLike, options: MatmulOptions = {}): Tensor {
  const { transposeLeft = false, transposeRight = false } = optionsOf("matmul", options, matmulOptions);
  const [x, y] = operands("matmul", [a, b], "floating");
  const [left, right] = [defined(x, "left"), defined(y, "right")];
  if (left.rank === 0 || right.rank === 0) {
    throw new ShapeError(
      "matmul",
      `a scalar is no matrix: ${formatShape(left.shape)} × ${formatShape(right.shape)}`,
      "use mul",
    );
  }
  if (left.rank === 1) {
    const row = matmul(expandDims(left, { axis: 0 }), right, { transposeRight });
    return squeeze(row, { axis: right.rank === 1 ? -1 : -2 });
  }
  if (right.rank === 1) return squeeze(matmul(left, expandDims(right, { axis: 1 }), { transposeLeft }), { axis: -1 });
  if (left.rank > 2 && right.rank === 2 && !transposeLeft) {
    // One matrix for every batch entry: the batch axes are rows, and the right operand's cotangent is one product.
    const { shape } = matmulOp.type([left, right], { transposeLeft, transposeRight });
    const rows = reshape(left, [left.shape.slice(0, -1).reduce((m, n) => m * n, 1), left.shape.at(-1) ?? 0]);
    return reshape(product(rows, right, false, transposeRight), shape);
  }
  return product(left, right, transposeLeft, transposeRight);
}
