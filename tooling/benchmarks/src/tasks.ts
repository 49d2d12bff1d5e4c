/** The tasks of the benchmarks: a table of sizes, each with any of the recurrent cells and either kind of input. */

/** The library's own layers. */
export type LayerName = "lstm" | "gru" | "rnn";
/** Cells that a user writes, run by `Recurrent`; `random 3` is drawn from the seed 3. */
export type WrittenCellName = "textbook lstm" | "layer-normalised lstm" | `random ${number}`;
export type CellName = LayerName | WrittenCellName;

/** Tokens pass an embedding V×H first; dense inputs are [batch, time, H] as they are. */
export type InputKind = "tokens" | "dense";

export interface Size {
  readonly batch: number;
  readonly time: number;
  readonly vocabulary: number;
  readonly hidden: number;
}

export const sizes = {
  S: { batch: 1, time: 32, vocabulary: 32, hidden: 64 },
  M: { batch: 32, time: 64, vocabulary: 64, hidden: 128 },
  O: { batch: 24, time: 50, vocabulary: 67, hidden: 150 },
  L: { batch: 64, time: 64, vocabulary: 64, hidden: 512 },
} satisfies Record<string, Size>;

export type SizeName = keyof typeof sizes;

export interface Task extends Size {
  readonly name: string;
  readonly cell: CellName;
  readonly input: InputKind;
}

export function taskOf(cell: CellName, size: SizeName, input: InputKind = "tokens"): Task {
  return { name: `${cell} ${size}${input === "dense" ? " dense" : ""}`, cell, input, ...sizes[size] };
}

export const generatedCells = Array.from({ length: 10 }, (_, index) => `random ${index + 1}` as const);

/** In the order of the report. */
export const writtenCellTasks: readonly Task[] = (
  ["textbook lstm", "layer-normalised lstm", ...generatedCells] as const
).map((cell) => taskOf(cell, "M"));

/** In the order of the report. Dense inputs show a step in which the embedding's few rows save nothing. */
export const tasks: readonly Task[] = [
  ...(["S", "M", "O", "L"] as const).map((size) => taskOf("lstm", size)),
  ...(["M", "O", "L"] as const).map((size) => taskOf("lstm", size, "dense")),
  ...(["gru", "rnn"] as const).flatMap((cell) => (["S", "M", "O"] as const).map((size) => taskOf(cell, size))),
];
