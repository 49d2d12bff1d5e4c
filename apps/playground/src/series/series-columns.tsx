/** Which columns are read, which one is predicted, and in which row. */
import { seriesTexts as texts } from "../texts/series.ts";
import type { SeriesSettings } from "./task-of-table.ts";

interface SeriesColumnsProps {
  readonly task: SeriesSettings;
  readonly choose: (change: Partial<SeriesSettings>) => void;
}

export function SeriesColumns({ task: { columns, inputs, predicted, ahead }, choose }: SeriesColumnsProps) {
  const names = columns.map(({ name }) => name);
  const toggle = (name: string) => {
    const chosen = names.filter((each) => (each === name) !== inputs.includes(each));
    if (chosen.length > 0) choose({ inputs: chosen });
  };
  /** What is predicted in its own row is not read there. */
  const chooseRow = (row: 0 | 1) => {
    const others = names.filter((name) => name !== predicted);
    if (row === 1) return choose({ ahead: 1 });
    const kept = inputs.filter((name) => name !== predicted);
    if (others.length > 0) choose({ ahead: 0, inputs: kept.length > 0 ? kept : others });
  };
  return (
    <>
      <fieldset class="series-inputs">
        <legend>{texts.read}</legend>
        {names.map((name) => (
          <label key={name}>
            <input
              type="checkbox"
              checked={inputs.includes(name)}
              aria-disabled={ahead === 0 && name === predicted}
              onChange={(event) => {
                if (ahead === 0 && name === predicted) event.currentTarget.checked = false;
                else toggle(name);
                event.currentTarget.checked = inputs.includes(name);
              }}
            />
            {name}
          </label>
        ))}
      </fieldset>
      <div class="pair">
        <label class="field">
          <span>{texts.predict}</span>
          <select
            value={predicted}
            onChange={(event) => {
              const name = event.currentTarget.value;
              const kept = ahead === 1 ? inputs : inputs.filter((each) => each !== name);
              choose(kept.length > 0 ? { predicted: name, inputs: kept } : { predicted: name, ahead: 1 });
            }}
          >
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{texts.row}</span>
          <select value={String(ahead)} onChange={(event) => chooseRow(event.currentTarget.value === "0" ? 0 : 1)}>
            <option value="1">{texts.rows[1]}</option>
            {names.length > 1 && <option value="0">{texts.rows[0]}</option>}
          </select>
        </label>
      </div>
    </>
  );
}
