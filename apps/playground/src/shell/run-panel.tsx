/** What the run is made of, and how to change it. */
import { cellNames } from "../engine/settings.ts";
import type { Run } from "../run/run.ts";
import { shellTexts } from "../texts/shell.ts";

const hiddenSizes = [4, 8, 16, 32, 64, 128];
const layerCounts = [1, 2, 3];

export function RunPanel({ run }: { readonly run: Run }) {
  const { task, cell, hidden, layers } = run.settings.value;
  return (
    <section class="run-panel" aria-labelledby="run-title">
      <h2 id="run-title">{shellTexts.run}</h2>
      {run.summary.value?.backend === "cpu" && <p class="notice">{shellTexts.portable}</p>}
      {task.kind === "text" && (
        <label class="field">
          <span>Text</span>
          <textarea
            rows={3}
            spellcheck={false}
            autocomplete="off"
            value={task.text}
            onInput={(event) => void run.configure({ task: { kind: "text", text: event.currentTarget.value } })}
          />
        </label>
      )}
      <p class="problem" role="alert">
        {run.problem.value}
      </p>
      <label class="field">
        <span>Cell</span>
        <select
          value={cell}
          onChange={(event) => {
            const chosen = cellNames.find((name) => name === event.currentTarget.value);
            if (chosen !== undefined) void run.configure({ cell: chosen });
          }}
        >
          {cellNames
            .filter((name) => name !== "own")
            .map((name) => (
              <option key={name}>{name}</option>
            ))}
        </select>
      </label>
      <NumberChoice
        label="Units"
        options={hiddenSizes}
        value={hidden}
        choose={(size) => run.configure({ hidden: size })}
      />
      <NumberChoice
        label="Layers"
        options={layerCounts}
        value={layers}
        choose={(count) => run.configure({ layers: count })}
      />
    </section>
  );
}

interface NumberChoiceProps {
  readonly label: string;
  readonly options: readonly number[];
  readonly value: number;
  readonly choose: (value: number) => Promise<void>;
}

function NumberChoice({ label, options, value, choose }: NumberChoiceProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={String(value)} onChange={(event) => void choose(Number(event.currentTarget.value))}>
        {options.map((option) => (
          <option key={option} value={String(option)}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}
