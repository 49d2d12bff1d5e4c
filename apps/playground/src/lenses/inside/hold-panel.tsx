/** The chosen unit, whether its value alone is held or that of all units, and how to let go. */
import type { Run } from "../../run/run.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import type { Inside } from "./answer.ts";
import { Follows } from "./follows.tsx";
import { hasEquations, shown } from "./formula.ts";
import { useAllUnits, useHeld } from "./view-state.ts";

export function HoldPanel({ run, inside }: { readonly run: Run; readonly inside: Inside }) {
  const held = useHeld();
  const all = useAllUnits();
  const { layer, unit } = run.unit.value;
  const scope = (isAll: boolean) => {
    all.value = isAll;
    if (held.value !== undefined) held.value = { ...held.value, unit: isAll ? "all" : unit };
  };
  const now = inside.isHeld ? held.value : undefined;
  return (
    <div class="hold-panel">
      <div class="hold-choices">
        <label>
          {texts.unit}{" "}
          <input
            type="number"
            min={1}
            max={inside.units}
            value={unit + 1}
            onChange={(event) => {
              const chosen = Math.round(event.currentTarget.valueAsNumber);
              if (chosen >= 1 && chosen <= inside.units) run.unit.value = { layer, unit: chosen - 1 };
            }}
          />
        </label>
        {hasEquations(inside.step) && (
          <>
            <label class="check">
              <input type="checkbox" checked={all.value} onChange={(event) => scope(event.currentTarget.checked)} />
              {texts.allUnits}
            </label>
            <button
              type="button"
              class="chip"
              aria-disabled={now === undefined}
              onClick={() => {
                held.value = undefined;
              }}
            >
              {texts.release}
            </button>
            <output class="hint">
              {now === undefined
                ? texts.nothingHeld
                : texts.held(
                    valueTitles[now.name],
                    now.unit === "all" ? undefined : now.unit + 1,
                    inside.firstStep + now.position - inside.start,
                    shown(now.value),
                  )}
            </output>
          </>
        )}
      </div>
      {now !== undefined && <Follows inside={inside} held={now} unit={unit} />}
    </div>
  );
}
