/**
 * The recurrent cells, each one step of its equation. Parameter names and gate order are PyTorch's: `weight_ih`
 * [gates·hidden, input], `weight_hh` [gates·hidden, hidden], `bias_ih` and `bias_hh` [gates·hidden].
 */
import type { Parameter, Tensor } from "@tapegrad/core";
import { add, mul, relu, sigmoid, split, sub, tanh, zeros } from "@tapegrad/ops";
import { type GeneratorOptions, generatorOr, uniformParameter } from "./initialization.ts";
import { affine } from "./linear.ts";
import { Module } from "./module.ts";

/** Anything that steps through time: what `Recurrent` runs. `State` is a tree of tensors [batch, …]. */
export interface Cell<State> {
  initialState(batch: number): State;
  /** x [batch, input], output [batch, hidden]. */
  step(x: Tensor, state: State): { output: Tensor; state: State };
}

/** h [batch, hidden]. */
export interface HiddenState {
  readonly h: Tensor;
}
/** h and c [batch, hidden]. */
export interface LSTMState extends HiddenState {
  readonly c: Tensor;
}

export interface CellOptions extends GeneratorOptions {
  readonly bias?: boolean;
}

/** What the cells share: an affine map of the input and one of the hidden state, `gates` times as wide as it. */
abstract class GatedCell<State> extends Module implements Cell<State> {
  readonly input: number;
  readonly hidden: number;
  readonly weight_ih: Parameter;
  readonly weight_hh: Parameter;
  readonly bias_ih: Parameter | undefined;
  readonly bias_hh: Parameter | undefined;

  /** All initially uniform on ±1/√hidden (PyTorch's default). */
  constructor(gates: number, input: number, hidden: number, { bias = true, generator }: CellOptions) {
    super();
    this.input = input;
    this.hidden = hidden;
    const random = generatorOr(generator);
    const parameter = (name: string, shape: number[]) => uniformParameter(name, shape, 1 / Math.sqrt(hidden), random);
    this.weight_ih = parameter("weight_ih", [gates * hidden, input]);
    this.weight_hh = parameter("weight_hh", [gates * hidden, hidden]);
    this.bias_ih = bias ? parameter("bias_ih", [gates * hidden]) : undefined;
    this.bias_hh = bias ? parameter("bias_hh", [gates * hidden]) : undefined;
  }

  abstract initialState(batch: number): State;
  abstract step(x: Tensor, state: State): { output: Tensor; state: State };

  /** One step, as a module is called. */
  forward(x: Tensor, state: State): { output: Tensor; state: State } {
    return this.step(x, state);
  }

  protected inputProjection(x: Tensor): Tensor {
    return affine(this.constructor.name, x, this.weight_ih, this.bias_ih);
  }

  protected hiddenProjection(h: Tensor): Tensor {
    return affine(this.constructor.name, h, this.weight_hh, this.bias_hh);
  }

  protected zeroState(batch: number): Tensor {
    return zeros([batch, this.hidden], { dtype: this.weight_hh.dtype });
  }
}

export interface RNNCellOptions extends CellOptions {
  readonly nonlinearity?: "tanh" | "relu";
}

/** Elman's network: h′ = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or relu. */
export class RNNCell extends GatedCell<HiddenState> {
  readonly nonlinearity: "tanh" | "relu";

  constructor(input: number, hidden: number, { nonlinearity = "tanh", ...options }: RNNCellOptions = {}) {
    super(1, input, hidden, options);
    this.nonlinearity = nonlinearity;
  }

  initialState(batch: number): HiddenState {
    return { h: this.zeroState(batch) };
  }

  step(x: Tensor, { h }: HiddenState) {
    const activation = this.nonlinearity === "tanh" ? tanh : relu;
    const hidden = activation(add(this.inputProjection(x), this.hiddenProjection(h)));
    return { output: hidden, state: { h: hidden } };
  }
}

/** Long short-term memory (Hochreiter and Schmidhuber, 1997; forget gate: Gers et al., 2000). Gates in the order i f g o. */
export class LSTMCell extends GatedCell<LSTMState> {
  constructor(input: number, hidden: number, options: CellOptions = {}) {
    super(4, input, hidden, options);
  }

  initialState(batch: number): LSTMState {
    return { h: this.zeroState(batch), c: this.zeroState(batch) };
  }

  step(x: Tensor, { h, c }: LSTMState) {
    const [i, f, g, o] = gates(add(this.inputProjection(x), this.hiddenProjection(h)), 4);
    const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const hidden = mul(sigmoid(o), tanh(cell));
    return { output: hidden, state: { h: hidden, c: cell } };
  }
}

export interface GRUCellOptions extends CellOptions {
  /** Whether the reset gate acts after the matrix product (PyTorch, the default) or on h before it (Cho et al., 2014). */
  readonly resetAfter?: boolean;
}

/** Gated recurrent unit (Cho et al., 2014): h′ = (1 − z) ⊙ n + z ⊙ h. Gates in the order r z n. */
export class GRUCell extends GatedCell<HiddenState> {
  readonly resetAfter: boolean;

  constructor(input: number, hidden: number, { resetAfter = true, ...options }: GRUCellOptions = {}) {
    super(3, input, hidden, options);
    this.resetAfter = resetAfter;
  }

  initialState(batch: number): HiddenState {
    return { h: this.zeroState(batch) };
  }

  step(x: Tensor, { h }: HiddenState) {
    const [xr, xz, xn] = gates(this.inputProjection(x), 3);
    const [hr, hz, hn] = gates(this.hiddenProjection(h), 3);
    const reset = sigmoid(add(xr, hr));
    const update = sigmoid(add(xz, hz));
    const recurrent = this.resetAfter ? mul(reset, hn) : gates(this.hiddenProjection(mul(reset, h)), 3)[2];
    const candidate = tanh(add(xn, recurrent));
    const hidden = add(mul(sub(1, update), candidate), mul(update, h));
    return { output: hidden, state: { h: hidden } };
  }
}

/** The equal parts of a projection, one per gate, along the feature axis. */
function gates<N extends keyof GateTuple>(projection: Tensor, count: N): GateTuple[N] {
  const parts = split(projection, count, { axis: -1 });
  return parts as GateTuple[N]; // `split` returns exactly `count` parts; its type cannot say so.
}

interface GateTuple {
  3: [Tensor, Tensor, Tensor];
  4: [Tensor, Tensor, Tensor, Tensor];
}
