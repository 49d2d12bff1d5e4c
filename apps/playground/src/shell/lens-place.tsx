/** The place of the lens: its code is loaded when it is first opened. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reportFailure } from "../failure.ts";
import type { LensEntry, LensModule } from "../lenses/lens.ts";
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";
import { LessonPlace } from "./lesson-place.tsx";

const loaded = new Map<string, LensModule>();

export function LensPlace({ entry, run }: { readonly entry: LensEntry; readonly run: Run }) {
  const arrived = useSignal(0);
  useEffect(() => {
    if (loaded.has(entry.id)) return;
    entry.load().then((lens) => {
      loaded.set(entry.id, lens);
      arrived.value++;
    }, reportFailure);
  }, [entry]);
  const lens = arrived.value >= 0 ? loaded.get(entry.id) : undefined;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard. */}
      <main class="lens" aria-labelledby="lens-title" aria-busy={run.isComing.value} tabIndex={0}>
        <h1 id="lens-title">
          {entry.title} <span>{entry.question}</span>
        </h1>
        {run.summary.value?.backend === "cpu" && <p class="notice">{shellTexts.portable}</p>}
        {lens && <lens.Lens key={entry.id} run={run} />}
      </main>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard. */}
      <aside class="explanation" aria-label={shellTexts.explanation} tabIndex={0}>
        <LessonPlace run={run} />
        <details open>
          <summary>{shellTexts.explanation}</summary>
          {lens && <lens.Explanation key={entry.id} run={run} />}
        </details>
      </aside>
    </>
  );
}
