/** Opens a model that was trained elsewhere and makes it the run. */
import "./open-model.css";
import { useSignal } from "@preact/signals";
import { Formula } from "../../components/formula.tsx";
import { messageOf } from "../../failure.ts";
import { openModelTexts } from "../../texts/open-model.ts";
import type { LensProps } from "../lens.ts";
import { type OpenedFile, openFile, type Unnamed } from "./open-file.ts";
import { isTable, openTable } from "./open-table.ts";
import { OpenedSummary } from "./opened-summary.tsx";
import { mathml as prediction } from "./prediction.tex";
import { PythonLines } from "./python-lines.tsx";
import { mathml as state } from "./state.tex";
import { VocabularyForm } from "./vocabulary-form.tsx";

export function Lens({ run }: LensProps) {
  const problem = useSignal<string | undefined>(undefined);
  const unnamed = useSignal<Unnamed | undefined>(undefined);
  const opened = useSignal<OpenedFile | undefined>(undefined);
  const table = useSignal<string | undefined>(undefined);
  const isOpening = useSignal(false);
  const isOver = useSignal(false);

  const open = async (file: File | undefined, vocabulary?: string) => {
    if (file === undefined || isOpening.value) return;
    isOpening.value = true;
    problem.value = undefined;
    table.value = undefined;
    try {
      if (isTable(file)) {
        await openTable(run, file);
        table.value = file.name;
        return;
      }
      const result = await openFile(run, file, vocabulary);
      // The form stays after it has been sent, and with it the focus: the characters can be mended.
      if ("file" in result) unnamed.value = result;
      else if (vocabulary === undefined) unnamed.value = undefined;
      if ("model" in result) opened.value = result;
    } catch (error) {
      problem.value = `${file.name}: ${messageOf(error)}`;
    } finally {
      isOpening.value = false;
    }
  };

  return (
    <div class="open-model">
      <section
        class={isOver.value ? "drop over" : "drop"}
        aria-label={openModelTexts.drop}
        onDragOver={(event) => {
          event.preventDefault();
          isOver.value = true;
        }}
        onDragLeave={() => {
          isOver.value = false;
        }}
        onDrop={(event) => {
          event.preventDefault();
          isOver.value = false;
          void open(event.dataTransfer?.files[0]);
        }}
      >
        <p class="drop-title">{isOpening.value ? openModelTexts.opening : openModelTexts.drop}</p>
        <label class="drop-choose">
          <span>{openModelTexts.choose}</span>
          <input
            type="file"
            accept=".safetensors,.csv,.tsv"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              void open(file);
              // The same file can be chosen again after it has been mended.
              event.currentTarget.value = "";
            }}
          />
        </label>
        <p class="hint">{openModelTexts.privacy}</p>
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <p role="status">{table.value !== undefined && openModelTexts.tableOpen(table.value)}</p>
      </section>
      {unnamed.value !== undefined && (
        <VocabularyForm
          key={unnamed.value.file.name}
          characters={unnamed.value.characters}
          open={(typed) => void open(unnamed.value?.file, typed)}
        />
      )}
      <OpenedSummary run={run} opened={opened.value} />
      <PythonLines />
    </div>
  );
}

export function Explanation({ run }: LensProps) {
  const { cell, layers, hidden, architecture, weights } = run.settings.value;
  const characters =
    run.summary.value?.output.kind === "tokens" ? run.summary.value.output.vocabulary.length : undefined;
  const width = architecture?.embedding ?? hidden;
  return (
    <>
      <p>
        {weights === undefined ? "The run was made here" : `The run is ${weights.name}`}: {cell}, {layers}{" "}
        {layers === 1 ? "layer" : "layers"} of {hidden} units
        {characters === undefined
          ? ""
          : `, ${characters} characters ${width === 0 ? "read one-hot" : `embedded in ${width} numbers`}`}
        .
      </p>
      <p>{openModelTexts.accepts}</p>
      <Formula mathml={state} />
      <Formula mathml={prediction} />
      <pre>
        <code>model.loadStateDict(weights);</code>
      </pre>
    </>
  );
}
