/** The text, each element coloured by the unit's value after it; the cursor is moved by pointing or with the arrow keys. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { scaleGradient } from "../../components/color-scale.ts";
import { tintOf } from "../../components/tint.ts";
import { visible } from "../../components/visible.ts";
import type { Run } from "../../run/run.ts";
import { unitsTexts } from "../../texts/units.ts";
import { darkScheme } from "../../theme.ts";
import type { UnitValues } from "./answer.ts";

export interface UnitTextProps {
  readonly run: Run;
  readonly read: UnitValues;
}

export function UnitText({ run, read }: UnitTextProps) {
  const { unit, start, labels, values, scales } = read;
  const dark = darkScheme.value;
  const at = run.cursor.value - start;
  const value = values[at] ?? 0;
  const last = (run.summary.value?.length ?? 1) - 1;
  const largest = scales[unit] ?? 1;
  const body = useRef<HTMLDivElement>(null);
  // The cursor is kept in view, without moving the page.
  useLayoutEffect(() => {
    const current = body.current?.querySelector<HTMLElement>(".current");
    if (body.current === null || !current) return;
    const { scrollTop, clientHeight } = body.current;
    const top = current.offsetTop - body.current.offsetTop;
    if (top < scrollTop || top + current.offsetHeight > scrollTop + clientHeight)
      body.current.scrollTop = top - clientHeight / 3;
  }, [start, at]);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -32, ArrowDown: 32 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    run.cursor.value = Math.min(last, Math.max(0, run.cursor.value + by));
  };
  const point = (event: PointerEvent) => {
    const place = event.target instanceof HTMLElement ? event.target.dataset.at : undefined;
    if (place !== undefined) run.cursor.value = start + Number(place);
  };
  return (
    <div class="unit-text">
      <div
        class="unit-text-body"
        ref={body}
        role="slider"
        tabIndex={0}
        aria-label={unitsTexts.text(unit)}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={run.cursor.value}
        aria-valuetext={`${visible(labels[at] ?? "")}: ${value.toFixed(2)}`}
        onKeyDown={move}
        onPointerDown={point}
      >
        {/* The slider's value says what matters of it; its parts would be read one by one. */}
        <div aria-hidden="true">
          {labels.map((label, index) => (
            <span
              key={index}
              data-at={index}
              class={index === at ? "current" : undefined}
              style={tintOf((values[index] ?? 0) / largest, dark)}
            >
              {label === "\n" ? "⏎\n" : label}
            </span>
          ))}
        </div>
      </div>
      <div class="unit-text-foot">
        <output>
          unit {unit + 1} after “{visible(labels[at] ?? "")}”: {value.toFixed(2)}
        </output>
        <span class="unit-legend">
          <span>{(-largest).toFixed(1)}</span>
          <span class="unit-scale" style={{ background: scaleGradient(dark) }} />
          <span>+{largest.toFixed(1)}</span>
        </span>
      </div>
    </div>
  );
}
