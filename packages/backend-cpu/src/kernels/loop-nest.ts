/**
 * The strided loop that broadcasting, movement and reductions share. Axes that every operand reads contiguously are merged
 * first, so that the innermost run, for which kernels have their own code, is as long as possible.
 */
import type { Shape } from "@tapegrad/core";

/** Called once per innermost run: an offset per operand, its innermost stride, and the run's length. */
export type Run = (offsets: readonly number[], strides: readonly number[], length: number) => void;

export function loopNest(shape: Shape, operandStrides: readonly (readonly number[])[], run: Run): void {
  const { lengths, strides } = mergeAxes(shape, operandStrides);
  const length = lengths.pop() ?? 1;
  const innermost = strides.map((stride) => stride.pop() ?? 0);
  const outer = lengths.reduce((a, b) => a * b, 1);
  if (outer === 0 || length === 0) return;
  const offsets = strides.map(() => 0);
  const index = lengths.map(() => 0);
  for (let count = 0; ; ) {
    run(offsets, innermost, length);
    if (++count === outer) return;
    for (let axis = lengths.length - 1; axis >= 0; axis--) {
      const next = (index[axis]! + 1) % lengths[axis]!;
      const moved = next - index[axis]!;
      for (let k = 0; k < offsets.length; k++) offsets[k]! += moved * strides[k]![axis]!;
      index[axis] = next;
      if (next !== 0) break;
    }
  }
}

function mergeAxes(
  shape: Shape,
  operandStrides: readonly (readonly number[])[],
): { lengths: number[]; strides: number[][] } {
  const lengths: number[] = [];
  const strides = operandStrides.map((): number[] => []);
  shape.forEach((length, axis) => {
    if (length === 1) return;
    const mergeable =
      lengths.length > 0 && operandStrides.every((stride, k) => strides[k]!.at(-1) === stride[axis]! * length);
    if (mergeable) lengths[lengths.length - 1]! *= length;
    else lengths.push(length);
    operandStrides.forEach((stride, k) => {
      if (mergeable) strides[k]![lengths.length - 1] = stride[axis]!;
      else strides[k]!.push(stride[axis]!);
    });
  });
  return { lengths, strides };
}
