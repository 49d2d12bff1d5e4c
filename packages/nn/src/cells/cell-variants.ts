/** Cells of the literature that PyTorch lacks. Each is one step of its equations. */
import type { Parameter, Tensor } from "@tapegrad/core";
import { optionsOf } from "@tapegrad/core/internal";
import { add, mul, sigmoid, sub, tanh } from "@tapegrad/ops";
import { generatorOr, uniformParameter } from "../initialization/initialization.ts";
import { LayerNorm } from "../layers/layer-norm.ts";
import type { HiddenState, LSTMState } from "./cell.ts";
import { type CellOptions, cellOptions, GatedCell, gates } from "./gated-cell.ts";

/**
 * LSTM with layer normalisation (Ba, Kiros and Hinton, 2016, equations 20 to 22), which keeps long sequences in the gates'
 * range: the two projections are normalised apart, each over all gates, and so is c on its way out. Gates in the order
 * i f g o; `norm_ih` and `norm_hh` over [4·hidden], `norm_c` over [hidden]. The biases are those of the norms.
 * @example
 * import { LayerNormLSTMCell, ones, Recurrent } from "tapegrad";
 * const layer = new Recurrent(new LayerNormLSTMCell(3, 8));
 * console.log(layer.forward(ones([2, 5, 3])).output.shape); // → [ 2, 5, 8 ]
 */
export class LayerNormLSTMCell extends GatedCell<LSTMState> {
  /** Of the input's projection, over [4·hidden]. */
  readonly norm_ih: LayerNorm;
  /** Of the state's projection, over [4·hidden]. */
  readonly norm_hh: LayerNorm;
  /** Of c on its way out, over [hidden]. */
  readonly norm_c: LayerNorm;

  constructor(input: number, hidden: number, options: CellOptions = {}) {
    const { bias = true, ...rest } = optionsOf(new.target.name, options, cellOptions);
    super(4, input, hidden, { ...rest, bias: false });
    this.norm_ih = new LayerNorm(4 * hidden, { bias });
    this.norm_hh = new LayerNorm(4 * hidden, { bias });
    this.norm_c = new LayerNorm(hidden, { bias });
  }

  initialState(batch: number): LSTMState {
    return { h: this.zeroState(batch), c: this.zeroState(batch) };
  }

  protected advance(x: Tensor, { h, c }: LSTMState) {
    const fromInput = this.norm_ih.forward(this.inputProjection(x));
    const fromHidden = this.norm_hh.forward(this.hiddenProjection(h));
    const [i, f, g, o] = gates(add(fromInput, fromHidden), 4);
    const cell = add(mul(sigmoid(f), c), mul(sigmoid(i), tanh(g)));
    const hidden = mul(sigmoid(o), tanh(this.norm_c.forward(cell)));
    return { output: hidden, state: { h: hidden, c: cell } };
  }
}

/**
 * LSTM whose gates look at the cell state (Gers and Schmidhuber, "Recurrent nets that time and count", 2000): i and f at the
 * one before the step, o at the one after it. Gates in the order i f g o; `weight_ch` [3, hidden] holds the peepholes of
 * i f o, one weight per unit.
 * @example
 * import { ones, PeepholeLSTMCell, Recurrent } from "tapegrad";
 * const cell = new PeepholeLSTMCell(3, 8);
 * console.log(cell.weight_ch.shape, new Recurrent(cell).forward(ones([2, 5, 3])).output.shape);
 * // → [ 3, 8 ] [ 2, 5, 8 ]
 */
export class PeepholeLSTMCell extends GatedCell<LSTMState> {
  /** The peepholes of i f o, [3, hidden]. */
  readonly weight_ch: Parameter;

  constructor(input: number, hidden: number, options: CellOptions = {}) {
    const { generator: given, ...rest } = optionsOf(new.target.name, options, cellOptions);
    const generator = generatorOr(given);
    super(4, input, hidden, { ...rest, generator });
    this.weight_ch = uniformParameter(new.target.name, "weight_ch", [3, hidden], 1 / Math.sqrt(hidden), generator);
  }

  initialState(batch: number): LSTMState {
    return { h: this.zeroState(batch), c: this.zeroState(batch) };
  }

  protected advance(x: Tensor, { h, c }: LSTMState) {
    const [i, f, g, o] = gates(add(this.inputProjection(x), this.hiddenProjection(h)), 4);
    const [pi, pf, po] = gates(this.weight_ch.value, 3, 0);
    const cell = add(mul(sigmoid(add(f, mul(pf, c))), c), mul(sigmoid(add(i, mul(pi, c))), tanh(g)));
    const hidden = mul(sigmoid(add(o, mul(po, cell))), tanh(cell));
    return { output: hidden, state: { h: hidden, c: cell } };
  }
}

/**
 * The minimal gated unit (Zhou et al., "Minimal gated unit for recurrent neural networks", 2016): a GRU with one gate for
 * both purposes. f = σ(W_f·[h, x]), n = tanh(W_n·[f ⊙ h, x]), h′ = (1 − f) ⊙ h + f ⊙ n. Gates in the order f n.
 * @example
 * import { GRUCell, MinimalGRUCell } from "tapegrad";
 * const cell = new MinimalGRUCell(3, 8);
 * console.log(cell.weight_ih.shape, new GRUCell(3, 8).weight_ih.shape); // two parts instead of three
 * // → [ 16, 3 ] [ 24, 3 ]
 */
export class MinimalGRUCell extends GatedCell<HiddenState> {
  constructor(input: number, hidden: number, options: CellOptions = {}) {
    super(2, input, hidden, optionsOf(new.target.name, options, cellOptions));
  }

  initialState(batch: number): HiddenState {
    return { h: this.zeroState(batch) };
  }

  protected advance(x: Tensor, { h }: HiddenState) {
    const [xf, xn] = gates(this.inputProjection(x), 2);
    const forget = sigmoid(add(xf, this.hiddenGates(h, 0, 1)));
    const candidate = tanh(add(xn, this.hiddenGates(mul(forget, h), 1, 2)));
    const hidden = add(mul(sub(1, forget), h), mul(forget, candidate));
    return { output: hidden, state: { h: hidden } };
  }
}
