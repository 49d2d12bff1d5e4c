/** Goes from one sequence of a task to another, where the data are many short ones. */
import type { Run } from "../../run/run.ts";
import { insideTexts as texts } from "../../texts/inside.ts";

export function ExamplePager({ run, start }: { readonly run: Run; readonly start: number }) {
  const summary = run.summary.value;
  const { kind } = run.settings.value.task;
  if (summary === undefined || (kind !== "shape" && kind !== "adding")) return null;
  const { window, length } = summary;
  const count = Math.floor(length / window);
  const index = Math.floor(start / window);
  const go = (by: number) => {
    const within = run.cursor.value - start;
    run.cursor.value = ((index + by + count) % count) * window + within;
  };
  return (
    <div class="example-pager">
      <button type="button" class="chip" aria-label={texts.previousExample} onClick={() => go(-1)}>
        ‹
      </button>
      <span>{texts.example(index + 1, count)}</span>
      <button type="button" class="chip" aria-label={texts.nextExample} onClick={() => go(1)}>
        ›
      </button>
    </div>
  );
}
