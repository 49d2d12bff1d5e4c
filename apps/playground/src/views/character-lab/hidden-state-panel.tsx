/** The network's memory after each character that it reads. */
import { Heatmap } from "../../components/heatmap.tsx";
import { Panel } from "../../components/panel.tsx";
import type { Lab } from "./lab.ts";
import { lengthOf, visible } from "./training-text.ts";

export function HiddenStatePanel({ lab }: { readonly lab: Lab }) {
  const reading = lab.reading.value;
  return (
    <Panel
      id="hidden-state"
      title="Hidden state over time"
      explanation="The hidden state is the network's memory, a handful of numbers rewritten after every character: each column is all it knows right then of what it has read so far."
    >
      {reading === undefined ? (
        <p class="empty">Appears when training begins.</p>
      ) : (
        <Heatmap
          description={`Hidden state: ${reading.units} units after each of ${reading.characters.length} characters.`}
          rowTitle="hidden unit"
          columnTitle={
            reading.characters.length < lengthOf(lab.text.value)
              ? `after reading … (the first ${reading.characters.length} characters of the text)`
              : "after reading …"
          }
          rows={reading.units}
          columnLabels={reading.characters.map(visible)}
          values={reading.hidden}
          tell={(row, column, value) =>
            `unit ${row + 1} after “${visible(reading.characters[column] ?? "")}” (character ${column + 1}): ${signed(value)}`
          }
        />
      )}
    </Panel>
  );
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
