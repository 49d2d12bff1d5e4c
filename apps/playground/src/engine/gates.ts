/**
 * The values inside a step of the built-in cells: every value that their equations name, computed by the engine's ops from the
 * cell's own weights. Other cells have no such names.
 */
import {
  add,
  type Cell,
  concat,
  GRUCell,
  greater,
  type HiddenState,
  LSTMCell,
  matmul,
  mul,
  noGrad,
  type Parameter,
  Recurrent,
  RNNCell,
  relu,
  sigmoid,
  slice,
  split,
  sub,
  Tensor,
  tanh,
  where,
} from "tapegrad";
import { numbersOf } from "./arrays.ts";

/** RNN: a (before tanh), h. LSTM: i f g o, c, h. GRU: r z n, h. */
export type ValueName = "a" | "i" | "f" | "g" | "o" | "r" | "z" | "n" | "c" | "h";

/** By name, in the order in which the equations compute them. */
export type StepValues<T> = Partial<Readonly<Record<ValueName, T>>>;

/** What a value becomes before anything is computed from it: itself, or what somebody holds it at. */
export type Hold = (name: ValueName, value: Tensor) => Tensor;

export interface InnerStep {
  /** [batch, hidden] each. */
  readonly values: StepValues<Tensor>;
  readonly state: HiddenState;
}

type Inside<Kind> = (cell: Kind, x: Tensor, state: HiddenState, held: Hold) => InnerStep;

/** One step of `cell` as `cell.step` takes it, with everything in it that has a name; undefined for a cell without names. */
export function innerStep(
  cell: Cell<HiddenState>,
  x: Tensor,
  state: HiddenState,
  held: Hold = (_, value) => value,
): InnerStep | undefined {
  if (valueNames(cell).length === 0) return undefined;
  if (cell instanceof LSTMCell) return insideLSTM(cell, x, state, held);
  if (cell instanceof GRUCell) return insideGRU(cell, x, state, held);
  if (cell instanceof RNNCell) return insideRNN(cell, x, state, held);
  return undefined;
}

/** The values of one step as plain arrays: [batch, hidden] each. */
export function gatesOf(cell: Cell<HiddenState>, x: Tensor, state: HiddenState): StepValues<Float32Array> | undefined {
  const values = noGrad(() => innerStep(cell, x, state))?.values;
  return values && mapValues(values, numbersOf);
}

/** The names that the equations of `cell` have, in the order in which they are computed; none for a cell of another kind. */
export function valueNames(cell: Cell<HiddenState>): readonly ValueName[] {
  if (cell instanceof LSTMCell && cell.weight_hr === undefined) return ["i", "f", "g", "o", "c", "h"];
  if (cell instanceof GRUCell) return ["r", "z", "n", "h"];
  return cell instanceof RNNCell ? ["a", "h"] : [];
}

/** Values that are held over a sequence, as tensors, so that one program serves whatever is held. */
export interface HeldOverTime {
  /** [batch, time, 1]: 1 at the steps at which something is held, 0 at others. */
  readonly steps: Tensor;
  /** [hidden] each: 1 where a unit's value is held, 0 elsewhere. */
  readonly mask: StepValues<Tensor>;
  /** [hidden] each: what it is held at. */
  readonly at: StepValues<Tensor>;
}

/** The values of every step of a sequence: x [batch, time, feature] → [batch, time, hidden] each. May be compiled. */
export function gatesOverTime(
  cell: Cell<HiddenState>,
  x: Tensor,
  state: HiddenState,
  held?: HeldOverTime,
): StepValues<Tensor> | undefined {
  const names = valueNames(cell);
  if (names.length === 0) return undefined;
  const probe = {
    initialState: (batch: number) => cell.initialState(batch),
    step(input: Tensor, before: HiddenState) {
      const inner = held === undefined ? innerStep(cell, input, before) : stepHeld(cell, input, before, held);
      if (inner === undefined) throw new Error("internal: a cell with names has no step inside");
      return { output: concat(Object.values(inner.values), { axis: -1 }), state: inner.state };
    },
  };
  const sequence = held === undefined ? x : concat([x, held.steps], { axis: -1 });
  const { output } = new Recurrent(probe).forward(sequence, { state });
  const parts = split(output, names.length, { axis: -1 });
  return Object.fromEntries(names.map((name, index) => [name, parts[index]]));
}

/** The last feature of `input` says whether values are held at this step. */
function stepHeld(cell: Cell<HiddenState>, input: Tensor, state: HiddenState, { mask, at }: HeldOverTime) {
  const width = (input.shape.at(-1) ?? 0) - 1;
  const [x, isHeld] = split(input, [width, 1], { axis: -1 });
  if (x === undefined || isHeld === undefined) throw new Error("internal: a step has no mark");
  return innerStep(cell, x, state, (name, value) => {
    const [units, target] = [mask[name], at[name]];
    if (units === undefined || target === undefined) return value;
    return where(greater(mul(isHeld, units), 0), target, value);
  });
}

/** h = tanh(a), or relu, where a = W·x + b + U·h + d. */
const insideRNN: Inside<RNNCell> = (cell, x, { h }, held) => {
  const a = held("a", add(fromInput(cell, x), fromHidden(cell, h)));
  const hidden = held("h", cell.nonlinearity === "tanh" ? tanh(a) : relu(a));
  return { values: { a, h: hidden }, state: { h: hidden } };
};

/** c′ = f ⊙ c + i ⊙ g and h′ = o ⊙ tanh(c′). */
const insideLSTM: Inside<LSTMCell> = (cell, x, state, held) => {
  const [i, f, g, o] = quarters(add(fromInput(cell, x), fromHidden(cell, state.h)));
  const input = held("i", sigmoid(i));
  const forget = held("f", sigmoid(f));
  const candidate = held("g", tanh(g));
  const output = held("o", sigmoid(o));
  const c = held("c", add(mul(forget, cellState(state)), mul(input, candidate)));
  const h = held("h", mul(output, tanh(c)));
  const after = { h, c };
  return { values: { i: input, f: forget, g: candidate, o: output, c, h }, state: after };
};

/** h′ = (1 − z) ⊙ n + z ⊙ h, where the candidate n reads r ⊙ (U·h + d), or U·(r ⊙ h) + d if the reset comes before. */
const insideGRU: Inside<GRUCell> = (cell, x, { h }, held) => {
  const [xr, xz, xn] = thirds(fromInput(cell, x));
  const r = held("r", sigmoid(add(xr, fromHidden(cell, h, 0))));
  const z = held("z", sigmoid(add(xz, fromHidden(cell, h, 1))));
  const memory = cell.resetAfter ? mul(r, fromHidden(cell, h, 2)) : fromHidden(cell, mul(r, h), 2);
  const n = held("n", tanh(add(xn, memory)));
  const hidden = held("h", add(mul(sub(1, z), n), mul(z, h)));
  return { values: { r, z, n, h: hidden }, state: { h: hidden } };
};

type Gated = RNNCell | LSTMCell | GRUCell;

function fromInput({ weight_ih, bias_ih }: Gated, x: Tensor): Tensor {
  return affine(x, weight_ih.value, bias_ih?.value);
}

/** The whole projection of the hidden state, or the rows of one gate. */
function fromHidden({ weight_hh, bias_hh, hidden }: Gated, h: Tensor, gate?: number): Tensor {
  const rows = ({ value }: Parameter) =>
    gate === undefined ? value : slice(value, [gate * hidden], [(gate + 1) * hidden]);
  return affine(h, rows(weight_hh), bias_hh && rows(bias_hh));
}

function affine(x: Tensor, weight: Tensor, bias: Tensor | undefined): Tensor {
  const product = matmul(x, weight, { transposeRight: true });
  return bias === undefined ? product : add(product, bias);
}

/** @throws Error for a state without c. */
function cellState(state: HiddenState): Tensor {
  if ("c" in state && state.c instanceof Tensor) return state.c;
  throw new Error("internal: the state of an LSTM has no c");
}

// `split` returns exactly as many parts as it is asked for; its type cannot say so.
function quarters(projection: Tensor): [Tensor, Tensor, Tensor, Tensor] {
  return split(projection, 4, { axis: -1 }) as [Tensor, Tensor, Tensor, Tensor];
}

function thirds(projection: Tensor): [Tensor, Tensor, Tensor] {
  return split(projection, 3, { axis: -1 }) as [Tensor, Tensor, Tensor];
}

export function mapValues<From, To>(values: StepValues<From>, map: (value: From) => To): StepValues<To> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, map(value)]));
}
