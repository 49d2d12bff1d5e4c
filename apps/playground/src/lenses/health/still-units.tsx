/** The units that are constant on this passage. Each is a button that chooses it for all lenses. */
import { Panel } from "../../components/panel.tsx";
import type { Run } from "../../run/run.ts";
import { healthTexts } from "../../texts/health.ts";
import type { LayerActivity } from "./activity.ts";

export interface StillUnitsProps {
  readonly run: Run;
  readonly layers: readonly LayerActivity[];
}

export function StillUnits({ run, layers }: StillUnitsProps) {
  const kinds = ["silent", "stuck"] as const;
  return (
    <Panel id="still-units" title={healthTexts.still} explanation={healthTexts.stillExplained}>
      {kinds.map((kind) => {
        const still = layers.flatMap((layer, index) => layer[kind].map((unit) => ({ layer: index, unit })));
        return (
          <div key={kind} class="still">
            <h3>
              {healthTexts[kind]}: {still.length}
            </h3>
            <div class="chips">
              {still.map(({ layer, unit }) => {
                const chosen = run.unit.value.layer === layer && run.unit.value.unit === unit;
                return (
                  <button
                    key={`${layer}-${unit}`}
                    type="button"
                    class="chip"
                    aria-pressed={chosen}
                    aria-label={`unit ${unit + 1} of layer ${layer + 1}`}
                    onClick={() => {
                      run.unit.value = { layer, unit };
                    }}
                  >
                    {layers.length > 1 ? `${layer + 1}·${unit + 1}` : unit + 1}
                  </button>
                );
              })}
            </div>
          </div>
        );
      })}
    </Panel>
  );
}
