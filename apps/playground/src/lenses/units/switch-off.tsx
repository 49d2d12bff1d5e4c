/** Switching the chosen unit off: the predictions at the cursor before and after, and the characters that change most. */
import { visible } from "../../components/visible.ts";
import { flags, oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { unitsTexts } from "../../texts/units.ts";
import type { Change, Switched } from "./answer.ts";
import { holds } from "./sizes.ts";

export function SwitchOff({ run }: { readonly run: Run }) {
  const isOff = useLinked("units.off", false, flags);
  const hold = useLinked("units.hold", "zero", oneOf(holds));
  const { layer, unit } = run.unit.value;
  const question = { position: run.cursor.value, layer, unit, hold: hold.value };
  const { answer } = useAnswer(run, "unitSwitchedOff", isOff.value && !run.isTraining.value ? question : undefined);
  const isText = run.summary.value?.output.kind !== "numbers";
  return (
    <section class="unit-off" aria-labelledby="unit-off-title">
      <h2 id="unit-off-title">
        {unitsTexts.off}: unit {unit + 1}
      </h2>
      <div class="unit-off-controls">
        <label class="unit-check">
          <input
            type="checkbox"
            checked={isOff.value}
            onChange={(event) => {
              isOff.value = event.currentTarget.checked;
            }}
          />
          {unitsTexts.off}
        </label>
        <label>
          {unitsTexts.held}{" "}
          <select
            value={hold.value}
            onChange={(event) => {
              const chosen = holds.find((name) => name === event.currentTarget.value);
              if (chosen !== undefined) hold.value = chosen;
            }}
          >
            {holds.map((name) => (
              <option key={name} value={name}>
                {unitsTexts.holds[name]}
              </option>
            ))}
          </select>
        </label>
      </div>
      {isOff.value && answer !== undefined ? (
        <Effect answer={answer} isText={isText} />
      ) : (
        <p class="hint">{unitsTexts.offHint}</p>
      )}
    </section>
  );
}

function Effect({ answer, isText }: { readonly answer: Switched; readonly isText: boolean }) {
  const { unit, loss, predictions, worst, elements, value } = answer;
  return (
    <>
      <p class="unit-effect">
        With h of unit {unit + 1} held at {value.toFixed(2)}, the loss on {elements.toLocaleString("en")}{" "}
        {isText ? "characters" : "steps"} goes from {loss.before.toFixed(3)} to <strong>{loss.after.toFixed(3)}</strong>
        {isText ? " bits per character" : ""}.
      </p>
      <div class="unit-changes">
        <Changes title={unitsTexts.next} changes={predictions} digits={isText ? 1 : 2} percent={isText} />
        {worst.length > 0 && <Changes title={unitsTexts.worst} changes={worst} digits={2} percent={false} />}
      </div>
    </>
  );
}

interface ChangesProps {
  readonly title: string;
  readonly changes: readonly Change[];
  readonly digits: number;
  readonly percent: boolean;
}

function Changes({ title, changes, digits, percent }: ChangesProps) {
  const scale = percent ? 1 : Math.max(1e-9, ...changes.map(({ before, after }) => Math.max(before, after)));
  const written = (value: number) => (percent ? `${(value * 100).toFixed(digits)} %` : value.toFixed(digits));
  return (
    <table>
      <caption>{title}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">element</span>
          </th>
          <th scope="col">with it</th>
          <th scope="col">without</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ label, before, after }) => (
          <tr key={label}>
            <th scope="row">{visible(label)}</th>
            {[before, after].map((value, index) => (
              <td key={index} style={{ "--share": `${((value / scale) * 100).toFixed(1)}%` }}>
                {written(value)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
