/** The data as a strip of time: the passage around the cursor, one element after another. */

import { visible } from "../components/visible.ts";
import type { Run } from "../run/run.ts";
import { useAnswer } from "../run/use-answer.ts";

export function Strip({ run }: { readonly run: Run }) {
  const { answer } = useAnswer(run, "reading", { position: run.cursor.value });
  const length = run.summary.value?.length ?? 0;
  const start = answer?.start ?? 0;
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    run.cursor.value = Math.min(length - 1, Math.max(0, run.cursor.value + by));
  };
  return (
    <div
      class="strip"
      role="slider"
      tabIndex={0}
      aria-label="Time"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, length - 1)}
      aria-valuenow={run.cursor.value}
      aria-valuetext={visible(answer?.inputLabels[run.cursor.value - start] ?? "")}
      onKeyDown={move}
    >
      {answer?.inputLabels.map((label, at) => (
        <span
          key={start + at}
          class={start + at === run.cursor.value ? "element current" : "element"}
          onPointerDown={() => {
            run.cursor.value = start + at;
          }}
        >
          {visible(label)}
        </span>
      ))}
    </div>
  );
}
