/** What the umbrella exports, name by name, so that whatever is added is added on purpose; and nothing internal is public. */
import * as tapegrad from "tapegrad";
import { expect, test } from "vitest";

const exported = {
  tensors: "Tensor tensor Parameter withParameters treeMap treeLeaves setDefaultDType defaultDType scope memory",
  backends: "cpu wasm webgpu setBackend withBackend currentBackend synchronize",
  errors:
    "TapegradError ShapeError DTypeError DisposedError TraceError UnsupportedError FormatError BackendError AnomalyError",
  creation: "arange eye full linspace ones onesLike oneHot zeros zerosLike Generator",
  elementwise:
    "abs add cast cos div erf exp expm1 floor gelu log log1p maximum minimum mul neg pow relu rsqrt safeSqrt sigmoid sign sin softplus sqrt square stopGradient sub tanh",
  comparison: "equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalNot where",
  reductions: "sum mean max min prod argmax argmin variance logSumExp softmax logSoftmax cumsum",
  shapes: "reshape transpose squeeze expandDims broadcastTo slice pad concat stack split flip moveAxis",
  products: "matmul einsum",
  indexing: "gather scatterAdd indexAdd take sort argsort topK",
  autodiff:
    "Tape grad valueAndGrad vjp jvp jacobian hessian hvp vmap noGrad checkpoint customVjp scan cond compile detectAnomaly",
  layers:
    "Module Linear Embedding Dropout LayerNorm Sequential Attention AdditiveAttention BilinearAttention DotProductAttention",
  cells:
    "RNNCell LSTMCell GRUCell LayerNormLSTMCell MinimalGRUCell PeepholeLSTMCell ResidualCell VariationalDropoutCell ZoneoutCell StackedCell",
  sequences: "Recurrent RNN LSTM GRU Bidirectional VariationalDropout bptt truncatedBptt overTime gradientFlow",
  decoding: "sample generate beamSearch teacherForcing",
  losses: "crossEntropy mseLoss binaryCrossEntropyWithLogits huberLoss",
  initializers:
    "initialize heNormal heUniform xavierNormal xavierUniform pytorchUniform orthogonal perGate forgetGateBias",
  optim:
    "Optimizer ParameterGroup SGD Adam AdamW RMSprop Adagrad ExponentialMovingAverage withoutDecay clipByGlobalNorm clipByValue cosine warmup schedules",
  data: "Vocabulary TokenStreams Batches padSequences shuffled splitHeldOut NgramCounts ngramBitsPerCharacter",
  files: "encodeTensors decodeTensors readMetadata openTensors toEntries toTensors fromKeras toKeras",
};

test("the umbrella exports these names", () => {
  const names = Object.values(exported).flatMap((list) => list.split(" "));
  expect(Object.keys(tapegrad).sort()).toEqual(names.sort());
});

test("schedules whose names say little alone are behind one that says more", () => {
  expect(Object.keys(tapegrad.schedules).sort()).toEqual([
    "constant",
    "cosine",
    "linear",
    "sequence",
    "step",
    "warmup",
  ]);
});

test.each(["core", "ops", "autodiff"])("what is internal in %s is public nowhere", async (name) => {
  const internals: object = await import(`@tapegrad/${name}/internal`);
  const hidden = new Set<unknown>(Object.values(internals));
  expect(hidden.size).toBeGreaterThan(0);
  for (const other of ["core", "ops", "autodiff", "compiler", "nn", "optim", "data", "safetensors", "conformance"]) {
    const all: object = await import(`@tapegrad/${other}`);
    const leaked = Object.entries(all).filter(([, value]) => hidden.has(value));
    expect(leaked).toEqual([]);
  }
});
