/** A cell of one's own: written here, checked at every change, and then trained like the others. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { Formula } from "../../components/formula.tsx";
import { ownSource, templates } from "../../engine/own-cell/templates.ts";
import { visit } from "../../link/address.ts";
import { sentenceOf, ownCellTexts as texts } from "../../texts/own-cell.ts";
import type { LensProps } from "../lens.ts";
import { Check } from "./check.tsx";
import { mathml as differences } from "./differences.tex";
import { draftOf } from "./draft.ts";
import type { Editor } from "./editor.ts";
import "./own-cell.css";
import { Source } from "./source.tsx";
import { useCheck } from "./use-check.ts";

export function Lens({ run }: LensProps) {
  const draft = draftOf(run);
  const editor = useSignal<Editor | undefined>(undefined);
  const line = useSignal<number | undefined>(undefined);
  useCheck(draft);
  useSignalEffect(() => {
    const report = draft.report.value;
    const place = report?.kind === "broken" ? (report.line ?? editor.value?.syntaxErrorLine()) : undefined;
    line.value = place;
    editor.value?.mark(place === undefined || report?.kind !== "broken" ? undefined : { ...report, line: place });
  });
  const settings = run.settings.value;
  const isInUse = settings.cell === "own" && ownSource(settings) === draft.text.value;
  const use = () =>
    isInUse && run.phase.value !== "failed"
      ? run.isTraining.value
        ? run.pause()
        : run.train()
      : run.configure({ cell: "own", cellSource: draft.text.value });
  return (
    <div class="own-cell">
      <fieldset class="own-cell-templates">
        <legend>{texts.templates}</legend>
        <div>
          {templates.map(({ title, source }) => (
            <button
              key={title}
              type="button"
              aria-pressed={draft.text.value === source}
              onClick={() => {
                draft.text.value = source;
              }}
            >
              {title}
            </button>
          ))}
        </div>
      </fieldset>
      <div class="own-cell-source">
        <Source
          draft={draft}
          onEditor={(made) => {
            editor.value = made;
          }}
        />
        <p class="hint">{texts.leave}</p>
      </div>
      <div class="own-cell-side">
        <Check report={draft.report.value} line={line.value} goTo={(place) => editor.value?.goTo(place)} />
        <p class="own-cell-actions">
          <button type="button" class="primary" onClick={() => void use()}>
            {isInUse ? texts[run.phase.value] : texts.use}
          </button>
          {isInUse && <span>{texts.inUse}</span>}
          {isInUse && (
            <button type="button" onClick={() => visit({ lens: "compare" })}>
              {texts.compare}
            </button>
          )}
        </p>
        {run.problem.value !== undefined && <p class="problem">{run.problem.value}</p>}
      </div>
    </div>
  );
}

export function Explanation({ run }: LensProps) {
  const report = draftOf(run).report.value;
  const parameterCount = run.settings.value.cell === "own" ? run.summary.value?.parameterCount : undefined;
  return (
    <>
      {report !== undefined && report.kind !== "broken" && <p>{sentenceOf(report, parameterCount)}</p>}
      <Formula mathml={differences} />
      <pre>
        <code>{texts.code}</code>
      </pre>
      <p>{texts.noBackward}</p>
      <h3>{texts.sandboxTitle}</h3>
      <p>{texts.sandbox}</p>
    </>
  );
}
