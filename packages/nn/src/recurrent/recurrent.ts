/** Runs any cell over sequences. */
import type { CheckpointEvery, ScanOptions } from "@tapegrad/autodiff";
import { checkCheckpointEvery } from "@tapegrad/autodiff/internal";
import type { Tensor } from "@tapegrad/core";
import { checkBoolean, optionsOf } from "@tapegrad/core/internal";
import { type Cell, checkCell } from "../cells/cell.ts";
import { initialStateOf } from "../cells/state.ts";
import { Module } from "../module.ts";
import { masksOf, type SequenceOptions, withoutPadding } from "./padding-and-resets.ts";
import { swapTimeAndBatch, toTimeMajor } from "./time-major.ts";
import { unroll } from "./unroll.ts";

/** Options of whatever runs a cell over time. */
export interface UnrollOptions {
  /** Inputs and outputs as [time, batch, feature] instead of [batch, time, feature]. */
  readonly timeMajor?: boolean | undefined;
  /**
   * For long sequences: states are kept for the way back only at every so many steps, and computed again between. "sqrt" needs
   * memory for √T of T steps, "log" for about 8 log₈ T; see `CheckpointEvery`.
   */
  readonly checkpointEvery?: CheckpointEvery | undefined;
}

export const unrollOptions = { timeMajor: checkBoolean, checkpointEvery: checkCheckpointEvery } as const;

/** Options of `new Recurrent`. */
export interface RecurrentOptions extends UnrollOptions {
  /** From the last element to the first; outputs stay aligned with inputs. */
  readonly reverse?: boolean | undefined;
}

const recurrentOptions = { reverse: checkBoolean, ...unrollOptions } as const;

/**
 * Any cell over a whole sequence, through `scan`: x [batch, time, input] → output [batch, time, hidden]. The step is
 * recorded once, and its gradient is backpropagation through time.
 * @throws DTypeError for what is no cell; ShapeError, DTypeError for inputs or states that do not fit.
 * @pytorch torch.nn.RNN
 * @example
 * import { type HiddenState, ones, Recurrent, type Tensor, zeros } from "tapegrad";
 * const decay = {
 *   initialState: (batch: number) => ({ h: zeros([batch, 1]) }),
 *   step(x: Tensor, { h }: HiddenState) {
 *     const next = h.mul(0.5).add(x);
 *     return { output: next, state: { h: next } };
 *   },
 * };
 * console.log(new Recurrent(decay).forward(ones([1, 4, 1])).output.reshape([4]));
 * // → Tensor(float32 [4]) [    1,   1.5,  1.75, 1.875]
 */
export class Recurrent<State> extends Module {
  /** The cell that steps. */
  readonly cell: Cell<State>;
  /** Whether it goes from the last element to the first. */
  readonly reverse: boolean;
  /** Whether sequences are [time, batch, feature]. */
  readonly timeMajor: boolean;
  readonly #loop: ScanOptions;

  constructor(cell: Cell<State>, options: RecurrentOptions = {}) {
    super();
    const {
      reverse = false,
      timeMajor = false,
      checkpointEvery,
    } = optionsOf(new.target.name, options, recurrentOptions);
    this.cell = checkCell(new.target.name, cell);
    this.reverse = reverse;
    this.timeMajor = timeMajor;
    this.#loop = { reverse, ...(checkpointEvery !== undefined && { checkpointEvery }) };
  }

  /** x [batch, time, feature] → output [batch, time, hidden] and the state after the last step. */
  forward(x: Tensor, options: SequenceOptions<State> = {}): { output: Tensor; state: State } {
    const op = this.constructor.name;
    const sequence = toTimeMajor(op, x, this.timeMajor);
    const masks = masksOf(op, sequence, options, this.timeMajor);
    const initial = initialStateOf(op, this.cell, sequence, options);
    const run = { cell: this.cell, loop: this.#loop, owner: this, label: "" };
    const { output, state } = unroll(run, withoutPadding(sequence, masks), initial, masks);
    return { output: this.timeMajor ? output : swapTimeAndBatch(output), state };
  }
}
