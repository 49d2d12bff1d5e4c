/** Up to three runs beside each other: their losses in one chart, and any lens on each of them. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Formula } from "../../components/formula.tsx";
import { reportFailure } from "../../failure.ts";
import { oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import { compareCode, compareTexts, saidOf } from "../../texts/compare.ts";
import type { LensEntry, LensModule, LensProps } from "../lens.ts";
import { lensesOfOneRun } from "../of-one-run.ts";
import { CompareBar } from "./compare-bar.tsx";
import { pinned, shareCursor, standard, unpin } from "./compared.ts";
import { ComparedRun } from "./compared-run.tsx";
import { CourseChart } from "./course-chart.tsx";
import { keepPinsLinked } from "./linked-pins.ts";
import { mathml } from "./sizes.tex";
import "./compare.css";

export { table } from "./table.ts";

function useCompared() {
  return pinned.value.length > 0 ? pinned.value : standard.value;
}

export function Lens({ run }: LensProps) {
  const chosen = useLinked("compare.lens", "train", oneOf(lensesOfOneRun.map(({ id }) => id)));
  const entry = lensesOfOneRun.find(({ id }) => id === chosen.value) ?? lensesOfOneRun[0];
  const lens = useLens(entry);
  const compared = useCompared();
  useEffect(keepPinsLinked, []);
  const [first] = compared;
  // The strip of time at the bottom is the run's own: it moves all cursors where all have its data.
  const isOfRun = first?.run.settings.value.task === run.settings.value.task;
  useEffect(
    () => shareCursor([...(isOfRun ? [run] : []), ...compared.map((each) => each.run)]),
    [run, compared, isOfRun],
  );
  const bar = useRef<HTMLDivElement>(null);
  return (
    <div class="compare" ref={bar}>
      <CompareBar
        run={run}
        compared={compared}
        entries={lensesOfOneRun}
        entry={entry}
        choose={(id) => {
          chosen.value = id;
        }}
      />
      <p class="verdict" role="status">
        {saidOf(compared.map((each) => each.run))}
      </p>
      <CourseChart compared={compared} />
      {first !== undefined && !isOfRun && <TimeSlider run={first.run} />}
      <div class="compared-runs">
        {compared.map((each, at) => (
          <ComparedRun
            key={each.id}
            compared={each}
            at={at}
            isPinned={pinned.value.length > 0}
            unpin={() => {
              unpin(each.id);
              // The button that was pressed is gone.
              bar.current?.querySelector("button")?.focus();
            }}
            entry={entry}
            lens={lens}
          />
        ))}
      </div>
    </div>
  );
}

/** Where the compared runs are looked at, if their data are others than those of the strip of time. */
function TimeSlider({ run }: LensProps) {
  const length = run.summary.value?.length ?? 1;
  return (
    <label class="compare-time">
      <span>{compareTexts.time(run.cursor.value + 1, length)}</span>
      <input
        type="range"
        min={0}
        max={length - 1}
        value={run.cursor.value}
        onInput={(event) => {
          run.cursor.value = event.currentTarget.valueAsNumber;
        }}
      />
    </label>
  );
}

/** The code of a lens, once it is there. */
function useLens(entry: LensEntry | undefined): LensModule | undefined {
  const loaded = useSignal<{ readonly entry: LensEntry; readonly lens: LensModule } | undefined>(undefined);
  useEffect(() => {
    if (entry === undefined) return;
    entry.load().then((lens) => {
      loaded.value = { entry, lens };
    }, reportFailure);
  }, [entry]);
  return loaded.value?.entry === entry ? loaded.value?.lens : undefined;
}

export function Explanation(_: LensProps) {
  const runs = useCompared().map((each) => each.run);
  return (
    <>
      <p>{saidOf(runs)}</p>
      <p>{compareTexts.why(pinned.value.length > 0)}</p>
      <Formula mathml={mathml} />
      <pre>
        <code>{compareCode(runs)}</code>
      </pre>
    </>
  );
}
