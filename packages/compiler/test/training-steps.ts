/** Training steps, small but whole, that the list of passes is measured on: forward, gradients, clipping and Adam. */
import { checkpoint, cond, Tape, vmap } from "@tapegrad/autodiff";
import { own } from "@tapegrad/conformance/random-programs";
import { Parameter, type Program, type Tensor, type TensorType, trace } from "@tapegrad/core";
import {
  crossEntropy,
  Embedding,
  GRU,
  LayerNormLSTMCell,
  Linear,
  LSTM,
  type LSTMState,
  Module,
  type ModuleCell,
  mseLoss,
  Recurrent,
} from "@tapegrad/nn";
import {
  add,
  concat,
  Generator,
  greater,
  matmul,
  mul,
  sigmoid,
  sin,
  slice,
  sum,
  take,
  tanh,
  zeros,
} from "@tapegrad/ops";
import { Adam, clipByGlobalNorm } from "@tapegrad/optim";

const [batch, time, hidden, words] = [4, 6, 8, 5];

/** f, i, o = σ(W·[h, x] + b), g = tanh(W·[h, x] + b), each with its own W and b; c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh(c′). */
class TextbookCell extends Module {
  readonly gates: readonly ((x: Tensor) => Tensor)[];
  readonly owned: readonly (Linear | Parameter)[];

  constructor(generator: Generator, outputsFirst: boolean) {
    super();
    if (outputsFirst) {
      const layers = [0, 1, 2, 3].map(() => new Linear(2 * hidden, hidden, { generator }));
      this.owned = layers;
      this.gates = layers.map((layer) => (x) => layer.forward(x));
    } else {
      const weights = [0, 1, 2, 3].map(() => new Parameter(generator.normal([2 * hidden, hidden])));
      const biases = weights.map(() => new Parameter(zeros([hidden])));
      this.owned = [...weights, ...biases];
      this.gates = weights.map((weight, i) => (x) => add(matmul(x, weight), biases[i] ?? weight));
    }
  }

  initialState(count: number): LSTMState {
    return { h: zeros([count, hidden]), c: zeros([count, hidden]) };
  }

  forward(x: Tensor, state: LSTMState) {
    return this.step(x, state);
  }

  step(x: Tensor, { h, c }: LSTMState) {
    const [f = x, i = x, o = x, g = x] = this.gates.map((gate) => gate(concat([h, x], { axis: -1 })));
    const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const next = mul(sigmoid(o), tanh(cell));
    return { output: next, state: { h: next, c: cell } };
  }
}

type Sequence = (x: Tensor) => Tensor;

/** Of `forward` over embedded tokens, a head, and the loss of the next token; Adam's update of all that `modules` hold. */
function tokens(make: (generator: Generator) => readonly [Module, Sequence]): () => Program {
  return () => {
    const generator = new Generator(1);
    const embedding = new Embedding(words, hidden, { generator });
    const [layer, forward] = make(generator);
    const head = new Linear(hidden, words, { generator });
    const modules = [embedding, layer, head];
    const types = [0, 1].map(() => ({ shape: [batch, time], dtype: "int32" as const }));
    return update(modules, types, ([x, y]) => crossEntropy(head.forward(forward(embedding.forward(x))), y));
  };
}

/** The same over dense inputs, and the squared error of what comes out. */
function dense(
  make: (generator: Generator) => readonly [Module, Sequence],
  outputs: readonly number[] = [batch, time, hidden],
): () => Program {
  return () => {
    const [layer, forward] = make(new Generator(1));
    const types = [[batch, time, hidden], outputs].map((shape) => ({ shape, dtype: "float32" as const }));
    return update([layer], types, ([x, y]) => mseLoss(forward(x), y));
  };
}

type Pair = readonly [Tensor, Tensor];

function update(modules: readonly Module[], types: readonly TensorType[], loss: (inputs: Pair) => Tensor): Program {
  const parameters = modules.flatMap((module) => [...module.parameters()]);
  const optimizer = new Adam(parameters, { learningRate: 1e-3 });
  return trace(([x, y]) => {
    if (x === undefined || y === undefined) throw new Error("two inputs");
    const tape = new Tape();
    const total = tape.record(() => loss([x, y]));
    optimizer.step(clipByGlobalNorm(tape.gradient(total, parameters), 1).gradients);
    return total;
  }, types).program;
}

function cellOver(cell: ModuleCell<LSTMState>): readonly [Module, Sequence] {
  const layer = new Recurrent(cell);
  return [layer, (x) => layer.forward(x).output];
}

/** A map of rows with what users do besides: an op of their own, a branch by row, a checkpoint. */
function mapped(fn: (x: Tensor) => Tensor): (generator: Generator) => readonly [Module, Sequence] {
  return (generator) => {
    const layer = new Linear(hidden, hidden, { generator });
    return [layer, (x) => fn(layer.forward(x))];
  };
}

const byRow = vmap((row: Tensor) =>
  cond(
    greater(sum(row), 0.1),
    (v: Tensor) => sin(v),
    (v: Tensor) => add(tanh(v), 0.5),
    row,
  ),
);

export const trainingSteps = {
  "LSTM of tokens": tokens((generator) => {
    const layer = new LSTM(hidden, hidden, { generator });
    return [layer, (x) => layer.forward(x).output];
  }),
  "LSTM of dense inputs": dense((generator) => {
    const layer = new LSTM(hidden, hidden, { generator });
    return [layer, (x) => layer.forward(x).output];
  }),
  "GRU of two layers in both directions with dropout": dense(
    (generator) => {
      const layer = new GRU(hidden, hidden, { generator, layers: 2, bidirectional: true, dropout: 0.3 });
      return [layer, (x) => layer.forward(x).output];
    },
    [batch, time, 2 * hidden],
  ),
  "textbook LSTM, weights [out, in]": tokens((generator) => cellOver(new TextbookCell(generator, true))),
  "textbook LSTM, weights [in, out]": tokens((generator) => cellOver(new TextbookCell(generator, false))),
  "layer-normalised LSTM": tokens((generator) => cellOver(new LayerNormLSTMCell(hidden, hidden, { generator }))),
  "LSTM with checkpoints": dense((generator) => {
    const layer = new LSTM(hidden, hidden, { generator, checkpointEvery: 3 });
    return [layer, (x) => layer.forward(x).output];
  }),
  "last output of an LSTM": dense(
    (generator) => {
      const layer = new LSTM(hidden, hidden, { generator });
      return [layer, (x) => take(layer.forward(x).output, time - 1, { axis: 1 })];
    },
    [batch, hidden],
  ),
  "an op of the user's": dense(mapped(own)),
  "branches by row": dense(mapped((x) => vmap(byRow)(x))),
  "a checkpoint": dense(mapped(checkpoint((x: Tensor) => mul(tanh(x), sin(x))))),
  "slices of a sum": dense(
    mapped((x) => {
      const y = tanh(add(x, 0.5));
      return mul(slice(y, [0, 0, 0], [batch, time, 4]), slice(y, [0, 0, 4], [batch, time, hidden]));
    }),
    [batch, time, 4],
  ),
} satisfies Readonly<Record<string, () => Program>>;
