/**
 * A loop with zeros added to the state after every step. The derivative of a loss with respect to these zeros is the one with
 * respect to the state there, through everything that comes after.
 */
import { scan } from "@tapegrad/autodiff";
import { isFloat, isPlainObject, Tensor, treeMap } from "@tapegrad/core";
import { add, alias, zeros } from "@tapegrad/ops";
import { type StateJacobians, stateJacobians } from "./state-jacobians.ts";
import type { Elements, Run, Step } from "./unroll.ts";

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
      const [next, result] = step(before, element);
      const state = treeMap<State>(
        (leaf: Tensor, by: Tensor) => (isFloat(leaf.dtype) ? add(leaf, by) : leaf),
        next,
        nudge,
      );
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

/** The tensors of a tree with their paths, `h` or `inner.0.h`. */
function namedTensors(tree: unknown, path: readonly string[] = []): [name: string, tensor: Tensor][] {
  if (tree instanceof Tensor) return [[path.join("."), tree]];
  if (!Array.isArray(tree) && !isPlainObject(tree)) return [];
  return Object.entries(tree).flatMap(([key, part]) => namedTensors(part, [...path, key]));
}
