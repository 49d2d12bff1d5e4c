/** How strongly the loss of one prediction depends on the states before it, in every layer of a run's model. */
import {
  type Cell,
  clipByGlobalNorm,
  concat,
  gradientFlow,
  greater,
  type HiddenState,
  Recurrent,
  slice,
  stopGradient,
  Tape,
  type Tensor,
  tensor,
  treeMap,
  where,
  zeros,
} from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import { compiledAtRest } from "../../engine/compiled-at-rest.ts";
import type { Session, States } from "../../engine/session.ts";
import { judgedStep, stretchAround } from "../../engine/stretch.ts";

export interface FlowQuestion {
  /** The cursor. */
  readonly position: number;
  /** Time steps that the gradient flows back through; undefined lets it flow through all. */
  readonly window?: number;
}

/** Entry 0 of a list over time is the state before the first step that is shown, entry t the one after step t. */
export interface LayerFlow {
  readonly h: readonly number[];
  readonly c: readonly number[] | undefined;
}

export interface Flow {
  /** Of the prediction whose loss it is: its position, what is read there, and what should follow. */
  readonly position: number;
  readonly label: string;
  readonly target: string;
  /** What is read at the steps that are shown; the last of them makes the prediction. */
  readonly inputLabels: readonly string[];
  /** In nats, or squared. */
  readonly loss: number;
  /** ‖∂loss/∂state‖ by layer, whatever the window. */
  readonly layers: readonly LayerFlow[];
  /** ‖∂loss/∂parameters‖, where nothing flows back beyond the window. */
  readonly parameterNorm: number;
}

/** Steps that are looked back at. */
const farthest = 64;

interface Programs {
  /** ‖∂loss/∂state_t‖ by layer and by name, [n + 1]. `chosen` [1, n] is 1 at the step whose loss counts. */
  readonly flow: (
    inputs: Tensor,
    targets: Tensor,
    states: States,
    chosen: Tensor,
  ) => { readonly loss: Tensor; readonly norms: readonly Readonly<Record<string, Tensor>>[] };
  /** `open` [1, n, 1] is 0 where no gradient flows back from a step to the state before it. */
  readonly parameterNorm: (inputs: Tensor, targets: Tensor, states: States, chosen: Tensor, open: Tensor) => Tensor;
}

const programs = new WeakMap<Session, Programs>();

function programsOf(session: Session): Programs {
  const known = programs.get(session);
  if (known !== undefined) return known;
  const lossAt = (outputs: Tensor, targets: Tensor, chosen: Tensor) =>
    session.losses(outputs, targets).mul(chosen).sum();
  const made: Programs = {
    flow: compiledAtRest(session, (inputs: Tensor, targets: Tensor, states: States, chosen: Tensor) => {
      const { loss, runs } = gradientFlow(() => session.model.forward(inputs, states).outputs, [], {
        loss: (outputs) => lossAt(outputs, targets, chosen),
      });
      return { loss, norms: Object.values(runs).map(({ norms }) => norms) };
    }),
    parameterNorm: compiledAtRest(
      session,
      (inputs: Tensor, targets: Tensor, states: States, chosen: Tensor, open: Tensor) => {
        const tape = new Tape();
        const loss = tape.record(() => lossAt(outputsWithin(session, inputs, states, open), targets, chosen));
        return clipByGlobalNorm(tape.gradient(loss, session.parameters), Infinity).norm;
      },
    ),
  };
  programs.set(session, made);
  return made;
}

/** `model.forward`, where no gradient flows back from a closed step to the states before it. */
function outputsWithin({ model }: Session, inputs: Tensor, states: States, open: Tensor): Tensor {
  let features = model.encode(inputs);
  for (const [index, { cell }] of model.layers.entries()) {
    const state = states[index];
    const layer = new Recurrent(closable(cell));
    const read = layer.forward(concat([features, open], { axis: -1 }), state === undefined ? {} : { state });
    features = read.output;
  }
  return model.head.forward(features);
}

/** `cell`, which reads one more feature: whether the gradient flows on to the state before. */
function closable(cell: Cell<HiddenState>): Cell<HiddenState> {
  return {
    initialState: (batch) => cell.initialState(batch),
    step(x, state) {
      const features = (x.shape[1] ?? 0) - 1;
      const isOpen = greater(slice(x, [0, features]), 0);
      const before = treeMap<HiddenState>((leaf: Tensor) => where(isOpen, leaf, stopGradient(leaf)), state);
      return cell.step(slice(x, [0, 0], [undefined, features]), before);
    },
  };
}

export function flow(session: Session, { position, window }: FlowQuestion): Flow {
  const stretch = stretchAround(session, position);
  const { inputs, targets, states, inputLabels, targetLabels, start } = stretch;
  const steps = inputLabels.length;
  const at = judgedStep(session.task, stretch, stretch.at);
  const first = Math.max(0, at + 1 - farthest);
  const chosen = tensor(
    Float32Array.from({ length: steps }, (_, step) => (step === at ? 1 : 0)),
    { shape: [1, steps] },
  );
  const cut = window === undefined ? -1 : at + 1 - window;
  const open = tensor(
    Float32Array.from({ length: steps }, (_, step) => (step === cut ? 0 : 1)),
    {
      shape: [1, steps, 1],
    },
  );
  const { flow: flowOf, parameterNorm } = programsOf(session);
  const { loss, norms } = flowOf(inputs, targets, states, chosen);
  const shown = (norm: Tensor) => Array.from(numbersOf(norm).subarray(first, at + 2));
  return {
    position: start + at,
    label: inputLabels[at] ?? "",
    target: targetLabels[at] ?? "",
    inputLabels: inputLabels.slice(first, at + 1),
    loss: loss.itemSync(),
    layers: norms.map(({ h = zeros([0]), c }) => ({ h: shown(h), c: c === undefined ? undefined : shown(c) })),
    parameterNorm: parameterNorm(inputs, targets, states, chosen, open).itemSync(),
  };
}
