/**
 * A loop with zeros added to the state at every step. The derivative of a loss with respect to these zeros is its derivative
 * with respect to the state at that step, including everything that is computed from it.
 */
import { scan, Tape } from "@tapegrad/autodiff";
import { isFloat, Tensor, treeLeaves, treeMap } from "@tapegrad/core";
import { defined, isPlainObject } from "@tapegrad/core/internal";
import { add, zeros, zerosLike } from "@tapegrad/ops";
import { alias } from "@tapegrad/ops/internal";
import type { StepResult } from "../cells/cell.ts";
import { floatTensors } from "../float-tensors.ts";
import type { Elements, Run, Step } from "../recurrent/unroll.ts";
import { type StateJacobians, stateJacobians } from "./state-jacobians.ts";

export interface NudgedLoop {
  readonly cell: object;
  readonly owner: object;
  readonly label: string;
  readonly reverse: boolean;
  /** Of each float tensor of the state: its name, the value before the first step, and the zeros [time, …], as inputs lie. */
  readonly states: readonly { readonly name: string; readonly start: Tensor; readonly nudges: Tensor }[];
  readonly jacobians: StateJacobians | undefined;
}

/** Runs the loop, and gives its results and what was added. */
export function nudgedLoop<State>(
  run: Run<State>,
  step: Step<State>,
  initial: State,
  elements: Elements,
  jacobians: boolean,
): { readonly result: readonly [State, Tensor]; readonly loop: NudgedLoop } {
  const { cell, owner, label, loop } = run;
  const time = elements.x.shape[0] ?? 0;
  const start = treeMap<State>(alias, initial);
  const nudges = treeMap<State>(
    (leaf: Tensor) => zeros([time, ...leaf.shape], { dtype: leaf.dtype, like: leaf }),
    initial,
  );
  const [final, { output, states }] = scan(
    (before: State, { element, nudge }: { readonly element: Elements; readonly nudge: State }) => {
      const [state, result] = step(before, element, (call) => nudged(call, before, nudge));
      return [state, { output: result, states: state }] as const;
    },
    start,
    { element: elements, nudge: nudges },
    loop,
  );
  const [starts, added] = [namedTensors(start), new Map(namedTensors(nudges))];
  return {
    result: [final, output],
    loop: {
      cell,
      owner,
      label,
      reverse: loop.reverse === true,
      states: starts.flatMap(([name, tensor]) => {
        const zerosAdded = added.get(name);
        return zerosAdded === undefined || !isFloat(tensor.dtype) ? [] : [{ name, start: tensor, nudges: zerosAdded }];
      }),
      jacobians: jacobians ? stateJacobians(run, step, start, states, elements) : undefined,
    },
  };
}

/**
 * What a cell returns if `nudge` is added to the tensors of its new state right where they are computed. An LSTM's h moves
 * with c, and so does its output: each by Σ_j ∂/∂state_j · nudge_j. With nudges of 0 that is nothing but a derivative.
 */
function nudged<State>(call: () => StepResult<State>, before: State, nudge: State): StepResult<State> {
  const tape = new Tape();
  const { output, state } = tape.record(() => withoutPassedOn(call(), before));
  const leaves = floatTensors(state);
  const targets = floatTensors([...leaves, output]);
  const seeds = targets.map(zerosLike);
  // The pullback is linear in its seeds, so its own pullback is the directional derivative.
  const linear = new Tape();
  const pulledBack = linear.record(() => tape.pullback(targets, seeds, leaves));
  const moves = linear.pullback(pulledBack, floatTensors(nudge), seeds);
  let position = 0;
  const moved = (tensor: Tensor) => (isFloat(tensor.dtype) ? add(tensor, defined(moves[position++], "move")) : tensor);
  return { state: treeMap<State>(moved, state), output: moved(output) };
}

/** A tensor that a cell hands on as it was becomes one of its own, or it would stand for two points in time. */
function withoutPassedOn<State>({ output, state }: StepResult<State>, before: State): StepResult<State> {
  const earlier = new Set(treeLeaves(before));
  return { output, state: treeMap<State>((leaf: Tensor) => (earlier.has(leaf) ? alias(leaf) : leaf), state) };
}

/** The tensors of a tree with their paths, `h` or `inner.0.h`. */
function namedTensors(tree: unknown, path: readonly string[] = []): [name: string, tensor: Tensor][] {
  if (tree instanceof Tensor) return [[path.join("."), tree]];
  if (!Array.isArray(tree) && !isPlainObject(tree)) return [];
  return Object.entries(tree).flatMap(([key, part]) => namedTensors(part, [...path, key]));
}
