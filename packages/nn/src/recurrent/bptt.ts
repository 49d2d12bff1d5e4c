/**
 * Backpropagation through time: a whole sequence at once, or windows of a long one, with the state carried over and cut from
 * the gradient (Williams and Peng, 1990).
 */
import { type CheckpointEvery, type Gradients, type ScanOptions, scan, Tape } from "@tapegrad/autodiff";
import { checkCheckpointEvery } from "@tapegrad/autodiff/internal";
import { DTypeError, formatShape, type Shape, ShapeError, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { checkBoolean, checkCount, describeValue, optionsOf } from "@tapegrad/core/internal";
import { slice, stopGradient, sum, type TensorLike, zerosLike } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { type Callable, callableOf } from "../callable.ts";
import { checkState } from "../cells/state.ts";
import { selectState, timeMajorResets } from "./padding-and-resets.ts";
import { swapTimeAndBatch } from "./time-major.ts";

/**
 * What reads a stretch of a sequence: from the state before it, its inputs (a tree of tensors [batch, time, …]) and where
 * sequences begin anew (bool [batch, time]) to a result with the state after it.
 */
export type Stretch<State, Inputs, Result> = (state: State, inputs: Inputs, resets?: Tensor) => Result;

/**
 * `run` with gradients: the same result, with the gradient of its `loss` with respect to `sources` (a tree of Parameters and
 * tensors) through all steps of the stretch, and none before them; the state that it returns is cut from what comes after.
 * Full BPTT if the stretch is the sequence. Made for `compile`.
 * @pytorch torch.autograd.grad
 * @example
 * import { bptt, Generator, type HiddenState, ones, overTime, RNNCell, type Tensor, zeros } from "tapegrad";
 * const cell = new RNNCell(1, 4, { generator: new Generator(1) });
 * const run = overTime((state: HiddenState, { x, y }: { x: Tensor; y: Tensor }) => {
 *   const { output, state: next } = cell.step(x, state);
 *   return { loss: output.sub(y).square(), state: next };
 * });
 * const inputs = { x: ones([2, 10, 1]), y: zeros([2, 10, 4]) };
 * const { gradients } = bptt(run, cell.parameters())(cell.initialState(2), inputs);
 * console.log(gradients.map(({ shape }) => shape)); // → [ [ 4, 1 ], [ 4, 4 ], [ 4 ], [ 4 ] ]
 */
export function bptt<
  State = Tensor,
  Inputs = Tensor,
  const Sources = unknown,
  Result extends { readonly loss: Tensor; readonly state: State } = { readonly loss: Tensor; readonly state: State },
>(
  model: Callable<Stretch<State, Inputs, Result>>,
  sources: Sources,
): Stretch<State, Inputs, Result & { readonly gradients: Gradients<Sources> }> {
  const run = checkedStretch("bptt", model, ["loss", "state"]);
  return (state, inputs, resets) => {
    const tape = new Tape({ sources });
    const result = tape.record(() => run(state, inputs, resets));
    const gradients = tape.gradient(result.loss, sources);
    tape.release();
    return { ...result, state: cut("bptt", result.state), gradients };
  };
}

/** Options of `truncatedBptt`. */
export interface TruncatedBpttOptions<State> {
  /** How many steps a window has, and so how far gradients reach; the last window may be shorter. */
  readonly window: number;
  /** The state before the first step. */
  readonly state: State;
  /** bool [batch, time]: where sequences begin anew; each window is given its part. */
  readonly resets?: Tensor | undefined;
  /** Inputs and resets are [time, batch, …] instead of [batch, time, …]. */
  readonly timeMajor?: boolean | undefined;
}

const truncatedBpttOptions = { window: true, state: true, resets: true, timeMajor: checkBoolean } as const;

/**
 * Truncated BPTT: calls `run` on one window of `inputs` after the other, with the state that it returned for the window
 * before, cut from the gradient. Yields each result with the steps `start` (inclusive) to `end` (exclusive) that it is about,
 * before the next window is read, so that Parameters may be updated in between:
 *
 *     const step = compile(bptt(loss, model.parameters()));
 *     for (const { loss, gradients } of truncatedBptt(step, inputs, { window: 64, state })) optimizer.step(gradients);
 * @throws ShapeError when the inputs have no common number of steps, or `window` is no positive integer.
 * @example
 * import { ones, type Tensor, truncatedBptt, zeros } from "tapegrad";
 * const decay = (h: Tensor, x: Tensor) => {
 *   const next = h.mul(0.5).add(x.sum({ axis: 1 }));
 *   return { loss: next.sum(), state: next };
 * };
 * const windows = truncatedBptt(decay, ones([1, 10]), { window: 4, state: zeros([1]) });
 * console.log([...windows].map(({ start, end, loss }) => [start, end, loss.itemSync()]));
 * // → [ [ 0, 4, 4 ], [ 4, 8, 6 ], [ 8, 10, 5 ] ]
 */
export function truncatedBptt<State, Inputs, Result extends { readonly state: State }>(
  model: Callable<Stretch<State, Inputs, Result>>,
  inputs: Inputs,
  options: TruncatedBpttOptions<State>,
): Generator<Result & { readonly start: number; readonly end: number }, void, undefined> {
  const op = "truncatedBptt";
  const { window, state, resets, timeMajor = false } = optionsOf(op, options, truncatedBpttOptions);
  const run = checkedStretch(op, model, ["state"]);
  checkCount(op, "window", window, 1);
  const { length, shape } = stepsOf(op, inputs, timeMajor ? 0 : 1);
  if (resets !== undefined) timeMajorResets(op, resets, shape.slice(0, 2), timeMajor);
  return windows(run, inputs, { window, state: cut(op, state), resets, timeMajor, length });
}

interface Windows<State> {
  readonly window: number;
  readonly state: State;
  readonly resets: Tensor | undefined;
  readonly timeMajor: boolean;
  /** Steps in all. */
  readonly length: number;
}

function* windows<State, Inputs, Result extends { readonly state: State }>(
  run: Stretch<State, Inputs, Result>,
  inputs: Inputs,
  { window, state, resets, timeMajor, length }: Windows<State>,
): Generator<Result & { readonly start: number; readonly end: number }, void, undefined> {
  const part = (x: Tensor, start: number, end: number) =>
    timeMajor ? slice(x, [start], [end]) : slice(x, [0, start], [undefined, end]);
  let carried = state;
  for (let start = 0; start < length; start += window) {
    const end = Math.min(start + window, length);
    const windowed = treeMap<Inputs>((x: Tensor) => part(x, start, end), inputs);
    const result = run(carried, windowed, resets === undefined ? undefined : part(resets, start, end));
    carried = cut("truncatedBptt", result.state);
    yield { ...result, start, end };
  }
}

/** Options of `overTime`. */
export interface OverTimeOptions<State> {
  /** The state at resets; zeros by default. */
  readonly initial?: State | undefined;
  /** Inputs and resets are [time, batch, …] instead of [batch, time, …]. */
  readonly timeMajor?: boolean | undefined;
  /** States are kept for the way back only at every so many steps; see `scan`. */
  readonly checkpointEvery?: CheckpointEvery | undefined;
}

const overTimeOptions = { initial: true, timeMajor: checkBoolean, checkpointEvery: checkCheckpointEvery } as const;

/**
 * A function of one time step as one of a stretch: `step` maps the state and one step's inputs (a tree of tensors [batch, …])
 * to its loss, of any shape, and the next state; the loss of the stretch is the sum over all of them.
 * @example
 * import { overTime, tensor, zeros } from "tapegrad";
 * const run = overTime((sum, x) => ({ loss: x.square(), state: sum.add(x) }));
 * const { loss, state } = run(zeros([1]), tensor([[1, 2, 3]])); // [batch, time]
 * console.log(loss, state); // → Tensor(float32 []) 14 Tensor(float32 [1]) [6]
 */
export function overTime<State = Tensor, Inputs = Tensor>(
  model: Callable<(state: State, inputs: Inputs) => { readonly loss: Tensor; readonly state: State }>,
  options: OverTimeOptions<State> = {},
): Stretch<State, Inputs, { readonly loss: Tensor; readonly state: State }> {
  const { initial, timeMajor = false, checkpointEvery } = optionsOf("overTime", options, overTimeOptions);
  const step = checkedStretch("overTime", model, ["loss", "state"]);
  const loop: ScanOptions = checkpointEvery === undefined ? {} : { checkpointEvery };
  return (given, inputs, resets) => {
    const state = treeMap<State>((leaf: TensorLike) => tensorOf("overTime", "state", leaf), given);
    const { shape } = stepsOf("overTime", inputs, timeMajor ? 0 : 1);
    const sequence = timeMajor ? inputs : treeMap<Inputs>(swapTimeAndBatch, inputs);
    const fresh = initial === undefined ? treeMap<State>(zerosLike, state) : checkState("overTime", initial, state);
    const starts =
      resets === undefined ? {} : { starts: timeMajorResets("overTime", resets, shape.slice(0, 2), timeMajor) };
    const [after, losses] = scan(
      (before: State, element: { readonly inputs: Inputs; readonly starts?: Tensor }) => {
        const from = element.starts === undefined ? before : selectState(element.starts, fresh, before);
        const { loss, state: next } = step(from, element.inputs);
        return [next, sum(loss)] as const;
      },
      state,
      { inputs: sequence, ...starts },
      loop,
    );
    return { loss: sum(losses), state: after };
  };
}

/** The same values, without what they were computed from. */
function cut<State>(op: string, state: State): State {
  return treeMap<State>((leaf: TensorLike) => stopGradient(tensorOf(op, "state", leaf)), state);
}

/** `model` as a function, whose results have to have `names`. */
function checkedStretch<Inputs extends readonly unknown[], Result extends object>(
  op: string,
  model: Callable<(...inputs: Inputs) => Result>,
  names: readonly (string & keyof Result)[],
): (...inputs: Inputs) => Result {
  const run = callableOf<Inputs, Result>(op, "first argument", model);
  return (...inputs) => {
    const result: unknown = run(...inputs);
    if (names.every((name) => Object(result)[name] !== undefined)) return result as Result; // Its type says the rest.
    throw new DTypeError(op, `the function returned ${describeValue(result)}`, `return { ${names.join(", ")}, … }`);
  };
}

/** The common length of all inputs along the time axis, and the shape of the first. */
function stepsOf(op: string, inputs: unknown, axis: number): { readonly length: number; readonly shape: Shape } {
  const shapes = treeLeaves(inputs).map((leaf) => (leaf instanceof Tensor ? leaf.shape : []));
  const [shape = []] = shapes;
  const length = shape[axis];
  if (length !== undefined && shapes.every((other) => other[axis] === length)) return { length, shape };
  const found = shapes.map(formatShape).join(", ");
  throw new ShapeError(op, `no common number of steps: ${found} (axis ${axis})`, "give every input one time axis");
}
