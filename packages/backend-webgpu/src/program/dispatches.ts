/** Steps as dispatches: which kernels, how often, under which conditions. */
import {
  bodiesOf,
  costOf,
  isPlain,
  type LoopCounter,
  type LoopStep,
  type MemoryValue,
  type PlainStep,
  type Step,
} from "@tapegrad/compiler";
import type { Division, StepKernel } from "../kernels/kernel.ts";
import { kernelsOf } from "../kernels/kernels.ts";

/** A bool on which kernels depend: on the device, since the host does not know it when it issues them. */
export interface Condition {
  readonly test: MemoryValue;
  readonly whenTrue: boolean;
}

/** One dispatch: a kernel, or all those of a loop for all its rounds. */
export interface Dispatch {
  readonly kind: "dispatch";
  readonly kernels: readonly StepKernel[];
  readonly conditions: readonly Condition[];
  readonly loop?: LoopStep;
}

export interface Repeat {
  readonly kind: "repeat";
  readonly counter: LoopCounter;
  readonly length: number;
  readonly reverse: boolean;
  readonly body: readonly Work[];
}

export type Work = Dispatch | Repeat;

/**
 * Floating-point operations of one round, up to which a loop is for a single workgroup: more take longer there than a dispatch
 * costs (about 5 µs on a large GPU, whose workgroups do some hundred operations per ns).
 */
const operationsAlone = 2 ** 19;

export class Dispatches {
  readonly #division: Division;
  readonly #alone: Division;
  readonly #sharedBytes: number;

  /** `sharedBytes`: workgroup memory that a shader may have. */
  constructor(division: Division, sharedBytes: number) {
    this.#division = division;
    this.#alone = { ...division, loop: division.join, isAlone: true };
    this.#sharedBytes = sharedBytes;
  }

  of(steps: readonly Step[], conditions: readonly Condition[] = []): Work[] {
    return steps.flatMap((step): Work[] => {
      if (isPlain(step)) return kernelsOf(step, this.#division).map((kernel) => dispatch([kernel], conditions));
      if (step.kind === "cond") {
        const [whenTrue = [], whenFalse = []] = bodiesOf(step);
        const branch = (body: readonly Step[], taken: boolean) =>
          this.of(body, [...conditions, { test: step.test, whenTrue: taken }]);
        return [...branch(whenTrue, true), ...branch(whenFalse, false)];
      }
      return step.length === 0 ? [] : [this.#loop(step, conditions)];
    });
  }

  #loop(step: LoopStep, conditions: readonly Condition[]): Work {
    const { counter, length, reverse, body } = step;
    const plain = body.filter(isPlain);
    if (conditions.length === 0 && plain.length === body.length && costOf(body).operations <= operationsAlone) {
      const kernels = this.#kernelsAlone(plain);
      if (kernels !== undefined) return { kind: "dispatch", kernels, conditions, loop: step };
    }
    return { kind: "repeat", counter, length, reverse, body: this.of(body, conditions) };
  }

  /** Undefined if they need more workgroup memory than there is. */
  #kernelsAlone(steps: readonly PlainStep[]): readonly StepKernel[] | undefined {
    const kernels = steps.flatMap((step) => kernelsOf(step, this.#alone));
    const bytes = kernels.reduce((sum, { sharedBytes = 0 }) => sum + sharedBytes, 0);
    return kernels.length > 0 && bytes <= this.#sharedBytes ? kernels : undefined;
  }
}

function dispatch(kernels: readonly StepKernel[], conditions: readonly Condition[]): Dispatch {
  return { kind: "dispatch", kernels, conditions };
}

/** All values that a dispatch reads and writes, those of its conditions last. */
export function valuesOfDispatch({ kernels, conditions }: Dispatch): MemoryValue[] {
  return [...kernels.flatMap(({ values }) => values), ...conditions.map(({ test }) => test)];
}

/** Every dispatch once, however often it runs. */
export function dispatchesIn(work: readonly Work[]): Dispatch[] {
  return work.flatMap((each) => (each.kind === "dispatch" ? [each] : dispatchesIn(each.body)));
}
