/** The recurrent layers: stacks of cells, in one or both directions, with PyTorch's interface and parameter names. */
import { defined, formatShape, type Parameter, ShapeError, sameShape, Tensor, treeMap } from "@tapegrad/core";
import { concat, reshape, slice, stack } from "@tapegrad/ops";
import {
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
import { Dropout } from "./dropout.ts";
import { generatorOr } from "./initialization.ts";
import { Module } from "./module.ts";
import { Recurrent, swapTimeAndBatch } from "./recurrent.ts";

export interface RecurrentLayerOptions extends CellOptions {
  /** How many are stacked, each reading the outputs of the one before; 1 by default. */
  readonly layers?: number;
  /** Adds a second stack of cells that reads backwards; outputs are joined along the feature axis. */
  readonly bidirectional?: boolean;
  /** Probability of dropping an output between layers, in training. */
  readonly dropout?: number;
  /** Inputs and outputs as [time, batch, feature] instead of [batch, time, feature]. */
  readonly timeMajor?: boolean;
}

/** A module that is also a cell. */
type ModuleCell<State> = Module & Cell<State>;

/** What RNN, LSTM and GRU layers have in common. */
export abstract class RecurrentLayer<State extends HiddenState = HiddenState> extends Module {
  readonly input: number;
  readonly hidden: number;
  readonly timeMajor: boolean;
  readonly dropout: Dropout;
  /** By layer, then direction. */
  readonly #runs: readonly (readonly Recurrent<State>[])[];

  /** `makeCell` is called with the size of what each layer reads. */
  constructor(
    input: number,
    hidden: number,
    options: RecurrentLayerOptions,
    makeCell: (input: number, options: CellOptions) => ModuleCell<State>,
  ) {
    super();
    const { layers = 1, bidirectional = false, dropout = 0, timeMajor = false, bias = true } = options;
    if (!Number.isInteger(layers) || layers < 1)
      throw new ShapeError(new.target.name, `not a number of layers: ${layers}`, "use an integer from 1");
    const generator = generatorOr(options.generator);
    const directions = bidirectional ? [false, true] : [false];
    this.input = input;
    this.hidden = hidden;
    this.timeMajor = timeMajor;
    this.#runs = Array.from({ length: layers }, (_, layer) =>
      directions.map((reverse) => {
        const cell = makeCell(layer === 0 ? input : hidden * directions.length, { bias, generator });
        return new Recurrent(cell, { reverse, timeMajor: true });
      }),
    );
    this.dropout = new Dropout(dropout, { generator });
  }

  /** PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse`, … */
  override *namedParameters(): Iterable<[string, Parameter]> {
    for (const [layer, runs] of this.#runs.entries()) {
      for (const { cell, reverse } of runs) {
        if (!(cell instanceof Module)) continue;
        for (const [name, parameter] of cell.namedParameters())
          yield [`${name}_l${layer}${reverse ? "_reverse" : ""}`, parameter];
      }
    }
  }

  /** Zeros, [layers·directions, batch, hidden]. */
  initialState(batch: number): State {
    return stackStates(this.#runs.flat().map(({ cell }) => cell.initialState(batch)));
  }

  /**
   * x [batch, time, input] → output [batch, time, hidden·directions] of the last layer, and the state after the last step of
   * every layer, [layers·directions, batch, hidden]. `state` defaults to zeros.
   */
  forward(x: Tensor, { state }: { readonly state?: State } = {}): { output: Tensor; state: State } {
    if (x.rank !== 3 || x.shape[2] !== this.input) {
      const why = x.rank === 3 ? `axis 2: ${x.shape[2]} ≠ ${this.input}` : `rank ${x.rank} ≠ 3`;
      const expected = this.timeMajor ? "[time, batch, input]" : "[batch, time, input]";
      throw new ShapeError(
        this.constructor.name,
        `the input does not fit: ${formatShape(x.shape)} (${why})`,
        `give it ${expected}`,
      );
    }
    const sequence = this.timeMajor ? x : swapTimeAndBatch(x);
    const zeroState = this.initialState(sequence.shape[1] ?? 0);
    const initial = state ?? zeroState;
    checkState(this.constructor.name, initial, zeroState);
    const finals: State[] = [];
    const output = this.#runs.reduce((values, runs, layer) => {
      const results = runs.map((run, direction) =>
        run.forward(values, { state: stateOf(initial, layer * runs.length + direction) }),
      );
      finals.push(...results.map((result) => result.state));
      const joined = joinDirections(results.map((result) => result.output));
      return layer < this.#runs.length - 1 ? this.dropout.forward(joined) : joined;
    }, sequence);
    return { output: this.timeMajor ? output : swapTimeAndBatch(output), state: stackStates(finals) };
  }
}

/** @throws ShapeError unless `state` has the tensors of `expected`, in their shapes. */
function checkState(op: string, state: HiddenState, expected: HiddenState): void {
  const given = new Map(Object.entries(state));
  for (const [name, { shape }] of Object.entries(expected)) {
    const value: unknown = given.get(name);
    if (value instanceof Tensor && sameShape(value.shape, shape)) continue;
    const found = value instanceof Tensor ? formatShape(value.shape) : "nothing";
    throw new ShapeError(
      op,
      `the state does not fit: ${name} is ${found}, not ${formatShape(shape)}`,
      "give it [layers·directions, batch, hidden]",
    );
  }
}

function joinDirections(outputs: readonly Tensor[]): Tensor {
  return outputs.length === 1 ? defined(outputs[0], "output") : concat(outputs, { axis: -1 });
}

function stackStates<State>(states: readonly State[]): State {
  return treeMap<State>((...tensors: Tensor[]) => stack(tensors), ...states);
}

function stateOf<State>(state: State, index: number): State {
  return treeMap<State>((tensor: Tensor) => reshape(slice(tensor, [index], [index + 1]), tensor.shape.slice(1)), state);
}

/** Elman's recurrent network over sequences; see `RNNCell`. */
export class RNN extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & RNNCellOptions = {}) {
    const { nonlinearity = "tanh" } = options;
    super(input, hidden, options, (size, cellOptions) => new RNNCell(size, hidden, { ...cellOptions, nonlinearity }));
  }
}

/** Long short-term memory over sequences; see `LSTMCell`. */
export class LSTM extends RecurrentLayer<LSTMState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions = {}) {
    super(input, hidden, options, (size, cellOptions) => new LSTMCell(size, hidden, cellOptions));
  }
}

/** Gated recurrent units over sequences; see `GRUCell`. */
export class GRU extends RecurrentLayer<HiddenState> {
  constructor(input: number, hidden: number, options: RecurrentLayerOptions & GRUCellOptions = {}) {
    const { resetAfter = true } = options;
    super(input, hidden, options, (size, cellOptions) => new GRUCell(size, hidden, { ...cellOptions, resetAfter }));
  }
}
