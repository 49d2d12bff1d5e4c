/**
 * Runs with the other cells, for comparison: each has a worker of its own, about as many parameters, and the same task and
 * seed, and trains to the step of the run.
 */
import { effect, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type FixedSizes, hiddenFor, type SizedCell } from "../../engine/equal-size.ts";
import type { RunSummary } from "../../engine/protocol.ts";
import type { RunSettings } from "../../engine/settings.ts";
import { reportFailure } from "../../failure.ts";
import { Run } from "../../run/run.ts";

export interface SiblingSettings extends RunSettings {
  readonly cell: SizedCell;
}

export interface Sibling {
  readonly run: Run;
  readonly settings: SiblingSettings;
}

/** Of those of RNN, LSTM and GRU that the run does not have. */
export function siblingsOf(settings: RunSettings, { input, output, parameterCount }: RunSummary): SiblingSettings[] {
  const { weights: _, architecture: __, cellSource: ___, ...shared } = settings;
  const sizes: FixedSizes = { input, output, layers: settings.layers };
  const present = settings.cell === "GRU, reset before" ? "GRU" : settings.cell;
  return (["RNN", "LSTM", "GRU"] as const)
    .filter((cell) => cell !== present)
    .map((cell) => ({ ...shared, cell, hidden: hiddenFor(cell, parameterCount, sizes) }));
}

/** None while `isWanted` is false. They are made anew for other settings, and end with the component. */
export function useSiblings(run: Run, isWanted: boolean): readonly Sibling[] {
  const siblings = useSignal<readonly Sibling[]>([]);
  const summary = run.summary.value;
  const isKnown = isWanted && summary !== undefined && run.phase.value !== "starting" && run.phase.value !== "failed";
  const wanted = isKnown ? siblingsOf(run.settings.value, summary) : [];
  useEffect(() => {
    const made = wanted.map((settings) => ({ settings, run: new Run(reportFailure) }));
    const ends = made.map((sibling) => {
      void sibling.run.start(sibling.settings);
      return follow(run, sibling.run);
    });
    siblings.value = made;
    return () => {
      for (const end of ends) end();
      for (const sibling of made) sibling.run.close();
    };
  }, [run, JSON.stringify(wanted)]);
  return siblings.value;
}

/** Keeps `follower` at the step of `leader`. */
function follow(leader: Run, follower: Run): () => void {
  return effect(() => {
    const target = leader.step.value;
    const step = follower.step.value;
    if (follower.phase.value !== "ready" || leader.phase.value === "starting") return;
    if (step < target) void follower.trainTo(target);
    if (step > target) {
      const before = follower.saved.peek().findLast((saved) => saved <= target);
      void (before === undefined ? follower.rewind() : follower.seek(before));
    }
  });
}
