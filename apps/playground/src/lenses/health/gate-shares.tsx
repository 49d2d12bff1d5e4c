/** Of each gate, the shares of its values at either end, as a bar. */
import { Panel } from "../../components/panel.tsx";
import { healthTexts } from "../../texts/health.ts";
import type { GateShare, LayerActivity } from "./activity.ts";

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

export function GateShares({ layers }: { readonly layers: readonly LayerActivity[] }) {
  const { gate, low, high } = healthTexts.gateColumns;
  return (
    <Panel id="gates" title={healthTexts.gates} explanation={healthTexts.gatesExplained}>
      {layers.every(({ gates }) => gates.length === 0) ? (
        <p class="empty">{healthTexts.noGates}</p>
      ) : (
        <table class="numbers">
          <thead>
            <tr>
              <th scope="col">{gate}</th>
              <th scope="col">{low}</th>
              <td aria-hidden="true" />
              <th scope="col">{high}</th>
            </tr>
          </thead>
          <tbody>
            {layers.flatMap(({ gates }, layer) =>
              gates.map((share) => (
                <tr key={`${layer}${share.name}`}>
                  <th scope="row">
                    {share.name}
                    {layers.length > 1 && <small> layer {layer + 1}</small>}
                  </th>
                  <td>{percent(share.low)}</td>
                  <td class="picture">
                    <ShareBar share={share} />
                  </td>
                  <td>{percent(share.high)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      )}
    </Panel>
  );
}

/** The low end from the left, the high end from the right; what is between them is free to move. */
function ShareBar({ share: { low, high } }: { readonly share: GateShare }) {
  return (
    <svg class="share-bar" width="100%" height="14" aria-hidden="true">
      <rect class="free" x="0" y="0" width="100%" height="14" />
      <rect class="low" x="0" y="0" width={`${low * 100}%`} height="14" />
      <rect class="high" x={`${(1 - high) * 100}%`} y="0" width={`${high * 100}%`} height="14" />
    </svg>
  );
}
