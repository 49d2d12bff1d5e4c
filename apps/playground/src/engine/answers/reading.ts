/** The network's predictions on a passage of the data, element by element. */
import { noGrad, softmax } from "tapegrad";
import { numbersOf } from "../arrays.ts";
import type { Session } from "../session.ts";

export interface Reading {
  /** The position of the first element. */
  readonly start: number;
  readonly inputLabels: readonly string[];
  readonly targetLabels: readonly string[];
  readonly units: number;
  /** Of each layer, h after each element: [time, unit]. */
  readonly hidden: readonly Float32Array[];
  /** [time, token] the probability that `token` comes next, or [time, number]. */
  readonly outputs: Float32Array;
}

export function reading(session: Session, { position }: { readonly position: number }): Reading {
  return noGrad(() => {
    const passage = session.task.passage(position);
    const { outputs, hidden } = session.predict(passage.inputs, session.statesBefore(passage));
    return {
      start: passage.start,
      inputLabels: passage.inputLabels,
      targetLabels: passage.targetLabels,
      units: session.settings.hidden,
      hidden: hidden.map(numbersOf),
      outputs: numbersOf(session.task.output.kind === "tokens" ? softmax(outputs) : outputs),
    };
  });
}
