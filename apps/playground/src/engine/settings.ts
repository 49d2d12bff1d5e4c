/** The settings of a run: plain data, for links, files and messages. The same settings train the same way. */
import type { ShapeName } from "./tasks/shapes.ts";

export const cellNames = ["RNN", "LSTM", "GRU", "GRU, reset before", "own"] as const;
/** "GRU" resets after the product with the hidden state (PyTorch's), "GRU, reset before" before it (Cho et al., 2014). */
export type CellName = (typeof cellNames)[number];

/** What the network is to learn, and on which data. */
export type TaskSettings =
  | {
      /** Predict the next character of `text`. */
      readonly kind: "text";
      readonly text: string;
      /** The characters by token, where a model was opened that knows others than the text has; those of the text by default. */
      readonly vocabulary?: readonly string[];
    }
  | {
      /** Add the two marked numbers of a sequence. */
      readonly kind: "adding";
      /** Time steps of a sequence. */
      readonly length: number;
    }
  | {
      /** Predict a column of a table of numbers from columns of it. */
      readonly kind: "series";
      readonly columns: readonly SeriesColumn[];
      /** Names of the columns that are read. */
      readonly inputs: readonly string[];
      /** The name of the one that is predicted. */
      readonly predicted: string;
      /** How many rows ahead: the next row, or the one that is read. */
      readonly ahead: 0 | 1;
    }
  | {
      /** One of the five shapes of sequence problems, on data of its own. */
      readonly kind: "shape";
      readonly shape: ShapeName;
    };

/** How the model differs from those that are made here. */
export interface Architecture {
  /** Numbers per token, or 0 where tokens are read one-hot; by default as many as a layer has units. */
  readonly embedding?: number;
}

/** Where the weights at step 0 come from: a model that this page brings along, or a file of the visitor's. */
export type WeightsOrigin =
  | { readonly kind: "pretrained"; readonly name: string }
  | { readonly kind: "file"; readonly name: string };

export interface SeriesColumn {
  readonly name: string;
  /** One per row, which is one per time step. */
  readonly values: readonly number[];
}

export interface RunSettings {
  readonly task: TaskSettings;
  readonly cell: CellName;
  /** The source of the cell, where `cell` is "own"; without it, that of the first template. */
  readonly cellSource?: string;
  readonly layers: number;
  /** Units of each layer. */
  readonly hidden: number;
  readonly architecture?: Architecture;
  /** By default the seed's. */
  readonly weights?: WeightsOrigin;
  readonly learningRate: number;
  /** Longer gradients (Euclidean norm over all Parameters) are scaled down to this; 0 clips nothing. */
  readonly clip: number;
  /** Time steps that the gradient flows back through; 0 lets the task choose. */
  readonly window: number;
  /** Of the initial weights, the data where they are made, and samples. */
  readonly seed: number;
}

export const defaultSettings: RunSettings = {
  task: { kind: "text", text: "hello" },
  cell: "LSTM",
  layers: 1,
  hidden: 16,
  learningRate: 0.01,
  clip: 5,
  window: 0,
  seed: 1,
};
