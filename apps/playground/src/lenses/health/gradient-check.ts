/** One matrix's gradient against central differences, all of it in float64, on a passage and with the weights as they are. */
import { gradcheckReport } from "@tapegrad/conformance";
import { slice, type Tensor, withParameters } from "tapegrad";
import type { Session } from "../../engine/session.ts";
import { withBrokenTanh } from "./broken-rule.ts";

export interface GradientCheckOptions {
  readonly position: number;
  /** Which Parameter, from 0 on. */
  readonly matrix: number;
  /** Whether tanh has a wrong derivative. */
  readonly broken: boolean;
}

export interface GradientCheck {
  readonly name: string;
  readonly shape: readonly number[];
  /** Of how many there are. */
  readonly count: number;
  /** Along one random direction of the matrix. */
  readonly analytic: number;
  readonly numeric: number;
  /** Relative to the larger of the two. */
  readonly error: number;
  readonly passed: boolean;
}

/** Steps of a passage that are checked: the time is in proportion. Tasks that are judged at the end need all of theirs. */
const checkedSteps = 12;

export function gradientCheck(session: Session, { position, matrix, broken }: GradientCheckOptions): GradientCheck {
  const named = [...session.model.namedParameters()];
  const [name, parameter] = named[matrix] ?? [];
  if (name === undefined || parameter === undefined) throw new Error(`internal: there is no matrix ${matrix}`);
  const passage = session.task.passage(position);
  const states = session.statesBefore(passage);
  const [inputs, targets] = [passage.inputs, passage.targets].map((x) => (session.task.weights ? x : head(x)));
  if (inputs === undefined || targets === undefined) throw new Error("internal: a passage without inputs");
  const loss = (value: Tensor) =>
    withParameters([parameter], [value], () => session.loss(session.model.forward(inputs, states).outputs, targets));
  const checked = broken ? withBrokenTanh(loss, parameter.value) : loss;
  const { comparisons, passed } = gradcheckReport(checked, [parameter.value], { dtype: "float64" });
  const differences = comparisons.find(({ kind }) => kind === "derivative against differences");
  if (differences === undefined) throw new Error("internal: gradcheck compared nothing");
  const { derivative: analytic, other: numeric, error } = differences;
  const size = Math.max(Math.abs(analytic), Math.abs(numeric));
  return {
    name,
    shape: parameter.shape,
    count: named.length,
    analytic,
    numeric,
    error: size === 0 ? 0 : error / size,
    passed,
  };
}

function head(x: Tensor): Tensor {
  const [, time = 0] = x.shape;
  return slice(x, [0, 0], [1, Math.min(time, checkedSteps)]);
}
