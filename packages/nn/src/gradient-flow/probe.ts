/**
 * The probe with which `gradientFlow` observes the loops of a model: while it runs, every loop calls its probe. A recording
 * depends on the probe, so a compiled function never keeps one.
 */
import type { Tensor } from "@tapegrad/core";
import { guarded, refusePromise } from "@tapegrad/core/internal";
import type { Elements, Run, Step } from "../recurrent/unroll.ts";

/** Runs a loop in its own way, with the same results. */
export type Probe = <State>(
  run: Run<State>,
  step: Step<State>,
  initial: State,
  elements: Elements,
) => readonly [State, Tensor];

let probe: Probe | undefined;

const read = () => probe;

export function currentProbe(): Probe | undefined {
  return guarded(read);
}

/** Runs `fn` with every loop going through `inner`. A recording that this is a part of depends on the probe outside alone. */
export function withProbe<T>(inner: Probe, fn: () => T): T {
  const outer = currentProbe();
  probe = inner;
  try {
    return refusePromise("gradientFlow", fn());
  } finally {
    probe = outer;
  }
}
