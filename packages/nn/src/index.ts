export { Parameter } from "@tapegrad/core";
export {
  type Cell,
  type CellOptions,
  GRUCell,
  type GRUCellOptions,
  type HiddenState,
  LSTMCell,
  type LSTMState,
  RNNCell,
  type RNNCellOptions,
} from "./cells.ts";
export { Dropout } from "./dropout.ts";
export { Embedding } from "./embedding.ts";
export type { GeneratorOptions } from "./initialization.ts";
export { GRU, LSTM, type RecurrentLayer, type RecurrentLayerOptions, RNN } from "./layers.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { type CrossEntropyOptions, crossEntropy, type LossOptions, mseLoss, type Reduction } from "./losses.ts";
export { Module } from "./module.ts";
export { Recurrent, type RecurrentOptions } from "./recurrent.ts";
export { type SampleOptions, sample } from "./sample.ts";
