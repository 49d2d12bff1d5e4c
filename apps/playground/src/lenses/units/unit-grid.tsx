/** The units of a layer as a grid to choose from, each coloured by its value at the cursor. */

import { tintOf } from "../../components/tint.ts";
import type { Run } from "../../run/run.ts";
import { unitsTexts } from "../../texts/units.ts";
import { darkScheme } from "../../theme.ts";
import type { UnitValues } from "./answer.ts";

export function UnitGrid({ run, read }: { readonly run: Run; readonly read: UnitValues }) {
  const { neighbours, scales } = read;
  const { layer, unit } = run.unit.value;
  const dark = darkScheme.value;
  const choose = (chosen: number) => {
    if (chosen >= 0 && chosen < neighbours.length) run.unit.value = { layer, unit: chosen };
  };
  const move = (event: KeyboardEvent) => {
    const columns = columnsOf(event.currentTarget);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    choose(unit + by);
  };
  return (
    <div
      class="unit-grid"
      role="listbox"
      tabIndex={0}
      aria-label={unitsTexts.grid}
      aria-activedescendant={`unit-${unit}`}
      onKeyDown={move}
    >
      {Array.from(neighbours, (value, index) => (
        <div
          key={index}
          id={`unit-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === unit}
          aria-label={`unit ${index + 1}: ${value.toFixed(2)}`}
          title={`unit ${index + 1}: ${value.toFixed(2)}`}
          style={tintOf(value / (scales[index] ?? 1), dark)}
          onPointerDown={(event) => {
            // The focus is the list's: what is chosen may be gone with the next model.
            event.preventDefault();
            event.currentTarget.parentElement?.focus();
            choose(index);
          }}
        >
          {index + 1}
        </div>
      ))}
    </div>
  );
}

/** As many as fit beside each other. */
function columnsOf(grid: EventTarget | null): number {
  return grid instanceof HTMLElement ? getComputedStyle(grid).gridTemplateColumns.split(" ").length : 1;
}
