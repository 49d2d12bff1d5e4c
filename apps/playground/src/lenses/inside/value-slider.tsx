/** A value of the chosen unit as a wide slider. */
import type { ValueName } from "../../engine/gates.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import { ranges } from "./diagrams.ts";
import { shown } from "./formula.ts";

export interface ValueSliderProps {
  readonly name: ValueName;
  readonly value: number;
  readonly unit: number;
  readonly hold: (name: ValueName, value: number) => void;
}

export function ValueSlider({ name, value, unit, hold }: ValueSliderProps) {
  const [from, to] = ranges[name];
  return (
    <label class="value-slider">
      <span>{texts.holdValue(name, valueTitles[name], unit + 1)}</span>
      <span>{from}</span>
      <input
        type="range"
        min={from}
        max={to}
        step={0.01}
        value={value}
        onInput={(event) => hold(name, event.currentTarget.valueAsNumber)}
      />
      <span>{to}</span>
      <output>{shown(value)}</output>
    </label>
  );
}
