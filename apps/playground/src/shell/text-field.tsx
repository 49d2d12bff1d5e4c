/** The visitor's own text: typed, chosen as a file, or dropped. A text that cannot be trained on changes only the message. */
import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import type { Run } from "../run/run.ts";
import { textOfFile } from "../run/text-of-file.ts";
import { problemOfText } from "../run/text-problem.ts";
import { runTexts } from "../texts/run.ts";

/** Milliseconds without a key after which what was typed becomes the run's text. */
const patience = 350;
/** Characters: of a longer text the beginning is shown, and it cannot be edited here. */
const longestShown = 20_000;

interface TextFieldProps {
  readonly run: Run;
  readonly text: string;
  readonly field: RefObject<HTMLTextAreaElement | null>;
}

export function TextField({ run, text, field }: TextFieldProps) {
  const draft = useSignal<string | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const id = useId();
  const isLong = text.length > longestShown;
  const take = (wanted: string) => {
    clearTimeout(timer.current);
    problem.value = problemOfText(wanted);
    if (problem.value === undefined && wanted !== text) void run.configure({ task: { kind: "text", text: wanted } });
  };
  const type = (wanted: string) => {
    draft.value = wanted;
    clearTimeout(timer.current);
    timer.current = setTimeout(() => take(wanted), patience);
  };
  const takeFile = async (file: File | undefined) => {
    if (file === undefined) return;
    const content = await textOfFile(file);
    if (content === undefined) problem.value = runTexts.problems.noText(file.name);
    else take(content);
  };
  // Another text, from wherever, takes the place of what was typed.
  useEffect(() => {
    draft.value = undefined;
    problem.value = undefined;
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is one more way to choose it below.
    <div
      class="text-field"
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        void takeFile(event.dataTransfer?.files[0]);
      }}
    >
      <label class="field">
        <span>{runTexts.text}</span>
        <textarea
          ref={field}
          rows={4}
          spellcheck={false}
          autocomplete="off"
          readOnly={isLong}
          aria-invalid={problem.value !== undefined}
          aria-describedby={id}
          value={draft.value ?? text.slice(0, longestShown)}
          onInput={(event) => type(event.currentTarget.value)}
        />
      </label>
      <p id={id} class="problem" role="alert">
        {problem.value}
      </p>
      {isLong && <p class="hint">{runTexts.longText([...text].length)}</p>}
      <label class="file">
        <input
          type="file"
          accept="text/*,.txt,.md,.c,.h,.tex,.csv,.js,.ts,.py"
          onChange={(event) => {
            void takeFile(event.currentTarget.files?.[0]);
            event.currentTarget.value = "";
          }}
        />
        <span class="link">{runTexts.file}</span> <span class="hint">{runTexts.drop}</span>
      </label>
    </div>
  );
}
