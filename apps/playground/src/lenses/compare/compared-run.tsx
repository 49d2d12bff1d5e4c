/** One of the compared runs: its description, its progress, and the chosen lens on it. */
import { useId } from "preact/hooks";
import { compareTexts, standing, titleOf } from "../../texts/compare.ts";
import type { LensEntry, LensModule } from "../lens.ts";
import type { Compared } from "./compared.ts";
import { Swatch } from "./course-chart.tsx";
import { useNamedParts } from "./use-named-parts.ts";

export interface ComparedRunProps {
  readonly compared: Compared;
  readonly at: number;
  readonly isPinned: boolean;
  readonly unpin: () => void;
  readonly entry: LensEntry | undefined;
  readonly lens: LensModule | undefined;
}

export function ComparedRun({ compared: { id, run }, at, isPinned, unpin, entry, lens }: ComparedRunProps) {
  const title = useId();
  const place = useNamedParts(title, `run ${id + 1}`);
  const training = run.isTraining.value;
  return (
    <section class="compared panel" aria-labelledby={title}>
      <header>
        <h2 id={title}>
          <Swatch at={at} /> {at + 1}. {titleOf(run)}
        </h2>
        <p class="standing">{standing(run)}</p>
        <div class="compared-buttons">
          <button
            type="button"
            onClick={() => void (training ? run.pause() : run.trainTo(Infinity, { orSolved: true }))}
          >
            {training ? compareTexts.pause : compareTexts.train}
            <span class="visually-hidden"> {titleOf(run)}</span>
          </button>
          {isPinned && (
            <button type="button" onClick={unpin}>
              {compareTexts.unpin}
              <span class="visually-hidden"> {titleOf(run)}</span>
            </button>
          )}
        </div>
        <p class="problem">{run.problem.value}</p>
      </header>
      <div ref={place}>{lens && <lens.Lens key={entry?.id} run={run} />}</div>
    </section>
  );
}
