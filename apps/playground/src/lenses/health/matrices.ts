/** For each matrix: its size, its gradient, and how far the next step will move it. */
import { noGrad, type Tensor, withParameters } from "tapegrad";
import type { Session } from "../../engine/session.ts";

export interface MatrixHealth {
  readonly name: string;
  readonly shape: readonly number[];
  /** ‖θ‖, ‖∂L/∂θ‖ before clipping, and ‖Δθ‖ of the next step: Euclidean norms. */
  readonly weight: number;
  readonly gradient: number;
  readonly update: number;
}

/** `gradients` as clipped from `norm`. */
export function matrices(session: Session, gradients: readonly Tensor[], norm: number): MatrixHealth[] {
  const { clip } = session.settings;
  const scale = clip === 0 || norm <= clip ? 1 : norm / clip;
  const after = noGrad(() => afterNextStep(session, gradients));
  return [...session.model.namedParameters()].map(([name, parameter], index) => {
    const now = parameter.value.dataSync();
    const next = after[index]?.dataSync() ?? now;
    const weight = length(now);
    return {
      name,
      shape: parameter.shape,
      weight,
      gradient: scale * length(gradients[index]?.dataSync() ?? []),
      update: length(Float64Array.from(now, (value, at) => (next[at] ?? Number.NaN) - value)),
    };
  });
}

/** The Parameters as the optimiser will make them. They and the optimiser stay as they are. */
function afterNextStep({ optimizer, parameters }: Session, gradients: readonly Tensor[]): Tensor[] {
  const state = optimizer.stateDict();
  const values = parameters.map(({ value }) => value);
  try {
    return withParameters(parameters, values, () => {
      optimizer.step(gradients);
      return parameters.map(({ value }) => value);
    });
  } finally {
    optimizer.loadStateDict(state);
  }
}

function length(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += (values[at] ?? 0) ** 2;
  return Math.sqrt(sum);
}
