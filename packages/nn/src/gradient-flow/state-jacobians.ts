/** The Jacobian of each state of a loop with respect to the one before, and the products of these along the loop. */
import { jvp, scan, vmap } from "@tapegrad/autodiff";
import { DTypeError, formatShape, isFloat, ShapeError, type Tensor, treeMap } from "@tapegrad/core";
import { defined } from "@tapegrad/core/internal";
import { broadcastTo, concat, expandDims, eye, flip, matmul, slice, split } from "@tapegrad/ops";
import type { Cell } from "../cells/cell.ts";
import { RNNCell } from "../cells/cells.ts";
import { floatTensors } from "../float-tensors.ts";
import type { Elements, Run, Step } from "../recurrent/unroll.ts";

/**
 * A state is its float tensors side by side, h before c, `size` numbers in all. Steps are counted in the direction in which
 * the cell runs; 0 is the state before the first one. Rows are results, columns what they depend on.
 */
export interface StateJacobians {
  /** ∂s_t/∂s_{t−1} for t = 1 … T, [time, batch, size, size]. */
  readonly steps: Tensor;
  /** ∂s_T/∂s_t for t = 0 … T, the product of the steps after t; the last is the identity. [time + 1, batch, size, size]. */
  readonly products: Tensor;
  /** Of an `RNNCell`, the two factors apart: a step is diag(slopes_t) · weight. tanh′ or relu′, [time, batch, hidden]. */
  readonly slopes?: Tensor;
  /** W_hh [hidden, hidden]. */
  readonly weight?: Tensor;
}

/** `states` [time, …] are those after each step, aligned with `elements`. */
export function stateJacobians<State>(
  { cell, loop }: Run<State>,
  step: Step<State>,
  start: State,
  states: State,
  elements: Elements,
): StateJacobians {
  const time = elements.x.shape[0] ?? 0;
  const inOrder = (x: Tensor) => (loop.reverse === true ? flip(x, { axis: 0 }) : x);
  const before = treeMap<State>(
    (first: Tensor, after: Tensor) => slice(concat([expandDims(first, { axis: 0 }), inOrder(after)]), [0], [time]),
    start,
    states,
  );
  const [, steps] = scan(
    (none: readonly Tensor[], { from, element }: { readonly from: State; readonly element: Elements }) =>
      [none, jacobianOf(step, from, element)] as const,
    [],
    { from: before, element: treeMap<Elements>(inOrder, elements) },
  );
  return { steps, products: productsOf(steps), ...rnnFactors(cell, states, inOrder) };
}

/**
 * ∂next/∂state for each row of a batch, [batch, size, size]. Rows do not see each other, so one directional derivative along
 * the same entry of every row gives a column for all of them.
 */
function jacobianOf<State>(step: Step<State>, state: State, element: Elements): Tensor {
  const floats = floatTensors(state);
  const widths = floats.map((leaf) => {
    if (leaf.rank !== 2)
      throw new ShapeError("gradientFlow", `a state is not [batch, features]: ${formatShape(leaf.shape)}`);
    return leaf.shape[1] ?? 0;
  });
  const next = (...values: Tensor[]) => {
    let position = 0;
    const from = treeMap<State>(
      (leaf: Tensor) => (isFloat(leaf.dtype) ? defined(values[position++], "state") : leaf),
      state,
    );
    return floatTensors(step(from, element)[0]);
  };
  const column = (direction: Tensor) => {
    const parts = split(direction, widths);
    const tangents = floats.map((leaf, i) => broadcastTo(defined(parts[i], "direction"), leaf.shape));
    return concat(jvp(next, floats, tangents).tangent, { axis: -1 });
  };
  const [like] = floats;
  if (like === undefined) throw new DTypeError("gradientFlow", "the state has no float tensors");
  const size = widths.reduce((a, b) => a + b, 0);
  // Whatever the cell draws is the same for all columns of one Jacobian.
  return vmap(column, { outAxes: -1, randomness: "same" })(eye(size, size, { dtype: like.dtype, like }));
}

/** From the last step to the first: P_T = I, P_{t−1} = P_t · J_t. */
function productsOf(steps: Tensor): Tensor {
  const [, batch = 0, size = 0] = steps.shape;
  const identity = broadcastTo(eye(size, size, { dtype: steps.dtype, like: steps }), [batch, size, size]);
  const [, products] = scan(
    (later: Tensor, jacobian: Tensor) => {
      const product = matmul(later, jacobian);
      return [product, product] as const;
    },
    identity,
    steps,
    { reverse: true },
  );
  return concat([products, expandDims(identity, { axis: 0 })]);
}

function rnnFactors<State>(
  cell: Cell<State>,
  states: State,
  inOrder: (x: Tensor) => Tensor,
): Pick<StateJacobians, "slopes" | "weight"> {
  if (!(cell instanceof RNNCell)) return {};
  return { slopes: inOrder(cell.slope(defined(floatTensors(states)[0], "h"))), weight: cell.weight_hh.value };
}
