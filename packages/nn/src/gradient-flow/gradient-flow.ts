/** Measures vanishing and exploding gradients: how strongly a loss depends on the state of every loop at every time step. */
import { Tape } from "@tapegrad/autodiff";
import { formatShape, ShapeError, TapegradError, type Tensor, TraceError } from "@tapegrad/core";
import { checkBoolean, checkFunction, defined, isPlainObject, optionsOf } from "@tapegrad/core/internal";
import { add, concat, expandDims, flip, safeSqrt, square, sum } from "@tapegrad/ops";
import { tensorOf } from "@tapegrad/ops/internal";
import { callableOf } from "../callable.ts";
import { type Cell, checkCell } from "../cells/cell.ts";
import { floatTensors } from "../float-tensors.ts";
import { Module } from "../module.ts";
import type { SequenceOptions } from "../recurrent/padding-and-resets.ts";
import { Recurrent } from "../recurrent/recurrent.ts";
import { toTimeMajor } from "../recurrent/time-major.ts";
import { type NudgedLoop, nudgedLoop } from "./nudged-loop.ts";
import { type Probe, withProbe } from "./probe.ts";
import type { StateJacobians } from "./state-jacobians.ts";

/** Options of `gradientFlow`. */
export interface GradientFlowOptions<Result> {
  /**
   * The scalar to be differentiated, computed from what the model returned; by default the sum of that, or, of an output with
   * a state, the sum of the final state.
   */
  readonly loss?: ((result: Result) => Tensor) | undefined;
  /** Also gives the Jacobian of every step: time · batch · state² numbers. Off by default. */
  readonly jacobians?: boolean | undefined;
}

const gradientFlowOptions = { loss: checkLoss, jacobians: checkBoolean } as const;

function checkLoss(op: string, what: string, loss: () => Tensor): unknown {
  return checkFunction(op, what, loss, "{ loss: ({ output }) => sum(output) }");
}

/** What `gradientFlow` found: the loss, and a report for each cell that ran. */
export interface GradientFlow {
  readonly loss: Tensor;
  /**
   * For every cell that ran over time, named by its place in the model: `l0`, `l1_reverse` in a layer, `encoder.l0` in a model
   * that has the layer as `encoder`; a cell by itself by its class.
   */
  readonly runs: Readonly<Record<string, StateFlow>>;
}

/**
 * By the names of the state's tensors, `h` and `c`. Entry 0 along the time axis is the state before the first step, entry t the
 * one after step t, counted in the direction in which the cell runs; at padding there is nothing but 0. The derivative is the
 * one that a tape gives in a loop written out, through all that is computed from the tensor: c_t counts through h_t as well.
 */
export interface StateFlow {
  /** ∂loss/∂state_t, [time + 1, batch, hidden]. */
  readonly gradients: Readonly<Record<string, Tensor>>;
  /** ‖∂loss/∂state_t‖, the Euclidean norm over batch and features, [time + 1]. */
  readonly norms: Readonly<Record<string, Tensor>>;
  readonly jacobians?: StateJacobians;
}

/** What takes `Inputs` and contains cells: a module, or a function that calls some. */
export type Model<Inputs extends readonly unknown[], Result> =
  | { forward(...inputs: Inputs): Result }
  | ((...inputs: Inputs) => Result);

type AnyModel = Cell<unknown> | Model<never[], unknown>;

/**
 * The gradient of a loss with respect to every intermediate state of a cell, or of all recurrent layers in a model. `inputs` is
 * the input, or the list of arguments of `forward`. In `compile`, its results may be returned.
 *
 * It runs the model once, adding zeros to the states, and asks for the derivative with respect to these.
 * @throws TraceError when a loop runs inside another recording, such as a compiled function of the model's own.
 * @example
 * import { Generator, gradientFlow, LSTM, ones } from "tapegrad";
 * const lstm = new LSTM(1, 8, { generator: new Generator(1) });
 * const { runs } = gradientFlow(lstm, ones([1, 20, 1]));
 * console.log(runs.l0?.norms.h?.shape); // ‖∂loss/∂h_t‖ for the 20 steps, and the state before them
 * // → [ 21 ]
 */
export function gradientFlow<State>(
  cell: Cell<State>,
  inputs: Tensor | readonly [x: Tensor, options?: SequenceOptions<State>],
  options?: GradientFlowOptions<{ output: Tensor; state: State }>,
): GradientFlow;
export function gradientFlow<Inputs extends readonly unknown[], Result>(
  model: Model<Inputs, Result>,
  inputs: Tensor | Readonly<Inputs>,
  options?: GradientFlowOptions<Result>,
): GradientFlow;
export function gradientFlow(model: AnyModel, inputs: unknown, options: GradientFlowOptions<never> = {}): GradientFlow {
  const { loss: lossOf, jacobians = false } = optionsOf("gradientFlow", options, gradientFlowOptions);
  const loops: NudgedLoop[] = [];
  const probe: Probe = (run, step, initial, elements) => {
    const { result, loop } = nudgedLoop(run, step, initial, elements, jacobians);
    loops.push(loop);
    return result;
  };
  const tape = new Tape();
  const loss = tape.record(() => withProbe(probe, () => lossOfModel(model, inputs, lossOf)));
  const recorded = new Set(tape.nodes.flatMap((node) => node.inputs.map(({ id }) => id)));
  for (const { states } of loops) {
    if (!states.every(({ nudges }) => recorded.has(nudges.variable.id)))
      throw new TraceError("gradientFlow", "a loop ran inside another recording", "pass the model uncompiled");
  }
  const cotangents = tape.gradient(
    loss,
    loops.map(({ states }) => states.map(({ start, nudges }) => [start, nudges] as const)),
  );
  tape.release();
  const runs = new Map<string, StateFlow>();
  for (const [index, loop] of loops.entries())
    runs.set(freeName(nameOf(loop, model), runs), flowOf(loop, cotangents[index] ?? []));
  return { loss, runs: Object.fromEntries(runs) };
}

/** `cotangents`: for each tensor of the state, of the value before the first step and of what was added after each. */
function flowOf(
  { states, reverse, jacobians }: NudgedLoop,
  cotangents: readonly (readonly [Tensor, Tensor])[],
): StateFlow {
  const gradients = cotangents.map(([first, later], index) => {
    const inOrder = reverse ? flip(later, { axis: 0 }) : later;
    return [defined(states[index], "state").name, concat([expandDims(first, { axis: 0 }), inOrder])] as const;
  });
  return {
    gradients: Object.fromEntries(gradients),
    norms: Object.fromEntries(gradients.map(([name, gradient]) => [name, normAfterFirstAxis(gradient)])),
    ...(jacobians !== undefined && { jacobians }),
  };
}

function normAfterFirstAxis(x: Tensor): Tensor {
  return safeSqrt(sum(square(x), { axis: x.shape.map((_, axis) => axis).slice(1) }));
}

/** The only casts of this file: that model, inputs and loss fit together has been checked by the overloads. */
function lossOfModel(model: AnyModel, inputs: unknown, lossOf: GradientFlowOptions<never>["loss"]): Tensor {
  const list = (Array.isArray(inputs) ? inputs : [inputs]) as [never, never];
  const result = forwardOf(model)(...list);
  if (lossOf === undefined) return defaultLoss(result);
  const loss = tensorOf("gradientFlow", "loss", lossOf(result as never));
  if (loss.size === 1) return loss;
  throw new ShapeError(
    "gradientFlow",
    `the loss is not one value: ${formatShape(loss.shape)}`,
    "return a sum or a mean",
  );
}

function forwardOf(model: AnyModel): (...inputs: [never, never]) => unknown {
  const isCell = typeof model === "object" && model !== null && "step" in model;
  if (isCell) {
    const layer = new Recurrent(checkCell("gradientFlow", model));
    return (x, options) => layer.forward(toTimeMajor("gradientFlow", x, true), options);
  }
  return callableOf<[never, never], unknown>("gradientFlow", "model", model);
}

/** The sum of a tensor, or of a final state. */
function defaultLoss(result: unknown): Tensor {
  const summed = isPlainObject(result) && "state" in result ? result.state : result;
  const floats = floatTensors(summed).map((leaf) => sum(leaf));
  if (floats.length > 0) return floats.reduce((total, part) => add(total, part));
  throw new TapegradError(
    "gradientFlow",
    "the model returned no float tensor",
    "say what to differentiate with { loss }",
  );
}

/** The place of the loop's owner in the model, and which of its cells ran. */
function nameOf({ owner, label, cell }: NudgedLoop, model: object): string {
  const modules = model instanceof Module ? [...model.namedModules()] : [];
  const path = modules.find(([, module]) => module === owner)?.[0];
  const place = [path ?? "", label].filter((part) => part !== "").join(".");
  if (place !== "") return place;
  return isPlainObject(cell) ? "cell" : cell.constructor.name;
}

/** `name`, numbered from the second loop of that name on. */
function freeName(name: string, taken: ReadonlyMap<string, unknown>): string {
  let count = 1;
  const numbered = () => (count === 1 ? name : `${name}#${count}`);
  while (taken.has(numbered())) count++;
  return numbered();
}
