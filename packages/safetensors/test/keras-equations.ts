/**
 * Keras' layers in plain loops, from the equations of its documentation and of `call` in keras/src/layers/rnn/*.py: nothing
 * here knows our layout. Weights are as `layer.get_weights()` gives them.
 */

export type Matrix = readonly (readonly number[])[];
export type Vector = readonly number[];

export interface KerasRecurrentWeights {
  /** [input, gates·hidden]. */
  readonly kernel: Matrix;
  /** [hidden, gates·hidden]. */
  readonly recurrentKernel: Matrix;
  /** [gates·hidden]; of a GRU with reset_after a row for the input and one for the state. None without use_bias. */
  readonly bias?: Matrix | undefined;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const value = (values: Vector, i: number) => values[i] ?? Number.NaN;

function dot(x: Vector, kernel: Matrix, column: number): number {
  return x.reduce((total, xi, row) => total + xi * value(kernel[row] ?? [], column), 0);
}

/** x·kernel + bias. */
export function dense(x: Vector, kernel: Matrix, bias?: Vector): number[] {
  return (kernel[0] ?? []).map((_, column) => dot(x, kernel, column) + (bias === undefined ? 0 : value(bias, column)));
}

type State = readonly Vector[];
type Step = (x: Vector, state: State, weights: KerasRecurrentWeights) => { output: Vector; state: State };

const gate = (all: Vector, index: number, hidden: number) => all.slice(index * hidden, (index + 1) * hidden);

export const simpleRNN: Step = (x, [h = []], { kernel, recurrentKernel, bias }) => {
  const output = dense(x, kernel, bias?.[0]).map((z, i) => Math.tanh(z + dot(h, recurrentKernel, i)));
  return { output, state: [output] };
};

/** z0, z1, z2, z3 = split(z): i, f, the candidate and o. */
export const lstm: Step = (x, [h = [], c = []], { kernel, recurrentKernel, bias }) => {
  const z = dense(x, kernel, bias?.[0]).map((input, i) => input + dot(h, recurrentKernel, i));
  const [i, f, candidate, o] = [0, 1, 2, 3].map((index) => gate(z, index, h.length));
  const carry = c.map(
    (old, k) => sigmoid(value(f ?? [], k)) * old + sigmoid(value(i ?? [], k)) * Math.tanh(value(candidate ?? [], k)),
  );
  const output = carry.map((next, k) => sigmoid(value(o ?? [], k)) * Math.tanh(next));
  return { output, state: [output, carry] };
};

/** With reset_after: hh = tanh(x_h + r * (h·U_h + b_h)), as in cuDNN. */
export const gruResetAfter: Step = (x, [h = []], { kernel, recurrentKernel, bias }) => {
  const inner = dense(h, recurrentKernel, bias?.[1]);
  return gruStep(x, h, kernel, bias?.[0], inner, (r) =>
    gate(inner, 2, h.length).map((recurrent, k) => value(r, k) * recurrent),
  );
};

/** Without: hh = tanh(x_h + (r * h)·U_h). */
export const gru: Step = (x, [h = []], { kernel, recurrentKernel, bias }) =>
  gruStep(x, h, kernel, bias?.[0], dense(h, recurrentKernel), (r) => {
    const reset = h.map((old, k) => value(r, k) * old);
    return h.map((_, k) => dot(reset, recurrentKernel, 2 * h.length + k));
  });

/** h' = z * h + (1 - z) * hh, with the gates in the order z r h. */
function gruStep(
  x: Vector,
  h: Vector,
  kernel: Matrix,
  bias: Vector | undefined,
  inner: Vector,
  recurrent: (r: Vector) => Vector,
) {
  const input = dense(x, kernel, bias);
  const size = h.length;
  const z = h.map((_, k) => sigmoid(value(input, k) + value(inner, k)));
  const r = h.map((_, k) => sigmoid(value(input, size + k) + value(inner, size + k)));
  const candidate = recurrent(r);
  const output = h.map((old, k) => {
    const hh = Math.tanh(value(input, 2 * size + k) + value(candidate, k));
    return value(z, k) * old + (1 - value(z, k)) * hh;
  });
  return { output, state: [output] };
}

/** return_sequences=True, from a zero state: one output per time step. */
export function sequence(step: Step, xs: Matrix, weights: KerasRecurrentWeights, states: number): Vector[] {
  const zero = weights.recurrentKernel.map(() => 0);
  let state: State = Array.from({ length: states }, () => zero);
  return xs.map((x) => {
    const result = step(x, state, weights);
    state = result.state;
    return result.output;
  });
}

/** Bidirectional(…, merge_mode="concat"). */
export function bidirectional(
  step: Step,
  xs: Matrix,
  forward: KerasRecurrentWeights,
  backward: KerasRecurrentWeights,
  states: number,
): Vector[] {
  const there = sequence(step, xs, forward, states);
  const back = sequence(step, xs.toReversed(), backward, states).reverse();
  return there.map((output, t) => [...output, ...(back[t] ?? [])]);
}
