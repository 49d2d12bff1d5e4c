/** Each finding as a row: its state, a sentence, and a button for the remedy. */
import type { Run } from "../../run/run.ts";
import { healthTexts, said } from "../../texts/health.ts";
import type { Health } from "./answer.ts";
import { findings, type State } from "./findings.ts";

/** Shapes as well as colours. */
const signs: Readonly<Record<State, string>> = { good: "✓", watch: "!", bad: "✕", note: "i" };

export function Diagnosis({ run, health }: { readonly run: Run; readonly health: Health }) {
  const lower = Number((run.settings.value.learningRate / 3).toPrecision(1));
  return (
    <ul class="findings" aria-label={healthTexts.diagnosis}>
      {findings(health).map((finding) => (
        <li key={finding.name} tabIndex={-1} class={`finding ${finding.state}`}>
          <span class="sign" role="img" aria-label={healthTexts.states[finding.state]}>
            {signs[finding.state]}
          </span>
          <p>
            <strong>{healthTexts.names[finding.name]}.</strong> {said(finding, health)}
          </p>
          {finding.lowerRate && (
            <button
              type="button"
              onClick={(event) => {
                // Once the rate is right, the button is no longer there.
                event.currentTarget.closest("li")?.focus();
                void run.configure({ learningRate: lower });
              }}
            >
              {healthTexts.lowerRate(lower)}
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}
