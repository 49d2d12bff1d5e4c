/** Cells made of other cells: the same interface, so they nest and run wherever a cell does. */
import { formatShape, isFloat, ShapeError, sameShape, TapegradError, type Tensor, treeMap } from "@tapegrad/core";
import { isPlainObject, optionsOf } from "@tapegrad/core/internal";
import { add, div, type Generator, mul, ones, where } from "@tapegrad/ops";
import { type GeneratorOptions, generatorOptions, generatorOr } from "../initialization/initialization.ts";
import { checkProbability } from "../layers/dropout.ts";
import { type Cell, checkCell, type HiddenState, type StepResult, stepOf } from "./cell.ts";
import { CheckedCell } from "./checked-cell.ts";

/** What wrappers have in common: they are modules around a cell whose state they keep. */
abstract class CellWrapper<Inner, State> extends CheckedCell<State> {
  readonly cell: Cell<Inner>;

  constructor(cell: Cell<Inner>) {
    super();
    this.cell = checkCell(new.target.name, cell);
  }

  /** One step of the cell inside. */
  protected inner(x: Tensor, state: Inner): StepResult<Inner> {
    return stepOf(this.constructor.name, this.cell, x, state);
  }
}

/** The state of a `VariationalDropoutCell`: that of the cell inside, and the mask. */
export interface VariationalState<State> {
  readonly inner: State;
  /** bool, like h: what is kept of it. */
  readonly kept: Tensor;
}

/**
 * Variational dropout of the recurrent connection (Gal and Ghahramani, 2016): in training, h is dropped from before every step
 * of a sequence with one and the same mask, survivors scaled up. The mask is drawn with the initial state and is a part of
 * the state, so that a sequence read in pieces keeps it. `VariationalDropout` is the same for inputs and outputs.
 * @example
 * import { Generator, LSTMCell, ones, Recurrent, VariationalDropoutCell } from "tapegrad";
 * const cell = new VariationalDropoutCell(new LSTMCell(3, 8), 0.3, { generator: new Generator(1) });
 * const { state } = new Recurrent(cell).forward(ones([2, 5, 3]));
 * console.log(state.kept.dtype, state.kept.shape); // the mask of the whole sequence
 * // → bool [ 2, 8 ]
 */
export class VariationalDropoutCell<State extends HiddenState> extends CellWrapper<State, VariationalState<State>> {
  /** Of an entry of h being dropped. */
  readonly probability: number;
  readonly #generator: Generator;

  /** @throws TapegradError unless 0 ≤ probability < 1. */
  constructor(cell: Cell<State>, probability: number, options: GeneratorOptions = {}) {
    super(cell);
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    this.probability = checkProbability(new.target.name, "probability of being dropped", probability);
    this.#generator = generatorOr(generator);
  }

  initialState(batch: number): VariationalState<State> {
    const inner = this.cell.initialState(batch);
    const { shape } = inner.h;
    const kept = this.training
      ? this.#generator.bernoulli(1 - this.probability, shape)
      : ones(shape, { dtype: "bool" });
    return { inner, kept };
  }

  protected advance(x: Tensor, { inner, kept }: VariationalState<State>) {
    const h = this.training ? where(kept, div(inner.h, 1 - this.probability), 0) : inner.h;
    const { output, state } = this.inner(x, { ...inner, h });
    return { output, state: { inner: state, kept } };
  }
}

/**
 * Zoneout (Krueger et al., 2017): in training, each entry of the state keeps its old value with probability p, drawn at every
 * step: s′ = m ⊙ s + (1 − m) ⊙ step(s) with m ~ Bernoulli(p). In evaluation, p takes the place of m. `probability` is one
 * number, or one for each tensor of the state by name, as in `{ h: 0.05, c: 0.5 }`; tensors left out are always new. If the
 * output is a tensor of the state, it is that tensor after zoneout.
 * @example
 * import { Generator, LSTMCell, ones, Recurrent, ZoneoutCell } from "tapegrad";
 * const cell = new ZoneoutCell(new LSTMCell(3, 8), { h: 0.05, c: 0.5 }, { generator: new Generator(1) });
 * console.log(new Recurrent(cell).forward(ones([2, 5, 3])).output.shape); // → [ 2, 5, 8 ]
 */
export class ZoneoutCell<State extends object> extends CellWrapper<State, State> {
  /** Of an entry of the state keeping its old value: one number, or one for each tensor of the state. */
  readonly probability: number | Readonly<Record<string, number>>;
  readonly #generator: Generator;

  /** @throws TapegradError unless 0 ≤ probability < 1. */
  constructor(
    cell: Cell<State>,
    probability: number | Readonly<Record<string, number>>,
    options: GeneratorOptions = {},
  ) {
    super(cell);
    const { generator } = optionsOf(new.target.name, options, generatorOptions);
    for (const p of isPlainObject(probability) ? Object.values(probability) : [probability])
      checkProbability(new.target.name, "probability of being dropped", p);
    this.probability = probability;
    this.#generator = generatorOr(generator);
  }

  initialState(batch: number): State {
    return this.cell.initialState(batch);
  }

  protected advance(x: Tensor, before: State) {
    const { output, state: after } = this.inner(x, before);
    const zoned = new Map<Tensor, Tensor>();
    const zone = (next: Tensor, last: Tensor, p: number) => {
      if (!isFloat(next.dtype) || p === 0) return next;
      const value = this.training
        ? where(this.#generator.bernoulli(p, next.shape), last, next)
        : add(mul(p, last), mul(1 - p, next));
      zoned.set(next, value);
      return value;
    };
    const { probability } = this;
    const state =
      typeof probability === "number"
        ? treeMap<State>((next: Tensor, last: Tensor) => zone(next, last, probability), after, before)
        : treeMap<State>(zone, after, before, byName(probability, after));
    return { output: zoned.get(output) ?? output, state };
  }
}

/**
 * The residual connection around a cell: its output is its input plus what the cell makes of it.
 * @throws ShapeError when input and output are of different sizes.
 * @example
 * import { GRUCell, ones, Recurrent, ResidualCell } from "tapegrad";
 * const cell = new ResidualCell(new GRUCell(8, 8));
 * console.log(new Recurrent(cell).forward(ones([2, 5, 8])).output.shape); // → [ 2, 5, 8 ]
 */
export class ResidualCell<State> extends CellWrapper<State, State> {
  initialState(batch: number): State {
    return this.cell.initialState(batch);
  }

  /** @throws ShapeError unless the cell's output is as wide as its input. */
  protected advance(x: Tensor, before: State) {
    const { output, state } = this.inner(x, before);
    if (!sameShape(x.shape, output.shape)) {
      throw new ShapeError(
        "ResidualCell",
        `input and output differ: ${formatShape(x.shape)} and ${formatShape(output.shape)}`,
        "wrap a cell whose output is as wide as its input",
      );
    }
    return { output: add(x, output), state };
  }
}

/** A probability for each tensor of a state, 0 unless named. @throws TapegradError for a name that the state has not. */
function byName(probability: Readonly<Record<string, number>>, state: object): Record<string, number> {
  const names = Object.keys(state);
  const unknown = Object.keys(probability).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new TapegradError("ZoneoutCell", `the state has no ${unknown}`, `name one of ${names.join(", ")}`);
  return Object.fromEntries(names.map((name) => [name, probability[name] ?? 0]));
}
