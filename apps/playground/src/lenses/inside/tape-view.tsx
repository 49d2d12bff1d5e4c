/** The step as the tape has it: a line per op, and the numbers of the chosen one. */
import { useSignal } from "@preact/signals";
import type { ValueName } from "../../engine/gates.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { insideTexts as texts } from "../../texts/inside.ts";
import { shown } from "./formula.ts";

export interface TapeViewProps {
  readonly run: Run;
  /** The value whose line is looked for. */
  readonly value: ValueName;
}

/** Numbers of a line that are written out. */
const most = 256;

export function TapeView({ run, value }: TapeViewProps) {
  const { layer, unit } = run.unit.value;
  const { answer: lines } = useAnswer(run, "tapeOfStep", { position: run.cursor.value, layer });
  const opened = useSignal<string | undefined>(undefined);
  if (lines === undefined) return null;
  const sought = lines.find(({ name }) => name === value);
  const chosen = lines.find(({ result }) => result === opened.value) ?? sought ?? lines.at(-1);
  return (
    <div class="tape">
      <p class="hint">{texts.tapeHint}</p>
      <ol class="tape-lines">
        {lines.map((line) => (
          <li key={line.result}>
            <button
              type="button"
              aria-pressed={line === chosen}
              class={line === sought ? "tape-line sought" : "tape-line"}
              onClick={() => {
                opened.value = line.result;
              }}
            >
              <span class="tape-result">{line.result}</span>
              <span class="tape-name">{line.name}</span>
              <code>
                {line.op}({line.inputs.join(", ")}
                {line.attributes === "" ? "" : `${line.inputs.length > 0 ? "; " : ""}${line.attributes}`})
              </code>
              <span class="tape-type">{typeOf(line)}</span>
            </button>
          </li>
        ))}
      </ol>
      {chosen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: many numbers scroll, by keys too.
        <section class="tape-values" aria-label={texts.valuesOf(chosen.result)} tabIndex={0}>
          <p>
            <strong>
              {chosen.result}
              {chosen.name === undefined ? "" : ` = ${chosen.name}`}
            </strong>
            : {typeOf(chosen)}
          </p>
          <ol>
            {Array.from(chosen.values.subarray(0, most), (number, index) => (
              <li key={index} class={index === unit && chosen.name !== undefined ? "current" : undefined}>
                {shown(number)}
              </li>
            ))}
            {chosen.values.length > most && <li>{texts.moreNumbers(chosen.values.length - most)}</li>}
          </ol>
        </section>
      )}
    </div>
  );
}

function typeOf({ dtype, shape }: { readonly dtype: string; readonly shape: readonly number[] }): string {
  return `${dtype} [${shape.join(", ")}]`;
}
