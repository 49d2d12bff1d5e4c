/** Cells as users would write them: a textbook LSTM, and one with layer normalisation. */
import {
  add,
  type Cell,
  concat,
  type Generator,
  type LSTMState,
  Module,
  matmul,
  mean,
  mul,
  Parameter,
  rsqrt,
  sigmoid,
  split,
  square,
  sub,
  type Tensor,
  tanh,
  zeros,
} from "tapegrad";

/** W [inputs, outputs], uniform on ±1/√outputs, and b [outputs], zeros. */
export class Affine extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(inputs: number, outputs: number, generator: Generator, bound = 1 / Math.sqrt(outputs)) {
    super();
    this.weight = new Parameter(generator.uniform([inputs, outputs], { low: -bound, high: bound }));
    this.bias = new Parameter(zeros([outputs]));
  }

  /** x·W + b. */
  forward(x: Tensor): Tensor {
    return add(matmul(x, this.weight), this.bias);
  }
}

/** f, i, o = σ(W·[h, x] + b), g = tanh(W·[h, x] + b), each with its own W and b; c′ = f ⊙ c + i ⊙ g; h′ = o ⊙ tanh(c′). */
export class TextbookLSTMCell extends Module implements Cell<LSTMState> {
  readonly hidden: number;
  readonly forget: Affine;
  readonly input: Affine;
  readonly output: Affine;
  readonly candidate: Affine;

  constructor(hidden: number, generator: Generator) {
    super();
    const gate = () => new Affine(2 * hidden, hidden, generator);
    this.hidden = hidden;
    [this.forget, this.input, this.output, this.candidate] = [gate(), gate(), gate(), gate()];
  }

  initialState(batch: number): LSTMState {
    return { h: zeros([batch, this.hidden]), c: zeros([batch, this.hidden]) };
  }

  forward(x: Tensor, state: LSTMState) {
    return this.step(x, state);
  }

  step(x: Tensor, { h, c }: LSTMState) {
    const f = sigmoid(this.forget.forward(concat([h, x], { axis: -1 })));
    const i = sigmoid(this.input.forward(concat([h, x], { axis: -1 })));
    const o = sigmoid(this.output.forward(concat([h, x], { axis: -1 })));
    const g = tanh(this.candidate.forward(concat([h, x], { axis: -1 })));
    const cell = add(mul(f, c), mul(i, g));
    const hidden = mul(o, tanh(cell));
    return { output: hidden, state: { h: hidden, c: cell } };
  }
}

/** Layer normalisation (Ba, Kiros and Hinton, 2016): (x − mean) / √(variance + ε) ⊙ gain + bias, over the last axis. */
class Normalisation extends Module {
  readonly gain: Parameter;
  readonly bias: Parameter;

  constructor(features: number) {
    super();
    this.gain = new Parameter(add(zeros([features]), 1));
    this.bias = new Parameter(zeros([features]));
  }

  forward(x: Tensor): Tensor {
    const centred = sub(x, mean(x, { axis: -1, keepDims: true }));
    const scale = rsqrt(add(mean(square(centred), { axis: -1, keepDims: true }), 1e-5));
    return add(mul(mul(centred, scale), this.gain), this.bias);
  }
}

/** The paper's: gates of N(W·x) + N(U·h), h′ = o ⊙ tanh(N(c′)). */
export class LayerNormalisedLSTMCell extends Module implements Cell<LSTMState> {
  readonly hidden: number;
  readonly ofInput: Affine;
  readonly ofHidden: Affine;
  readonly normaliseInput: Normalisation;
  readonly normaliseHidden: Normalisation;
  readonly normaliseCell: Normalisation;

  constructor(hidden: number, generator: Generator) {
    super();
    const bound = 1 / Math.sqrt(hidden);
    this.hidden = hidden;
    this.ofInput = new Affine(hidden, 4 * hidden, generator, bound);
    this.ofHidden = new Affine(hidden, 4 * hidden, generator, bound);
    this.normaliseInput = new Normalisation(4 * hidden);
    this.normaliseHidden = new Normalisation(4 * hidden);
    this.normaliseCell = new Normalisation(hidden);
  }

  initialState(batch: number): LSTMState {
    return { h: zeros([batch, this.hidden]), c: zeros([batch, this.hidden]) };
  }

  forward(x: Tensor, state: LSTMState) {
    return this.step(x, state);
  }

  step(x: Tensor, { h, c }: LSTMState) {
    const projected = add(
      this.normaliseInput.forward(this.ofInput.forward(x)),
      this.normaliseHidden.forward(this.ofHidden.forward(h)),
    );
    const [i = projected, f = projected, g = projected, o = projected] = split(projected, 4, { axis: -1 });
    const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const hidden = mul(sigmoid(o), tanh(this.normaliseCell.forward(cell)));
    return { output: hidden, state: { h: hidden, c: cell } };
  }
}
