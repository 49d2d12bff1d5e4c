/** The common part of the RNN, LSTM and GRU layers: stacks of one kind of cell, in one or both directions. */
import { formatShape, type Parameter, ShapeError, type Tensor, treeMap } from "@tapegrad/core";
import { checkBoolean, checkCount, countFrom, defined } from "@tapegrad/core/internal";
import { concat, reshape, slice, stack } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import type { HiddenState } from "../cells/cell.ts";
import { type CellOptions, cellOptions, type GatedCell } from "../cells/gated-cell.ts";
import { checkState } from "../cells/state.ts";
import { generatorOr } from "../initialization/initialization.ts";
import { checkProbability, Dropout } from "../layers/dropout.ts";
import { Module } from "../module.ts";
import { masksOf, type SequenceOptions, withoutPadding } from "./padding-and-resets.ts";
import { type UnrollOptions, unrollOptions } from "./recurrent.ts";
import { swapTimeAndBatch } from "./time-major.ts";
import { type Run, unroll } from "./unroll.ts";

/** Options of `RNN`, `LSTM` and `GRU`. */
export interface RecurrentLayerOptions extends CellOptions, UnrollOptions {
  /** How many are stacked, each reading the outputs of the one before; 1 by default. */
  readonly layers?: number | undefined;
  /** Adds a second stack of cells that reads backwards; outputs are joined along the feature axis. */
  readonly bidirectional?: boolean | undefined;
  /** Probability of dropping an output between layers, in training. */
  readonly dropout?: number | undefined;
}

export const recurrentLayerOptions = {
  layers: countFrom(1),
  bidirectional: checkBoolean,
  dropout: checkProbability,
  ...cellOptions,
  ...unrollOptions,
} as const;

/** One cell of a layer, and how it runs. */
interface LayerRun<State> extends Run<State> {
  readonly cell: GatedCell<State>;
}

const inspect = Symbol.for("nodejs.util.inspect.custom");

/**
 * What `RNN`, `LSTM` and `GRU` have in common: stacked cells in one or both directions, x [batch, time, input] → output
 * [batch, time, hidden·directions]. Names of parameters and gate order are PyTorch's.
 * @pytorch torch.nn.RNNBase
 * @example
 * import { GRU, type RecurrentLayer } from "tapegrad";
 * const layer: RecurrentLayer = new GRU(3, 8, { layers: 2, bidirectional: true });
 * console.log(layer.parameters().length, layer.initialState(4).h.shape); // → 16 [ 4, 4, 8 ]
 */
export abstract class RecurrentLayer<State extends HiddenState = HiddenState> extends Module {
  /** Features of the input. */
  readonly input: number;
  /** Features of the state, of each direction. */
  readonly hidden: number;
  /** Whether sequences are [time, batch, feature]. */
  readonly timeMajor: boolean;
  /** The dropout between layers. */
  readonly dropout: Dropout;
  /** By layer, then direction. */
  readonly #runs: readonly (readonly LayerRun<State>[])[];

  /** `makeCell` is called with the size of what each layer reads. */
  constructor(
    input: number,
    hidden: number,
    options: RecurrentLayerOptions,
    makeCell: (input: number, options: CellOptions) => GatedCell<State>,
  ) {
    super();
    const { layers = 1, bidirectional = false, dropout = 0, timeMajor = false, bias = true, checkpointEvery } = options;
    const generator = generatorOr(options.generator);
    this.input = checkCount(new.target.name, "input size", input);
    this.hidden = checkCount(new.target.name, "hidden size", hidden, 1);
    this.timeMajor = timeMajor;
    let width = input;
    const directions = bidirectional ? [false, true] : [false];
    this.#runs = Array.from({ length: layers }, (_, layer) => {
      const runs = directions.map((reverse) => ({
        cell: makeCell(width, { bias, generator }),
        loop: { reverse, ...(checkpointEvery !== undefined && { checkpointEvery }) },
        owner: this,
        label: `l${layer}${reverse ? "_reverse" : ""}`,
      }));
      width = runs.reduce((sum, { cell }) => sum + cell.output, 0);
      return runs;
    });
    this.dropout = new Dropout(dropout, { generator });
  }

  /** PyTorch's names: `weight_ih_l0`, `bias_hh_l1_reverse`, … */
  override *namedParameters(): Iterable<[string, Parameter]> {
    for (const { cell, label } of this.#runs.flat())
      for (const [name, parameter] of cell.namedParameters()) yield [`${name}_${label}`, parameter];
  }

  /** Consoles on servers call it: Parameters are shown by their names, as those of other modules are. */
  [inspect](): object {
    const shown: object = Object.create(Object.getPrototypeOf(this));
    Object.assign(shown, this, Object.fromEntries(this.namedParameters()));
    return Object.defineProperty(shown, inspect, { value: undefined });
  }

  /** Zeros, [layers·directions, batch, hidden]. */
  initialState(batch: number): State {
    checkCount(this.constructor.name, "batch", batch);
    return stackStates(this.#runs.flat().map(({ cell }) => cell.initialState(batch)));
  }

  /**
   * x [batch, time, input] → output [batch, time, hidden·directions] of the last layer, and the state after the last step of
   * every layer, [layers·directions, batch, hidden]. `state` defaults to zeros.
   */
  forward(x: Tensor, options: SequenceOptions<State> = {}): { output: Tensor; state: State } {
    const op = this.constructor.name;
    const input = tensorOf(op, "input", x);
    this.#checkInput(input);
    const sequence = this.timeMajor ? input : swapTimeAndBatch(input);
    const masks = masksOf(op, sequence, options, this.timeMajor);
    const zeroState = this.initialState(sequence.shape[1] ?? 0);
    const { state: initial = zeroState } = options;
    checkState(op, initial, zeroState, "give it [layers·directions, batch, hidden]");
    const finals: State[] = [];
    const output = this.#runs.reduce(
      (values, runs, layer) => {
        const results = runs.map((run, direction) =>
          unroll(run, values, stateOf(initial, layer * runs.length + direction), masks),
        );
        finals.push(...results.map((result) => result.state));
        const joined = joinDirections(results.map((result) => result.output));
        return layer < this.#runs.length - 1 ? this.dropout.forward(joined) : joined;
      },
      withoutPadding(sequence, masks),
    );
    return { output: this.timeMajor ? output : swapTimeAndBatch(output), state: stackStates(finals) };
  }

  #checkInput({ rank, shape }: Tensor): void {
    if (rank === 3 && shape[2] === this.input) return;
    const why = rank === 3 ? `axis 2: ${shape[2]} ≠ ${this.input}` : `rank ${rank} ≠ 3`;
    throw new ShapeError(
      this.constructor.name,
      `the input does not fit: ${formatShape(shape)} (${why})`,
      `give it ${this.timeMajor ? "[time, batch, input]" : "[batch, time, input]"}`,
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
