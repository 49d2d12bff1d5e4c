/** After each character of a short text: the probability of every character to come next. */
import { Panel } from "../../components/panel.tsx";
import type { Reading } from "../../engine/protocol.ts";
import type { Lab } from "./lab.ts";
import { lengthOf, visible } from "./training-text.ts";

/** Characters: longer texts would make a table that nobody reads. */
const longestTable = 12;

export function PredictionsPanel({ lab }: { readonly lab: Lab }) {
  const reading = lab.reading.value;
  if (lengthOf(lab.text.value) > longestTable) return null;
  return (
    <Panel
      id="predictions"
      title="Guesses"
      explanation="After each character that it reads, the network spreads its bet over what comes next; the outlined cells are what really follows."
    >
      {reading === undefined ? (
        <p class="empty">Appears when training begins.</p>
      ) : (
        <PredictionsTable reading={reading} />
      )}
    </Panel>
  );
}

function PredictionsTable({ reading }: { readonly reading: Reading }) {
  const { characters, vocabulary, probabilities } = reading;
  const pairs = characters.slice(0, -1).map((given, time) => ({ given, time, next: characters[time + 1] }));
  const spelled = (part: readonly string[]) => part.map(visible).join("-");
  return (
    <div class="table-scroll">
      <table>
        <caption>
          Given {spelled(characters.slice(0, -1))}, it should say {spelled(characters.slice(1))}.
        </caption>
        <thead>
          <tr>
            <th scope="col">read</th>
            {vocabulary.map((character) => (
              <th key={character} scope="col">
                {visible(character)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pairs.map(({ given, next, time }) => (
            <tr key={time}>
              <th scope="row">{visible(given)}</th>
              {vocabulary.map((character, token) => (
                <Probability
                  key={character}
                  value={probabilities[time * vocabulary.length + token] ?? Number.NaN}
                  right={character === next}
                />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Probability({ value, right }: { readonly value: number; readonly right: boolean }) {
  const percent = Math.round(value * 100);
  return (
    <td class={right ? "right" : undefined} style={{ "--share": `${percent}%` }}>
      {percent}%{right && <span class="visually-hidden"> (really follows)</span>}
    </td>
  );
}
