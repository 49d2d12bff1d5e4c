/** The data as a strip of time: the passage around the cursor, element by element, and how well each was predicted. */
import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { visible } from "../components/visible.ts";
import type { Reading } from "../engine/answers/reading.ts";
import type { RunSummary } from "../engine/protocol.ts";
import type { Run } from "../run/run.ts";
import { useReading } from "../run/use-reading.ts";
import { shellTexts } from "../texts/shell.ts";

/** Milliseconds from one element to the next while time plays. */
const tempo = 350;
/** What Page Up and Page Down move by. */
const page = 16;

export function Strip({ run }: { readonly run: Run }) {
  const reading = useReading(run);
  const summary = run.summary.value;
  const length = summary?.length ?? 1;
  const cursor = run.cursor.value;
  const isLong = reading !== undefined && length > reading.inputLabels.length;
  const go = (position: number) => {
    run.cursor.value = Math.min(length - 1, Math.max(0, position));
  };
  return (
    <div class="strip">
      <PlayTime run={run} length={length} />
      <Elements run={run} reading={reading} summary={summary} go={go} />
      <p class="position" id="position">
        {shellTexts.position(cursor + 1, length)}
      </p>
      {isLong && (
        <input
          type="range"
          class="overview"
          aria-label={shellTexts.overview}
          aria-valuetext={shellTexts.position(cursor + 1, length)}
          min={0}
          max={length - 1}
          value={cursor}
          onInput={(event) => go(event.currentTarget.valueAsNumber)}
        />
      )}
    </div>
  );
}

interface ElementsProps {
  readonly run: Run;
  readonly reading: Reading | undefined;
  readonly summary: RunSummary | undefined;
  readonly go: (position: number) => void;
}

function Elements({ run, reading, summary, go }: ElementsProps) {
  const strip = useRef<HTMLDivElement>(null);
  const cursor = run.cursor.value;
  const start = reading?.start ?? 0;
  const length = summary?.length ?? 1;
  const heldOutFrom = summary?.heldOutFrom ?? Infinity;
  useLayoutEffect(() => {
    const element = strip.current;
    const current = element?.querySelector<HTMLElement>(".current");
    if (!element || !current) return;
    element.scrollLeft = current.offsetLeft + current.offsetWidth / 2 - element.clientWidth / 2;
  }, [cursor, start, reading?.inputLabels.length]);
  const press = (event: KeyboardEvent) => {
    const target = keys[event.key]?.(cursor, length);
    if (target === undefined) return;
    event.preventDefault();
    go(target);
  };
  const point = ({ target }: Event) => {
    const at = target instanceof Element ? target.closest<HTMLElement>("[data-at]")?.dataset.at : undefined;
    if (at !== undefined) go(Number(at));
  };
  return (
    <div
      ref={strip}
      class="elements"
      role="slider"
      tabIndex={0}
      aria-label={shellTexts.cursor}
      aria-valuemin={0}
      aria-valuemax={length - 1}
      aria-valuenow={cursor}
      aria-valuetext={`${cursor + 1}: ${visible(reading?.inputLabels[cursor - start] ?? "")}`}
      onKeyDown={press}
      onClick={point}
      onPointerMove={(event) => event.pointerType === "mouse" && event.buttons === 1 && point(event)}
    >
      {reading?.inputLabels.map((label, time) => (
        <span
          key={start + time}
          data-at={start + time}
          class={`element${start + time === cursor ? " current" : ""}${start + time >= heldOutFrom ? " held-out" : ""}`}
          style={{ "--foreseen": foreseen(reading, summary, time) }}
        >
          {visible(label)}
        </span>
      ))}
    </div>
  );
}

/** Where keys take the cursor. */
const keys: Readonly<Record<string, (cursor: number, length: number) => number>> = {
  ArrowLeft: (cursor) => cursor - 1,
  ArrowRight: (cursor) => cursor + 1,
  PageUp: (cursor) => cursor - page,
  PageDown: (cursor) => cursor + page,
  Home: () => 0,
  End: (_, length) => length - 1,
};

/** The probability that the network gave to an element of the passage before it came; 0 where none is known. */
function foreseen(reading: Reading, summary: RunSummary | undefined, time: number): number {
  if (time === 0 || summary?.input.kind !== "tokens" || summary.output.kind !== "tokens") return 0;
  const { vocabulary } = summary.output;
  // Only where each element is what was to be predicted after the one before.
  if (reading.targetLabels[time - 1] !== reading.inputLabels[time]) return 0;
  const token = vocabulary.indexOf(reading.inputLabels[time] ?? "");
  return reading.outputs[(time - 1) * vocabulary.length + token] ?? 0;
}

/** Moves the cursor on by itself, element by element, from the end back to the beginning. */
function PlayTime({ run, length }: { readonly run: Run; readonly length: number }) {
  const playing = useSignal(false);
  useEffect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      run.cursor.value = (run.cursor.value + 1) % length;
    }, tempo);
    return () => clearInterval(timer);
  }, [playing.value, run, length]);
  return (
    <button
      type="button"
      class="play-time"
      aria-pressed={playing.value}
      title={shellTexts.playTime}
      onClick={() => {
        playing.value = !playing.value;
      }}
    >
      <span aria-hidden="true">{playing.value ? "❚❚" : "►"}</span>
      <span class="visually-hidden">{shellTexts.playTime}</span>
    </button>
  );
}
