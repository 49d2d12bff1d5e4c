/** The influence of each earlier input on one score of a prediction: the score's gradient with respect to the input. */
import { mul, softmax, square, Tape, type Tensor, tensor } from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import { compiledAtRest } from "../../engine/compiled-at-rest.ts";
import { Session, type States } from "../../engine/session.ts";
import { judgedStep, stretchAround } from "../../engine/stretch.ts";
import { widthOf } from "../../engine/tasks/task.ts";

export interface InfluenceQuestion {
  /** The cursor: the prediction after it is looked at, or the next one that counts. */
  readonly position: number;
  /** The score, as a token or a number of the output; undefined chooses the most likely token, or the first number. */
  readonly score: number | undefined;
  /** The same seed's network before its first step of training, in place of the present one. */
  readonly untrained: boolean;
}

export interface Influence {
  /** The position of the first element, and the index of the one that the prediction is made after. */
  readonly start: number;
  readonly at: number;
  readonly inputLabels: readonly string[];
  readonly targetLabels: readonly string[];
  /** The score that was differentiated, its value, and that of the probability of a token. */
  readonly score: number;
  readonly value: number;
  /** Of each score at the cursor: probabilities of tokens, or numbers. */
  readonly outputs: Float32Array;
  /** ‖∂score/∂x_t‖ of each element's embedding or numbers, 0 after the cursor. */
  readonly norms: Float32Array;
  /** ∂score/∂x_t · x_t, by how much the element moved the score to first order. */
  readonly products: Float32Array;
}

interface Scored {
  readonly outputs: Tensor;
  readonly norms: Tensor;
  readonly products: Tensor;
}

/** `chosen` [1, n, score] is 1 at the step and the score that are differentiated. */
type Program = (inputs: Tensor, states: States, chosen: Tensor) => Scored;

const programs = new WeakMap<Session, Program>();
const beginnings = new WeakMap<Session, Session>();

/** Of the session or of its beginning, as the run of `present` has time for. */
function programOf(session: Session, present: Session): Program {
  const known = programs.get(session);
  if (known !== undefined) return known;
  const made = compiledAtRest(present, (inputs: Tensor, states: States, chosen: Tensor): Scored => {
    const { model } = session;
    const read = model.encode(inputs);
    const tape = new Tape({ sources: read });
    const { outputs, score } = tape.record(() => {
      const { outputs } = model.read(read, states);
      return { outputs, score: mul(outputs, chosen).sum() };
    });
    const gradient = tape.gradient(score, read);
    return {
      outputs,
      norms: square(gradient).sum({ axis: -1 }).sqrt(),
      products: gradient.mul(read).sum({ axis: -1 }),
    };
  });
  programs.set(session, made);
  return made;
}

/** The session as it was before training: the same settings make the same weights. */
function beginningOf(session: Session): Session {
  const known = beginnings.get(session);
  if (known !== undefined) return known;
  const made = new Session(session.settings);
  beginnings.set(session, made);
  return made;
}

export function influence(present: Session, { position, score, untrained }: InfluenceQuestion): Influence {
  const session = untrained ? beginningOf(present) : present;
  const stretch = stretchAround(session, position);
  const { start, inputLabels, targetLabels, inputs, states } = stretch;
  // Where only some predictions count, the others mean nothing.
  const at = session.task.weights === undefined ? stretch.at : judgedStep(session.task, stretch, stretch.at);
  const program = programOf(session, present);
  const width = widthOf(session.task.output);
  const steps = inputLabels.length;
  const ask = (chosen: number) => {
    const mask = new Float32Array(steps * width);
    mask[at * width + chosen] = 1;
    return program(inputs, states, tensor(mask, { shape: [1, steps, width] }));
  };
  const outputsAt = ({ outputs }: Scored) => numbersOf(outputs).subarray(at * width, (at + 1) * width);
  const isTokens = session.task.output.kind === "tokens";
  const first = ask(score ?? 0);
  const logits = outputsAt(first);
  const best = isTokens ? logits.indexOf(Math.max(...logits)) : 0;
  const chosen = score ?? best;
  const { norms, products } = chosen === (score ?? 0) ? first : ask(chosen);
  return {
    start,
    at,
    inputLabels,
    targetLabels,
    score: chosen,
    value: logits[chosen] ?? Number.NaN,
    outputs: isTokens ? numbersOf(softmax(tensor(logits))) : Float32Array.from(logits),
    norms: numbersOf(norms),
    products: numbersOf(products),
  };
}
