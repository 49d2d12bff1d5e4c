/** Actions on all compared runs at once: pin the present one, train, pause, rewind, and choose the lens below. */
import { addingSteps } from "../../engine/adding-runs.ts";
import type { Run } from "../../run/run.ts";
import { compareTexts } from "../../texts/compare.ts";
import type { LensEntry } from "../lens.ts";
import { type Compared, mostPinned, pin, pinned } from "./compared.ts";

export interface CompareBarProps {
  readonly run: Run;
  readonly compared: readonly Compared[];
  readonly entries: readonly LensEntry[];
  readonly entry: LensEntry | undefined;
  readonly choose: (id: string) => void;
}

export function CompareBar({ run, compared, entries, entry, choose }: CompareBarProps) {
  const isStandard = pinned.value.length === 0;
  const training = compared.some(({ run: { isTraining } }) => isTraining.value);
  const isFull = pinned.value.length >= mostPinned;
  const train = () => {
    for (const { run: each } of compared) void each.trainTo(isStandard ? addingSteps : Infinity, { orSolved: true });
  };
  const pause = () => {
    for (const { run: each } of compared) void each.pause();
  };
  const rewind = () => {
    for (const { run: each } of compared) void each.rewind();
  };
  return (
    <div class="compare-bar" role="toolbar" aria-label={compareTexts.bar}>
      <button type="button" class="primary" onClick={training ? pause : train}>
        {training ? compareTexts.pauseAll : compareTexts.trainAll(compared.length)}
      </button>
      <button type="button" onClick={rewind}>
        {compareTexts.rewindAll}
      </button>
      <button
        type="button"
        aria-disabled={isFull}
        onClick={() => {
          if (!isFull) void pin(run);
        }}
      >
        {isFull ? compareTexts.full : compareTexts.pin(run)}
      </button>
      <label class="compare-lens">
        <span>{compareTexts.lens}</span>
        <select value={entry?.id} onChange={(event) => choose(event.currentTarget.value)}>
          {entries.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
