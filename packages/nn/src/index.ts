export { Parameter } from "@tapegrad/core";
export type { Callable } from "./callable.ts";
export {
  AdditiveAttention,
  type Attended,
  Attention,
  type AttentionInputs,
  BilinearAttention,
  DotProductAttention,
  type DotProductAttentionOptions,
} from "./cells/attention.ts";
export type { Cell, HiddenState, LSTMState, ModuleCell, StepResult } from "./cells/cell.ts";
export * from "./cells/cell-variants.ts";
export { ResidualCell, VariationalDropoutCell, type VariationalState, ZoneoutCell } from "./cells/cell-wrappers.ts";
export {
  GRUCell,
  type GRUCellOptions,
  LSTMCell,
  type LSTMCellOptions,
  RNNCell,
  type RNNCellOptions,
} from "./cells/cells.ts";
export type { CellOptions } from "./cells/gated-cell.ts";
export { StackedCell } from "./cells/stacked-cell.ts";
export type { BatchAxes } from "./decoding/batch-axes.ts";
export { type BeamSearchOptions, type BeamSearchResult, beamSearch } from "./decoding/beam-search.ts";
export { type GenerateOptions, generate } from "./decoding/generate.ts";
export { type SampleOptions, sample } from "./decoding/sample.ts";
export type { Decoder, DecodingStep } from "./decoding/step.ts";
export { type TeacherForcingOptions, teacherForcing } from "./decoding/teacher-forcing.ts";
export {
  type GradientFlow,
  type GradientFlowOptions,
  gradientFlow,
  type Model,
  type StateFlow,
} from "./gradient-flow/gradient-flow.ts";
export type { StateJacobians } from "./gradient-flow/state-jacobians.ts";
export type { GeneratorOptions } from "./initialization/initialization.ts";
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
} from "./initialization/initializers.ts";
export { Dropout, VariationalDropout, type VariationalDropoutOptions } from "./layers/dropout.ts";
export { Embedding, type EmbeddingOptions } from "./layers/embedding.ts";
export { LayerNorm, type LayerNormOptions } from "./layers/layer-norm.ts";
export { Linear, type LinearOptions } from "./layers/linear.ts";
export { type Layer, Sequential } from "./layers/sequential.ts";
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
export { Module } from "./module.ts";
export {
  Bidirectional,
  type BidirectionalOptions,
  type BidirectionalState,
  type Merge,
} from "./recurrent/bidirectional.ts";
export {
  bptt,
  type OverTimeOptions,
  overTime,
  type Stretch,
  type TruncatedBpttOptions,
  truncatedBptt,
} from "./recurrent/bptt.ts";
export { GRU, LSTM, RNN } from "./recurrent/layers.ts";
export type { Lengths, SequenceOptions } from "./recurrent/padding-and-resets.ts";
export { Recurrent, type RecurrentOptions, type UnrollOptions } from "./recurrent/recurrent.ts";
export type { RecurrentLayer, RecurrentLayerOptions } from "./recurrent/recurrent-layer.ts";
