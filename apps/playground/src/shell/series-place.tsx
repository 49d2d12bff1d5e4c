/** The place of a run's table: its code is loaded for runs that have one. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { reportFailure } from "../failure.ts";
import type { Run } from "../run/run.ts";
import type { SeriesSettings } from "../series/task-of-table.ts";
import { shellTexts } from "../texts/shell.ts";

type SeriesModule = typeof import("../series/series-field.tsx");

export function SeriesPlace({ run, task }: { readonly run: Run; readonly task: SeriesSettings }) {
  const loaded = useSignal<SeriesModule | undefined>(undefined);
  useEffect(() => {
    import("../series/series-field.tsx").then((module) => {
      loaded.value = module;
    }, reportFailure);
  }, []);
  const { SeriesField } = loaded.value ?? {};
  return SeriesField === undefined ? <p class="hint">{shellTexts.loading}</p> : <SeriesField run={run} task={task} />;
}
