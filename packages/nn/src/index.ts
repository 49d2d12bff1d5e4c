export { Parameter } from "@tapegrad/core";
export {
  AdditiveAttention,
  type Attended,
  Attention,
  type AttentionInputs,
  BilinearAttention,
  DotProductAttention,
  type DotProductAttentionOptions,
} from "./attention.ts";
export {
  Bidirectional,
  type BidirectionalOptions,
  type BidirectionalState,
  type Merge,
} from "./bidirectional.ts";
export {
  bptt,
  type OverTimeOptions,
  overTime,
  type Stretch,
  type TruncatedBpttOptions,
  truncatedBptt,
} from "./bptt.ts";
export type { Callable } from "./callable.ts";
export type { Cell, HiddenState, LSTMState, ModuleCell, StepResult } from "./cell.ts";
export { LayerNormLSTMCell, MinimalGRUCell, PeepholeLSTMCell } from "./cell-variants.ts";
export { ResidualCell, VariationalDropoutCell, type VariationalState, ZoneoutCell } from "./cell-wrappers.ts";
export { GRUCell, type GRUCellOptions, LSTMCell, type LSTMCellOptions, RNNCell, type RNNCellOptions } from "./cells.ts";
export type { BatchAxes } from "./decoding/batch-axes.ts";
export { type BeamSearchOptions, type BeamSearchResult, beamSearch } from "./decoding/beam-search.ts";
export { type GenerateOptions, generate } from "./decoding/generate.ts";
export type { Decoder, DecodingStep } from "./decoding/step.ts";
export { type TeacherForcingOptions, teacherForcing } from "./decoding/teacher-forcing.ts";
export { Dropout, VariationalDropout, type VariationalDropoutOptions } from "./dropout.ts";
export { Embedding, type EmbeddingOptions } from "./embedding.ts";
export type { CellOptions } from "./gated-cell.ts";
export {
  type GradientFlow,
  type GradientFlowOptions,
  gradientFlow,
  type Model,
  type StateFlow,
} from "./gradient-flow.ts";
export type { GeneratorOptions } from "./initialization.ts";
export {
  forgetGateBias,
  type GainOptions,
  type HeOptions,
  heNormal,
  heUniform,
  type Initializer,
  type InitializerChoice,
  initialize,
  orthogonal,
  perGate,
  pytorchUniform,
  xavierNormal,
  xavierUniform,
} from "./initializers.ts";
export { LayerNorm, type LayerNormOptions } from "./layer-norm.ts";
export { GRU, LSTM, RNN } from "./layers.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export {
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  type HuberOptions,
  huberLoss,
  type LossOptions,
  mseLoss,
  type Reduction,
} from "./losses.ts";
export type { Lengths, SequenceOptions } from "./marks.ts";
export { Module } from "./module.ts";
export { Recurrent, type RecurrentOptions, type UnrollOptions } from "./recurrent.ts";
export type { RecurrentLayer, RecurrentLayerOptions } from "./recurrent-layer.ts";
export { type SampleOptions, sample } from "./sample.ts";
export { type Layer, Sequential } from "./sequential.ts";
export { StackedCell } from "./stacked-cell.ts";
export type { StateJacobians } from "./state-jacobians.ts";
