/** Everything that runs over sequences, as one list, so that a law is tested on all of it. */
import type { Tensor } from "@tapegrad/core";
import {
  Bidirectional,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  type Module,
  type ModuleCell,
  Recurrent,
  type RecurrentLayerOptions,
  ResidualCell,
  RNN,
  type SequenceOptions,
  StackedCell,
  type UnrollOptions,
  ZoneoutCell,
} from "@tapegrad/nn";
import { Generator } from "@tapegrad/ops";
import { ofGatedCells } from "./gated-cells.ts";

/** A module of sequences, whatever its state. */
export interface SequenceModule extends Module {
  forward(x: Tensor, options?: SequenceOptions<unknown>): { output: Tensor; state: unknown };
}

export interface SequenceCase {
  readonly name: string;
  /** Along which axis of its state the batch is. */
  readonly batchAxis: 0 | 1;
  make(options?: UnrollOptions): SequenceModule;
}

/** The features that all of them read. */
export const input = 3;
const hidden = 4;

const deep: RecurrentLayerOptions = { layers: 2, bidirectional: true };

const layers: readonly SequenceCase[] = [
  layerCase("RNN", (options) => new RNN(input, hidden, options)),
  layerCase("RNN with relu", (options) => new RNN(input, hidden, { ...options, nonlinearity: "relu" })),
  layerCase("LSTM", (options) => new LSTM(input, hidden, options)),
  layerCase("LSTM with projection", (options) => new LSTM(input, hidden, { ...options, projSize: 2 })),
  layerCase("GRU", (options) => new GRU(input, hidden, options)),
  layerCase("GRU, reset before", (options) => new GRU(input, hidden, { ...options, resetAfter: false })),
].flat();

function layerCase(name: string, make: (options: RecurrentLayerOptions) => SequenceModule): SequenceCase[] {
  const seeded = (options: RecurrentLayerOptions) => make({ ...options, generator: new Generator(31) });
  return [
    { name, batchAxis: 1, make: (options) => seeded({ ...options }) },
    {
      name: `${name}, two layers in both directions`,
      batchAxis: 1,
      make: (options) => seeded({ ...deep, ...options }),
    },
  ];
}

/** A cell of each kind, without chance. */
export const cellCases: Readonly<Record<string, (generator: Generator) => ModuleCell<unknown>>> = {
  ...ofGatedCells((Cell) => (generator: Generator) => new Cell(input, hidden, { generator })),
  "LSTMCell with projection": (generator: Generator) => new LSTMCell(input, hidden, { projSize: 2, generator }),
  "ZoneoutCell in evaluation": (generator: Generator) =>
    new ZoneoutCell(new LSTMCell(input, hidden, { generator }), { h: 0.2, c: 0.4 }).eval(),
  ResidualCell: (generator: Generator) => new ResidualCell(new GRUCell(input, input, { generator })),
  StackedCell: (generator: Generator) =>
    new StackedCell([new LSTMCell(input, hidden, { generator }), new GRUCell(hidden, 2, { generator })]),
};

const recurrent: readonly SequenceCase[] = Object.entries(cellCases).flatMap(([name, make]) =>
  [false, true].map((reverse) => ({
    name: `Recurrent ${name}${reverse ? ", backwards" : ""}`,
    batchAxis: 0 as const,
    make: (options) => new Recurrent(make(new Generator(32)), { reverse, ...options }),
  })),
);

const bidirectional: readonly SequenceCase[] = (["concat", "sum", "mean", "mul"] as const).map((merge) => ({
  name: `Bidirectional, ${merge}`,
  batchAxis: 0,
  make: (options) => {
    const generator = new Generator(33);
    const forwards = new LSTMCell(input, hidden, { generator });
    return new Bidirectional<unknown>(forwards, new GRUCell(input, hidden, { generator }), { merge, ...options });
  },
}));

export const sequenceCases: readonly SequenceCase[] = [...layers, ...recurrent, ...bidirectional];
