/** What to train and how: the text, the network, and the buttons. */
import { useRef } from "preact/hooks";
import { Panel } from "../../components/panel.tsx";
import { cellNames } from "../../engine/protocol.ts";
import { examples } from "./examples.ts";
import type { Lab } from "./lab.ts";

const hiddenSizes = [4, 8, 16, 32, 64, 128];
const learningRates = [0.001, 0.003, 0.01, 0.03, 0.1];

export function Controls({ lab }: { readonly lab: Lab }) {
  const textArea = useRef<HTMLTextAreaElement>(null);
  const locked = lab.phase.value !== "ready";
  const problem = lab.textProblem.value;
  const train = () => {
    if (problem === undefined) void lab.train();
    else textArea.current?.focus();
  };
  return (
    <Panel
      id="controls"
      title="Text and network"
      explanation="The characters of the text are the network's alphabet; the cell decides how its memory is updated."
    >
      <fieldset class="choices" disabled={locked}>
        <legend class="visually-hidden">Text and network</legend>
        <label class="field" for="text">
          Training text
        </label>
        <textarea
          id="text"
          ref={textArea}
          rows={3}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={problem !== undefined}
          aria-describedby="text-problem"
          value={lab.text.value}
          onInput={(event) => {
            lab.text.value = event.currentTarget.value;
          }}
        />
        <p id="text-problem" class="problem" role="alert">
          {problem}
        </p>
        <p class="examples">
          Examples:{" "}
          {examples.map(({ name, text }) => (
            <button
              key={name}
              type="button"
              class="link"
              onClick={() => {
                lab.text.value = text;
              }}
            >
              {name}
            </button>
          ))}
        </p>
        <div class="row">
          <div class="choice" role="radiogroup" aria-labelledby="cell-label">
            <span id="cell-label">Cell</span>
            <div class="segments">
              {cellNames.map((name) => (
                <label key={name}>
                  <input
                    type="radio"
                    name="cell"
                    checked={lab.cell.value === name}
                    onChange={() => {
                      lab.cell.value = name;
                    }}
                  />
                  <span>{name}</span>
                </label>
              ))}
            </div>
          </div>
          <Choice
            id="hidden"
            label="Hidden units"
            value={lab.hidden.value}
            options={hiddenSizes}
            onChoose={(size) => {
              lab.hidden.value = size;
            }}
          />
        </div>
      </fieldset>
      <div class="row">
        <Choice
          id="learning-rate"
          label="Learning rate"
          value={lab.learningRate.value}
          options={learningRates}
          onChoose={(rate) => void lab.setLearningRate(rate)}
        />
        <Buttons lab={lab} train={train} />
      </div>
      <p class="hint">{locked ? "Reset to change text, cell or hidden units." : "\u00a0"}</p>
    </Panel>
  );
}

interface ChoiceProps {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly options: readonly number[];
  readonly onChoose: (value: number) => void;
}

function Choice({ id, label, value, options, onChoose }: ChoiceProps) {
  return (
    <label class="choice" for={id}>
      <span>{label}</span>
      <select id={id} value={String(value)} onChange={(event) => onChoose(Number(event.currentTarget.value))}>
        {options.map((option) => (
          <option key={option} value={String(option)}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

function Buttons({ lab, train }: { readonly lab: Lab; readonly train: () => void }) {
  const phase = lab.phase.value;
  return (
    <div class="buttons">
      {phase === "paused" ? (
        <button type="button" class="primary" onClick={() => void lab.resume()}>
          Resume
        </button>
      ) : phase === "training" ? (
        <button type="button" class="primary" onClick={() => void lab.pause()}>
          Pause
        </button>
      ) : (
        <button type="button" class="primary" disabled={phase === "starting"} onClick={train}>
          Train
        </button>
      )}
      <button type="button" disabled={phase === "ready"} onClick={() => void lab.reset()}>
        Reset
      </button>
    </div>
  );
}
