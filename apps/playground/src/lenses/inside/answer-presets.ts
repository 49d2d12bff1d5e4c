/** The data of the two presets: a forget gate on three numbers, and the two GRUs on one step. */
import { add, Generator, GRUCell, matmul, mul, noGrad, slice, type Tensor, tensor, transpose } from "tapegrad";
import { numbersOf } from "../../engine/arrays.ts";
import { innerStep, mapValues, type StepValues } from "../../engine/gates.ts";
import type { Session } from "../../engine/session.ts";
import { courseOf, stepOf } from "./answer-course.ts";

export interface ForgettingOptions {
  readonly state: readonly number[];
  readonly gate: readonly number[];
}

/** gate ⊙ state. */
export function forgetting(_: Session, { state, gate }: ForgettingOptions): Float32Array {
  return numbersOf(mul(tensor([...gate]), tensor([...state])));
}

export interface BothOptions {
  readonly position: number;
  readonly layer: number;
  /** What the reset gate is held at, for all units; undefined lets it be. */
  readonly reset: number | undefined;
}

export interface BothGRUs {
  /** Whether the weights are those of the run; otherwise its cell is none, and they are new ones from its seed. */
  readonly isOfRun: boolean;
  /** What both read, and the state that both begin with. */
  readonly x: Float32Array;
  readonly h: Float32Array;
  readonly after: OneGRU;
  readonly before: OneGRU;
}

export interface OneGRU {
  /** [unit] each. */
  readonly values: StepValues<Float32Array>;
  /** [unit]: what the candidate gets from the state: r ⊙ (U·h + d), or U·(r ⊙ h) + d. */
  readonly memory: Float32Array;
}

/** Both on what the layer reads at the cursor. */
export function bothGRUs(session: Session, { position, layer, reset }: BothOptions): BothGRUs {
  return noGrad(() => {
    const passage = session.task.passage(position);
    const time = Math.min(position - passage.start, passage.inputLabels.length - 1);
    const { x, state } = stepOf(courseOf(session, passage, undefined), layer, time);
    const own = session.model.layers[layer]?.cell;
    const [input = 0, hidden = 0] = [x.shape.at(-1), state.h.shape.at(-1)];
    const source =
      own instanceof GRUCell ? own : new GRUCell(input, hidden, { generator: new Generator(session.settings.seed) });
    const run = (resetAfter: boolean): OneGRU => {
      const cell = new GRUCell(input, hidden, { resetAfter, bias: source.bias_hh !== undefined });
      cell.loadStateDict(source.stateDict());
      const inner = innerStep(cell, x, { h: state.h }, (name, value) =>
        name === "r" && reset !== undefined ? add(mul(value, 0), reset) : value,
      );
      if (inner?.values.r === undefined) throw new Error("internal: a GRU has no reset gate");
      return {
        values: mapValues(inner.values, numbersOf),
        memory: numbersOf(memoryOf(cell, state.h, inner.values.r)),
      };
    };
    const given = { x: numbersOf(x), h: numbersOf(state.h) };
    return { isOfRun: own instanceof GRUCell, ...given, after: run(true), before: run(false) };
  });
}

/** What the candidate gets from the state. */
function memoryOf({ weight_hh, bias_hh, hidden, resetAfter }: GRUCell, h: Tensor, r: Tensor): Tensor {
  const rows = (all: Tensor) => slice(all, [2 * hidden], [3 * hidden]);
  const project = (state: Tensor) => {
    const product = matmul(state, transpose(rows(weight_hh.value)));
    return bias_hh === undefined ? product : add(product, rows(bias_hh.value));
  };
  return resetAfter ? mul(r, project(h)) : project(mul(r, h));
}
