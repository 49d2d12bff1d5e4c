/** Two cells over the same sequences, one per direction. */
import type { ScanOptions } from "@tapegrad/autodiff";
import { formatShape, ShapeError, sameShape, type Tensor, UnsupportedError } from "@tapegrad/core";
import { describeValue, optionsOf } from "@tapegrad/core/internal";
import { add, concat, div, mul } from "@tapegrad/ops";
import { type Cell, checkCell } from "../cells/cell.ts";
import { initialStateOf } from "../cells/state.ts";
import { Module } from "../module.ts";
import { masksOf, type SequenceMasks, type SequenceOptions, withoutPadding } from "./padding-and-resets.ts";
import { type UnrollOptions, unrollOptions } from "./recurrent.ts";
import { swapTimeAndBatch, toTimeMajor } from "./time-major.ts";
import { unroll } from "./unroll.ts";

/** How the outputs of the two directions become one: "concat" joins the features, the others need equal widths. */
const merges = {
  concat: (a: Tensor, b: Tensor) => concat([a, b], { axis: -1 }),
  sum: (a: Tensor, b: Tensor) => add(a, b),
  mean: (a: Tensor, b: Tensor) => div(add(a, b), 2),
  mul: (a: Tensor, b: Tensor) => mul(a, b),
} satisfies Record<string, (a: Tensor, b: Tensor) => Tensor>;

/** How the outputs of two directions become one: "concat", "sum", "mean" or "mul". */
export type Merge = keyof typeof merges;

/** Options of `new Bidirectional`. */
export interface BidirectionalOptions extends UnrollOptions {
  /** "concat" by default. */
  readonly merge?: Merge | undefined;
}

const bidirectionalOptions = { merge: true, ...unrollOptions } as const;

/** The states of both directions: after the last step forwards, and after the first one on the way back. */
export interface BidirectionalState<Forwards, Backwards> {
  readonly forwards: Forwards;
  readonly backwards: Backwards;
}

/**
 * One cell from the first element to the last, another from the last to the first (Schuster and Paliwal, 1997).
 * @throws DTypeError for what is no cell; UnsupportedError for an unknown `merge`.
 * @example
 * import { Bidirectional, GRUCell, ones } from "tapegrad";
 * const layer = new Bidirectional(new GRUCell(3, 8), new GRUCell(3, 8), { merge: "concat" });
 * console.log(layer.forward(ones([2, 5, 3])).output.shape); // → [ 2, 5, 16 ]
 */
export class Bidirectional<Forwards, Backwards = Forwards> extends Module {
  /** The cell that reads from the first element to the last. */
  readonly forwards: Cell<Forwards>;
  /** The cell that reads from the last element to the first. */
  readonly backwards: Cell<Backwards>;
  /** How the outputs of the two become one. */
  readonly merge: Merge;
  /** Whether sequences are [time, batch, feature]. */
  readonly timeMajor: boolean;
  readonly #loop: ScanOptions;

  /** @throws UnsupportedError for an unknown `merge`. */
  constructor(forwards: Cell<Forwards>, backwards: Cell<Backwards>, options: BidirectionalOptions = {}) {
    super();
    const {
      merge = "concat",
      timeMajor = false,
      checkpointEvery,
    } = optionsOf(new.target.name, options, bidirectionalOptions);
    if (typeof merge !== "string" || !Object.hasOwn(merges, merge)) {
      const known = Object.keys(merges).join(", ");
      throw new UnsupportedError(new.target.name, `unknown merge ${describeValue(merge)}`, `use one of ${known}`);
    }
    this.forwards = checkCell(new.target.name, forwards);
    this.backwards = checkCell(new.target.name, backwards);
    this.merge = merge;
    this.timeMajor = timeMajor;
    this.#loop = checkpointEvery === undefined ? {} : { checkpointEvery };
  }

  /** The initial states of both cells. */
  initialState(batch: number): BidirectionalState<Forwards, Backwards> {
    return { forwards: this.forwards.initialState(batch), backwards: this.backwards.initialState(batch) };
  }

  /** x [batch, time, feature] → output [batch, time, hidden] (hidden of both added up for "concat") and both final states. */
  forward(
    x: Tensor,
    options: SequenceOptions<BidirectionalState<Forwards, Backwards>> = {},
  ): { output: Tensor; state: BidirectionalState<Forwards, Backwards> } {
    const op = this.constructor.name;
    const sequence = toTimeMajor(op, x, this.timeMajor);
    const masks = masksOf(op, sequence, options, this.timeMajor);
    const initial = initialStateOf(op, this, sequence, options);
    const values = withoutPadding(sequence, masks);
    const ahead = this.#run(this.forwards, "forwards", values, initial.forwards, masks);
    const back = this.#run(this.backwards, "backwards", values, initial.backwards, masks);
    const [first, second] = [ahead.output, back.output];
    if (this.merge !== "concat" && !sameShape(first.shape, second.shape)) {
      const shapes = `${formatShape(first.shape)} and ${formatShape(second.shape)}`;
      throw new ShapeError(
        op,
        `the outputs of the cells differ: ${shapes}`,
        'use cells of one width, or merge: "concat"',
      );
    }
    const output = merges[this.merge](first, second);
    return {
      output: this.timeMajor ? output : swapTimeAndBatch(output),
      state: { forwards: ahead.state, backwards: back.state },
    };
  }

  #run<State>(
    cell: Cell<State>,
    label: keyof BidirectionalState<unknown, unknown>,
    x: Tensor,
    initial: State,
    masks: SequenceMasks,
  ) {
    const loop = { ...this.#loop, reverse: label === "backwards" };
    return unroll({ cell, loop, owner: this, label }, x, initial, masks);
  }
}
