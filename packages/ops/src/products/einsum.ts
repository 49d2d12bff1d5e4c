/** Sums of products by index letters, as transposes, reshapes and one matmul per pair of operands. */
import { formatShape, isFloat, promote, ShapeError, type Tensor } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { mul } from "../elementwise/arithmetic.ts";
import { slice, transpose } from "../movement/movement.ts";
import { asTensor, type TensorLike } from "../operands.ts";
import { broadcastTo, reshape, sum } from "../reductions/sum-and-broadcast.ts";
import { matmul } from "./matmul.ts";

/** A tensor with a letter for each axis, no letter twice. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/**
 * NumPy's einsum: `einsum("bij,bjk->bik", a, b)`. A letter names an axis; letters not behind the arrow are summed over; a
 * letter twice in one operand takes the diagonal; `...` stands for further leading axes, which broadcast. Without an arrow
 * the result has the letters that occur once, in alphabetical order. Integers stay integers.
 * @throws ShapeError when the equation does not fit the operands.
 * @pytorch torch.einsum
 * @example
 * import { einsum, ones, tensor } from "tapegrad";
 * const [a, b] = [ones([4, 2, 3]), ones([4, 3, 5])];
 * console.log(einsum("bij,bjk->bik", a, b).shape); // → [ 4, 2, 5 ]
 * console.log(einsum("ii->", tensor([[1, 2], [3, 4]]))); // the trace
 * // → Tensor(float32 []) 5
 */
export function einsum(equation: string, ...operands: readonly TensorLike[]): Tensor {
  if (typeof equation !== "string")
    throw new ShapeError("einsum", "the first argument is not an equation", 'write it as "ij,jk->ik"');
  const { inputs, output } = parse(equation, operands.map(asTensor));
  const counts = (label: string, from: number) => inputs.slice(from).some(({ labels }) => labels.includes(label));
  const [first, ...rest] = inputs.map((input) => diagonal(input));
  let result = defined(first, "operand");
  for (const [i, next] of rest.entries()) {
    // Whatever no later operand and not the output asks for can be summed now.
    const kept = (label: string) => output.includes(label) || counts(label, i + 2);
    result = contract(result, next, kept);
  }
  return arrange(
    sumAway(result, (label) => output.includes(label)),
    output,
  );
}

function parse(equation: string, tensors: readonly Tensor[]): { inputs: Labelled[]; output: string[] } {
  const [left = "", right, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more.length > 0 || terms.length !== tensors.length || ![...terms, right ?? ""].every(isTerm)) {
    throw new ShapeError(
      "einsum",
      `the equation does not fit ${tensors.length} operands: ${equation}`,
      'write it as "ij,jk->ik"',
    );
  }
  const ellipsis = Math.max(
    0,
    ...terms.map((term, i) => (term.includes("...") ? (tensors[i]?.rank ?? 0) - term.length + 3 : 0)),
  );
  // Leading axes are numbered from the right, so that operands of different rank share them.
  const leading = Array.from({ length: ellipsis }, (_, i) => String(ellipsis - 1 - i));
  const expand = (term: string, rank: number) => {
    const [before = "", after] = term.split("...");
    return after === undefined
      ? [...before]
      : [...before, ...leading.slice(ellipsis - (rank - term.length + 3)), ...after];
  };
  const inputs = tensors.map((tensor, i) => ({ tensor, labels: expand(terms[i] ?? "", tensor.rank) }));
  const lengths = checkLengths(equation, inputs);
  const all = inputs.flatMap(({ labels }) => labels);
  const once = [...new Set(all)].filter(
    (label) => !leading.includes(label) && all.indexOf(label) === all.lastIndexOf(label),
  );
  const output = right === undefined ? [...leading, ...once.sort()] : expand(right, ellipsis + right.length - 3);
  const unknown = output.find((label) => !all.includes(label));
  if (unknown !== undefined || new Set(output).size !== output.length) {
    throw new ShapeError("einsum", `the result's letters are not distinct letters of the operands: ${equation}`);
  }
  return { inputs: inputs.map((input) => inFull(input, output, lengths)), output };
}

/** Letters, with at most one ellipsis among them. */
function isTerm(term: string): boolean {
  return /^[A-Za-z]*(\.\.\.[A-Za-z]*)?$/.test(term);
}

/** The length of each axis by its letter. */
function checkLengths(equation: string, inputs: readonly Labelled[]): ReadonlyMap<string, number> {
  const lengths = new Map<string, number>();
  for (const { tensor, labels } of inputs) {
    if (labels.length !== tensor.rank) {
      throw new ShapeError(
        "einsum",
        `${equation} names ${labels.length} axes: ${formatShape(tensor.shape)} (${labels.length} ≠ ${tensor.rank})`,
      );
    }
    for (const [axis, label] of labels.entries()) {
      const length = tensor.shape[axis] ?? 1;
      const known = lengths.get(label) ?? length;
      // Only the axes of an ellipsis, which are numbered, broadcast.
      if (known !== length && !(/\d/.test(label) && Math.min(known, length) === 1)) {
        throw new ShapeError(
          "einsum",
          `axis ${label} of ${equation} has two lengths: ${inputs.map((input) => formatShape(input.tensor.shape)).join(" and ")} (${known} ≠ ${length})`,
        );
      }
      lengths.set(label, known === 1 ? length : known);
    }
  }
  return lengths;
}

/** What broadcasts and is summed must be there in full; what is kept broadcasts by itself. */
function inFull(
  { tensor, labels }: Labelled,
  output: readonly string[],
  lengths: ReadonlyMap<string, number>,
): Labelled {
  const shape = tensor.shape.map((length, axis) => {
    const label = labels[axis] ?? "";
    return output.includes(label) ? length : (lengths.get(label) ?? length);
  });
  return { tensor: broadcastTo(tensor, shape), labels };
}

/** A letter twice: every (n + 1)-th element of the two axes seen as one. */
function diagonal({ tensor, labels }: Labelled): Labelled {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) !== axis);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second] ?? "");
  const others = labels.map((_, axis) => axis).filter((axis) => axis !== first && axis !== second);
  const size = tensor.shape[first] ?? 0;
  const rest = others.map((axis) => tensor.shape[axis] ?? 0);
  const flat = reshape(transpose(tensor, [first, second, ...others]), [size * size, ...rest]);
  const picked = slice(flat, [0], [], [size + 1]);
  return diagonal({ tensor: picked, labels: [first, ...others].map((axis) => labels[axis] ?? "") });
}

/** The product of two operands, summed over the letters that are not kept. */
function contract(a: Labelled, b: Labelled, kept: (label: string) => boolean): Labelled {
  const left = sumAway(a, (label) => kept(label) || b.labels.includes(label));
  const right = sumAway(b, (label) => kept(label) || left.labels.includes(label));
  const shared = left.labels.filter((label) => right.labels.includes(label));
  const summed = shared.filter((label) => !kept(label));
  const batch = shared.filter(kept);
  const rows = left.labels.filter((label) => !shared.includes(label));
  const columns = right.labels.filter((label) => !shared.includes(label));
  if (summed.length === 0) {
    const labels = [...batch, ...rows, ...columns];
    return { tensor: mul(alignedTo(left, labels), alignedTo(right, labels)), labels };
  }
  const all = [...batch, ...rows, ...columns, ...summed];
  if (!isFloat(promote(left.tensor.dtype, right.tensor.dtype))) {
    // Products of integers are exact one by one; as floats they would be rounded.
    const products = { tensor: mul(alignedTo(left, all), alignedTo(right, all)), labels: all };
    return sumAway(products, (label) => !summed.includes(label));
  }
  const x = arrange(left, [...batch, ...rows, ...summed]);
  const y = arrange(right, [...batch, ...columns, ...summed]);
  const [m, n] = [
    x.shape.slice(batch.length, batch.length + rows.length),
    y.shape.slice(batch.length, batch.length + columns.length),
  ];
  const inner = (t: Tensor) => t.shape.slice(t.rank - summed.length).reduce((p, q) => p * q, 1);
  const matrix = (t: Tensor, lines: readonly number[]) =>
    reshape(t, [...t.shape.slice(0, batch.length), lines.reduce((p, q) => p * q, 1), inner(t)]);
  const product = matmul(matrix(x, m), matrix(y, n), { transposeRight: true });
  return {
    tensor: reshape(product, [...product.shape.slice(0, -2), ...m, ...n]),
    labels: [...batch, ...rows, ...columns],
  };
}

function sumAway({ tensor, labels }: Labelled, kept: (label: string) => boolean): Labelled {
  const axis = labels.flatMap((label, i) => (kept(label) ? [] : [i]));
  return axis.length === 0 ? { tensor, labels } : { tensor: sum(tensor, { axis }), labels: labels.filter(kept) };
}

/** The axes in the order of `labels`, all of which are there. */
function arrange({ tensor, labels: own }: Labelled, labels: readonly string[]): Tensor {
  return labels.every((label, axis) => own[axis] === label)
    ? tensor
    : transpose(
        tensor,
        labels.map((label) => own.indexOf(label)),
      );
}

/** The axes in the order of `labels`, with length 1 where one is missing. */
function alignedTo(value: Labelled, labels: readonly string[]): Tensor {
  const present = labels.filter((label) => value.labels.includes(label));
  const arranged = arrange(value, present);
  return reshape(
    arranged,
    labels.map((label) => (present.includes(label) ? (arranged.shape[present.indexOf(label)] ?? 1) : 1)),
  );
}
