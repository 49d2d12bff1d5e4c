/** What the network writes when it goes on by itself. */
import { Panel } from "../../components/panel.tsx";
import type { Lab } from "./lab.ts";
import { beginningOf } from "./training-text.ts";

export function WritingPanel({ lab }: { readonly lab: Lab }) {
  const writing = lab.writing.value;
  const problem = lab.writingProblem.value;
  const temperature = lab.temperature.value;
  const learned = writing !== undefined && writing.prompt + writing.greedy === lab.text.value;
  return (
    <Panel
      id="writing"
      title="Writing"
      explanation="Given a prompt, the network writes on by itself, feeding each character it chooses back in as the next one it reads."
    >
      <div class="row">
        <label class="choice" for="prompt">
          <span>Prompt</span>
          <input
            id="prompt"
            type="text"
            autocomplete="off"
            spellcheck={false}
            placeholder={beginningOf(lab.text.value, 1)}
            value={lab.prompt.value}
            aria-describedby="prompt-problem"
            onInput={(event) => lab.setPrompt(event.currentTarget.value)}
          />
        </label>
        <label class="choice grow" for="temperature">
          <span>
            Temperature <output for="temperature">{temperature.toFixed(1)}</output>
          </span>
          <input
            id="temperature"
            type="range"
            min="0.1"
            max="2"
            step="0.1"
            value={String(temperature)}
            onInput={(event) => lab.setTemperature(Number(event.currentTarget.value))}
          />
        </label>
      </div>
      <p id="prompt-problem" class="problem" role="alert">
        {problem}
      </p>
      <h3>Best guess each time</h3>
      <Written id="greedy" prompt={writing?.prompt} text={writing?.greedy} long={lab.isLong.value} />
      {!lab.isLong.value && (
        <p class="verdict" aria-live="polite">
          {learned ? "✓ It can spell the whole text." : "\u00a0"}
        </p>
      )}
      <h3>Drawn at temperature {(writing?.temperature ?? temperature).toFixed(1)}</h3>
      <Written id="drawn" prompt={writing?.prompt} text={writing?.drawn} long={lab.isLong.value} />
      <p class="hint">Low temperatures play safe, high ones take risks.</p>
    </Panel>
  );
}

interface WrittenProps {
  readonly id: string;
  readonly prompt: string | undefined;
  readonly text: string | undefined;
  readonly long: boolean;
}

function Written({ id, prompt, text, long }: WrittenProps) {
  if (text === undefined) return <p class="written empty">Appears when training begins.</p>;
  return (
    <p class={long ? "written long" : "written"}>
      <span class="prompt">{prompt}</span>
      <b id={id}>{text}</b>
    </p>
  );
}
