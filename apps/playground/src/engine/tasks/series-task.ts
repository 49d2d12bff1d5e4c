/** Predicting a column of a table, row by row; each column shifted and scaled to mean 0 and deviation 1 over the rows trained on. */
import { TapegradError, type Tensor, tensor } from "tapegrad";
import type { Baseline } from "../protocol.ts";
import type { SeriesColumn, TaskSettings } from "../settings.ts";
import { type Batch, type Elements, longestPassage, type Passage, type Task } from "./task.ts";
import { type Windows, windowsOf } from "./windows.ts";

/** Tables of at least this many rows keep the last part for judging what was learned. */
const enoughToHoldOut = 40;
const heldOutShare = 0.2;
const fewestRows = 4;
/** Rows that are read before a passage, so that its state is that of a reader who knows what came before. */
const warmUp = 256;

type SeriesSettings = Extract<TaskSettings, { kind: "series" }>;

/** A column in the units in which it is learned. */
interface Scaled {
  readonly name: string;
  readonly mean: number;
  readonly deviation: number;
  readonly values: Float32Array;
}

export class SeriesTask implements Task {
  readonly input: Elements;
  readonly output: Elements;
  readonly batch: number;
  readonly window: number;
  readonly weights = undefined;
  readonly length: number;
  readonly heldOutFrom: number | undefined;
  readonly baselines: readonly Baseline[];
  readonly #read: readonly Scaled[];
  readonly #predicted: Scaled;
  readonly #ahead: 0 | 1;
  readonly #windows: Windows;

  /** `window` 0 chooses. @throws TapegradError for a table with nothing to predict, or columns that it lacks. */
  constructor({ columns, inputs, predicted, ahead }: SeriesSettings, window: number) {
    const named = (name: string) => {
      const column = columns.find((each) => each.name === name);
      if (column === undefined)
        throw refused(`there is no column ${JSON.stringify(name)}`, "choose one of the table's");
      return column;
    };
    if (inputs.length === 0) throw refused("nothing is read", "choose at least one column to read");
    if (ahead === 0 && inputs.includes(predicted))
      throw refused(
        `${predicted} would be read and predicted in the same row`,
        "predict the next row, or do not read it",
      );
    this.length = named(predicted).values.length;
    if (this.length < fewestRows) throw refused(`a table of ${this.length} rows`, `give at least ${fewestRows} rows`);
    this.heldOutFrom = this.length < enoughToHoldOut ? undefined : this.length - Math.floor(this.length * heldOutShare);
    this.#read = inputs.map((name) => scaled(named(name), this.heldOutFrom));
    this.#predicted = scaled(named(predicted), this.heldOutFrom);
    this.#ahead = ahead;
    if (this.#predicted.deviation === 0) throw refused(`${predicted} never changes`, "predict another column");
    this.#windows = windowsOf(
      Int32Array.from({ length: this.heldOutFrom ?? this.length }, (_, row) => row),
      window,
    );
    this.batch = this.#windows.batch;
    this.window = this.#windows.window;
    this.input = { kind: "numbers", names: inputs };
    this.output = { kind: "numbers", names: [predicted] };
    this.baselines = this.#simplePredictors();
  }

  at(step: number): Batch {
    const { inputs, first } = this.#windows.at(step);
    return { ...this.#rows(inputs, this.batch), fresh: first };
  }

  /** The last part as one sequence. */
  heldOut(): Batch | undefined {
    if (this.heldOutFrom === undefined) return undefined;
    return { ...this.#rows(range(this.heldOutFrom, this.length - this.#ahead), 1), fresh: true };
  }

  passage(position: number): Passage {
    const start = Math.floor(Math.min(position, this.length - 1) / longestPassage) * longestPassage;
    const rows = range(start, Math.min(this.length, start + longestPassage));
    const shown = this.#read.find(({ name }) => name === this.#predicted.name) ?? this.#read[0] ?? this.#predicted;
    const label = (values: Float32Array, row: number) => values[row]?.toFixed(2) ?? "";
    return {
      start,
      inputLabels: Array.from(rows, (row) => label(shown.values, row)),
      targetLabels: Array.from(rows, (row) => label(this.#predicted.values, row + this.#ahead)),
      ...this.#rows(rows, 1),
      before: start === 0 ? undefined : this.#rows(range(Math.max(0, start - warmUp), start), 1).inputs,
    };
  }

  /** Of the rows in order, `count` sequences: [count, time, column]. After the last row nothing is known: it stands for itself. */
  #rows(rows: Int32Array, count: number): { inputs: Tensor; targets: Tensor } {
    const time = rows.length / count;
    const inputs = new Float32Array(rows.length * this.#read.length);
    for (const [at, row] of rows.entries())
      for (const [column, { values }] of this.#read.entries())
        inputs[at * this.#read.length + column] = values[row] ?? 0;
    const targets = Float32Array.from(rows, (row) => this.#target(row));
    return {
      inputs: tensor(inputs, { shape: [count, time, this.#read.length] }),
      targets: tensor(targets, { shape: [count, time, 1] }),
    };
  }

  #target(row: number): number {
    return this.#predicted.values[Math.min(row + this.#ahead, this.length - 1)] ?? 0;
  }

  /** On the rows that are judged: always the mean, and for the next row the present one again. */
  #simplePredictors(): Baseline[] {
    const rows = range(this.heldOutFrom ?? 0, this.length - this.#ahead);
    const errorOf = (guess: (row: number) => number) =>
      rows.reduce((sum, row) => sum + (this.#target(row) - guess(row)) ** 2, 0) / rows.length;
    const mean = { name: "always the mean", loss: errorOf(() => 0) };
    return this.#ahead === 0
      ? [mean]
      : [mean, { name: "as before", loss: errorOf((row) => this.#predicted.values[row] ?? 0) }];
  }
}

function scaled({ name, values }: SeriesColumn, end: number | undefined): Scaled {
  const known = values.slice(0, end);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length);
  const unit = deviation === 0 ? 1 : deviation;
  return { name, mean, deviation, values: Float32Array.from(values, (value) => (value - mean) / unit) };
}

function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, at) => from + at);
}

function refused(problem: string, remedy: string): TapegradError {
  return new TapegradError("table", problem, remedy);
}
