/** The text that the network writes by itself. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Panel } from "../../components/panel.tsx";
import { numbers, texts } from "../../link/codec.ts";
import { type Linked, useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { trainTexts } from "../../texts/train.ts";
import { problemOfPrompt, writingOf } from "./prompt.ts";

export function WritingPanel({ run, text }: { readonly run: Run; readonly text: string }) {
  const temperature = useLinked("temperature", 0.8, numbers);
  const wanted = useLinked("prompt", "", texts);
  const seed = useSignal(1);
  const { output } = run.summary.value ?? {};
  const vocabulary = output?.kind === "tokens" ? output.vocabulary : [];
  const problem = output === undefined ? undefined : problemOfPrompt(wanted.value, vocabulary);
  // From a prompt that cannot be read, it writes as if there were none.
  const { prompt, length, isLong } = writingOf(text, problem === undefined ? wanted.value : "");
  const asked = { prompt, length, seed: seed.value };
  const { answer: best } = useAnswer(run, "writing", { ...asked, temperature: 0 });
  const { answer: drawn } = useAnswer(run, "writing", { ...asked, temperature: temperature.value });
  const spells = !isLong && prompt + best === text;
  return (
    <Panel id="writing" title={trainTexts.writing} explanation={trainTexts.writingAbout}>
      <Choices prompt={wanted} placeholder={prompt} temperature={temperature} problem={problem} />
      <h3>{trainTexts.best}</h3>
      <Written id="greedy" prompt={prompt} text={best} isLong={isLong} />
      {!isLong && (
        <p class="verdict" aria-live="polite">
          {spells ? trainTexts.spells : ""}
        </p>
      )}
      <div class="drawn-title">
        <h3>{trainTexts.drawn(temperature.value.toFixed(1))}</h3>
        <button
          type="button"
          class="link"
          onClick={() => {
            seed.value++;
          }}
        >
          {trainTexts.again}
        </button>
      </div>
      <Written id="drawn" prompt={prompt} text={drawn} isLong={isLong} />
    </Panel>
  );
}

interface ChoicesProps {
  readonly prompt: Linked<string>;
  readonly placeholder: string;
  readonly temperature: Linked<number>;
  readonly problem: string | undefined;
}

function Choices({ prompt, placeholder, temperature, problem }: ChoicesProps) {
  const id = useId();
  return (
    <>
      <div class="choices">
        <label class="field">
          <span>{trainTexts.prompt}</span>
          <input
            type="text"
            autocomplete="off"
            spellcheck={false}
            placeholder={placeholder}
            value={prompt.value}
            aria-invalid={problem !== undefined}
            aria-describedby={`${id}-problem`}
            onInput={(event) => {
              prompt.value = event.currentTarget.value;
            }}
          />
        </label>
        <label class="field">
          <span>
            {trainTexts.temperature} <b>{temperature.value.toFixed(1)}</b>
          </span>
          <input
            type="range"
            min="0.1"
            max="2"
            step="0.1"
            value={temperature.value}
            onInput={(event) => {
              temperature.value = event.currentTarget.valueAsNumber;
            }}
          />
        </label>
      </div>
      <p id={`${id}-problem`} class="problem" role="alert">
        {problem}
      </p>
    </>
  );
}

interface WrittenProps {
  readonly id: string;
  readonly prompt: string;
  readonly text: string | undefined;
  readonly isLong: boolean;
}

function Written({ id, prompt, text, isLong }: WrittenProps) {
  return (
    <p class={isLong ? "written long" : "written"} tabIndex={isLong ? 0 : undefined}>
      <span class="prompt">{prompt}</span>
      <b class={id}>{text}</b>
    </p>
  );
}
