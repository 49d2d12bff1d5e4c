/** The visitor's own numbers: pasted, chosen as a file, or dropped; and which columns are read and predicted. */
import { useSignal } from "@preact/signals";
import { useEffect, useId, useRef } from "preact/hooks";
import { reportFailure } from "../failure.ts";
import type { Run } from "../run/run.ts";
import { textOfFile } from "../run/text-of-file.ts";
import { seriesTexts as texts } from "../texts/series.ts";
import { SeriesColumns } from "./series-columns.tsx";
import { type SeriesSettings, taskOfTable } from "./task-of-table.ts";
import "./series.css";

/** Milliseconds without a key after which what was typed is read. */
const patience = 500;
/** Rows of a longer table are not all shown, and it cannot be edited here. */
const mostShown = 1000;

const loadReader = () => import("./read-csv.ts");

interface SeriesFieldProps {
  readonly run: Run;
  readonly task: SeriesSettings;
}

export function SeriesField({ run, task }: SeriesFieldProps) {
  const { columns } = task;
  const draft = useSignal<string | undefined>(undefined);
  const shown = useSignal("");
  const said = useSignal<{ readonly problem?: string; readonly leftOut?: readonly string[] }>({});
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const id = useId();
  const rows = columns[0]?.values.length ?? 0;
  const isLong = rows > mostShown;
  const take = async (text: string) => {
    clearTimeout(timer.current);
    const read = (await loadReader()).readCsv(text);
    if (read.kind === "bad") {
      said.value = { problem: `${read.problem} ${texts.problems.stays}` };
      return;
    }
    said.value = { leftOut: read.leftOut };
    await run.configure({ task: taskOfTable(read.columns, task) });
  };
  const takeFile = async (file: File | undefined) => {
    if (file === undefined) return;
    const text = await textOfFile(file);
    if (text === undefined) said.value = { problem: texts.noText(file.name) };
    else await take(text);
  };
  useEffect(() => {
    draft.value = undefined;
    void loadReader().then(({ writeCsv }) => {
      shown.value = writeCsv(columns.map(({ name, values }) => ({ name, values: values.slice(0, mostShown) })));
    }, reportFailure);
  }, [columns]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is one more way to choose it below.
    <div
      class="series-field"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void takeFile(event.dataTransfer?.files[0]).catch(reportFailure);
      }}
    >
      <label class="field">
        <span>{texts.table}</span>
        <textarea
          rows={4}
          spellcheck={false}
          autocomplete="off"
          readOnly={isLong}
          aria-invalid={said.value.problem !== undefined}
          aria-describedby={id}
          value={draft.value ?? shown.value}
          onInput={(event) => {
            const text = event.currentTarget.value;
            draft.value = text;
            clearTimeout(timer.current);
            timer.current = setTimeout(() => void take(text).catch(reportFailure), patience);
          }}
        />
      </label>
      <p id={id} class="problem" role="alert">
        {said.value.problem}
      </p>
      <p class="hint">{isLong ? texts.long(mostShown) : texts.hint}</p>
      <label class="file">
        <input
          type="file"
          accept=".csv,.tsv,text/csv,text/plain"
          onChange={(event) => {
            void takeFile(event.currentTarget.files?.[0]).catch(reportFailure);
            event.currentTarget.value = "";
          }}
        />
        <span class="link">{texts.file}</span> <span class="hint">{texts.drop}</span>
      </label>
      <SeriesColumns task={task} choose={(change) => void run.configure({ task: { ...task, ...change } })} />
      <p class="hint">
        {texts.facts(rows, columns.length)} {said.value.leftOut?.length ? texts.leftOut(said.value.leftOut) : ""}{" "}
        {texts.scaled}
      </p>
    </div>
  );
}
