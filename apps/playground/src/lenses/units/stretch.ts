/** The part of a run's data that units are judged on, laid out as rows that can be read side by side. */
import { type Tensor, tensor } from "tapegrad";
import type { Session } from "../../engine/session.ts";
import { TextTask } from "../../engine/tasks/text-task.ts";
import { reach } from "./sizes.ts";

/** Characters of a row, and those read before them so that the state is that of a reader who knows what came before. */
const rowLength = 512;
const warmUp = 192;
/** A row of `inputs` that tells of the elements from `from` to `to`, the first of which is its element number `skip`. */
interface Row {
  readonly from: number;
  readonly to: number;
  readonly skip: number;
}

export interface Stretch {
  /** The position of its first element in the data. */
  readonly start: number;
  readonly labels: readonly string[];
  /** What should be predicted at each element; empty where nothing counts. */
  readonly targetLabels: readonly string[];
  /** [row, time] or [row, time, feature]. */
  readonly inputs: Tensor;
  readonly targets: Tensor;
  /** Read before all rows, where the data say so. */
  readonly before: Tensor | undefined;
  readonly rows: readonly Row[];
}

/** Around `position`: `longest` elements of a text, or the passage of another task. */
export function stretchAt({ task }: Session, position: number, longest = reach): Stretch {
  if (!(task instanceof TextTask)) {
    const { start, inputLabels, targetLabels, inputs, targets, before } = task.passage(position);
    const rows = [{ from: 0, to: inputLabels.length, skip: 0 }];
    return { start, labels: inputLabels, targetLabels, inputs, targets, before, rows };
  }
  const { tokens, vocabulary } = task;
  const start = Math.floor(Math.min(position, tokens.length - 1) / longest) * longest;
  const end = Math.min(tokens.length, start + longest);
  const first = Math.max(0, start - warmUp);
  const time = Math.min(end - first, rowLength + warmUp);
  const rows: Row[] = [];
  const inputs: number[] = [];
  const targets: number[] = [];
  for (let from = start; from < end; from += rowLength) {
    const begin = Math.max(first, Math.min(from - warmUp, end - time));
    rows.push({ from: from - start, to: Math.min(from + rowLength, end) - start, skip: from - begin });
    for (let at = begin; at < begin + time; at++) {
      inputs.push(tokens[at] ?? 0);
      targets.push(tokens[at + 1] ?? tokens[at] ?? 0);
    }
  }
  const label = (at: number) => vocabulary.characters[tokens[at] ?? -1] ?? "";
  const positions = Array.from({ length: end - start }, (_, at) => start + at);
  return {
    start,
    labels: positions.map(label),
    targetLabels: positions.map((at) => (at + 1 < tokens.length ? label(at + 1) : "")),
    inputs: tensor(Int32Array.from(inputs), { shape: [rows.length, time] }),
    targets: tensor(Int32Array.from(targets), { shape: [rows.length, time] }),
    before: undefined,
    rows,
  };
}
