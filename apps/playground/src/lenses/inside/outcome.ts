/** The network's answer at a step, beside the target. */
import { visible } from "../../components/visible.ts";
import type { Elements } from "../../engine/tasks/task.ts";

export interface Outcome {
  /** The likeliest token, or the first number. */
  readonly says: string;
  /** How likely it is; 1 for numbers. */
  readonly probability: number;
  /** What should be said; empty where nobody knows. */
  readonly wanted: string;
  /** Bits, or the squared error; undefined where nothing is wanted. */
  readonly loss: number | undefined;
}

export function outcomeAt(outputs: ArrayLike<number>, time: number, target: string, output: Elements): Outcome {
  const width = output.kind === "tokens" ? output.vocabulary.length : output.names.length;
  const row = Array.from({ length: width }, (_, index) => outputs[time * width + index] ?? Number.NaN);
  const wanted = visible(target);
  if (output.kind === "numbers") {
    const [first = Number.NaN] = row;
    return {
      says: first.toFixed(2),
      probability: 1,
      wanted,
      loss: target === "" ? undefined : (first - Number(target)) ** 2,
    };
  }
  const probability = Math.max(...row);
  const says = visible(output.vocabulary[row.indexOf(probability)] ?? "");
  const right = row[output.vocabulary.indexOf(target)];
  return { says, probability, wanted, loss: right === undefined ? undefined : -Math.log2(right) };
}

/** As it is drawn in a box. */
export function percent(probability: number): string {
  return `${Math.round(100 * probability)} %`;
}
