/** The settings of the run, and how to change them. */
import { useRef } from "preact/hooks";
import { ownName } from "../engine/own-cell/templates.ts";
import { type CellName, cellNames, type RunSettings } from "../engine/settings.ts";
import type { Run } from "../run/run.ts";
import { runTexts } from "../texts/run.ts";
import { shellTexts } from "../texts/shell.ts";
import { Choice } from "./choice.tsx";
import { narrow } from "./narrow.ts";
import { SeriesPlace } from "./series-place.tsx";
import { TaskMenu } from "./task-menu.tsx";
import { TextField } from "./text-field.tsx";

const hiddenSizes = [4, 8, 16, 32, 64, 128];
const layerCounts = [1, 2, 3];
const learningRates = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1];
const clips = [0, 0.5, 1, 5, 10];
const windows = [0, 4, 8, 16, 32, 64];
/** A cell of one's own is chosen where it is written. */
const builtIn = cellNames.filter((name) => name !== "own");

export function RunPanel({ run }: { readonly run: Run }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const settings = run.settings.value;
  const { task, cell, seed } = settings;
  const summary = run.summary.value;
  const set = (change: Partial<RunSettings>) => run.configure(change);
  const focusText = () => {
    field.current?.focus();
    field.current?.select();
  };
  return (
    <div class="run-panel">
      <div class="run-head">
        <h2>{shellTexts.run}</h2>
        {narrow.value && (
          <button type="button" popovertarget="run-sheet" popovertargetaction="hide">
            {shellTexts.close}
          </button>
        )}
      </div>
      <TaskMenu run={run} focusText={focusText} />
      {task.kind === "series" && <SeriesPlace run={run} task={task} />}
      {task.kind === "text" && <TextField run={run} text={task.text} field={field} />}
      <h3>{runTexts.network}</h3>
      <Choice<CellName>
        label={runTexts.cell}
        options={builtIn}
        value={cell}
        choose={(chosen) => set({ cell: chosen })}
        name={(name) => (name === "own" ? ownName(settings) : name)}
      />
      <div class="pair">
        <Choice
          label={runTexts.units}
          options={hiddenSizes}
          value={settings.hidden}
          choose={(hidden) => set({ hidden })}
        />
        <Choice
          label={runTexts.layers}
          options={layerCounts}
          value={settings.layers}
          choose={(layers) => set({ layers })}
        />
      </div>
      <Choice
        label={runTexts.learningRate}
        options={learningRates}
        value={settings.learningRate}
        choose={(learningRate) => set({ learningRate })}
      />
      <details class="more">
        <summary>{runTexts.more}</summary>
        <Choice
          label={runTexts.clip}
          options={clips}
          value={settings.clip}
          choose={(clip) => set({ clip })}
          name={(clip) => (clip === 0 ? runTexts.noClip : String(clip))}
        />
        <Choice
          label={runTexts.window}
          options={windows}
          value={settings.window}
          choose={(window) => set({ window })}
          name={(window) => (window === 0 ? runTexts.ownWindow : String(window))}
        />
      </details>
      <div class="seed">
        <span>
          {runTexts.seed} {seed}
        </span>
        <button type="button" onClick={() => void set({ seed: seed + 1 })}>
          {runTexts.newSeed}
        </button>
      </div>
      {summary !== undefined && (
        <p class="hint">
          {runTexts.facts(summary.parameterCount, summary.batch, summary.window)}{" "}
          {summary.heldOutFrom !== undefined && runTexts.heldOut}
        </p>
      )}
    </div>
  );
}
