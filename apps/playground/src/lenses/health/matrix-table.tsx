/** Each matrix on a logarithmic scale: how far the next step moves it, and how long its gradient is. */

import { DottedName } from "../../components/dotted-name.tsx";
import { Panel } from "../../components/panel.tsx";
import { shortNumber } from "../../components/short-number.ts";
import { healthTexts } from "../../texts/health.ts";
import { usualRatio } from "./findings.ts";
import type { MatrixHealth } from "./matrices.ts";

/** Powers of ten at the ends of the scale. */
const scale = { from: -6, to: 0 } as const;

/** In percent of the width; what is beyond the scale is at its end. */
function place(value: number): number {
  const share = (Math.log10(value) - scale.from) / (scale.to - scale.from);
  return 100 * Math.min(1, Math.max(0, share));
}

export function MatrixTable({ matrices }: { readonly matrices: readonly MatrixHealth[] }) {
  const { name, picture, ratio, gradient } = healthTexts.matrixColumns;
  return (
    <Panel id="wide" title={healthTexts.matrices} explanation={healthTexts.matricesExplained}>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col">{picture}</th>
            <th scope="col">{ratio}</th>
            <th scope="col">{gradient}</th>
          </tr>
        </thead>
        <tbody>
          {matrices.map((matrix) => {
            const moved = matrix.weight === 0 ? 0 : matrix.update / matrix.weight;
            return (
              <tr key={matrix.name}>
                <th scope="row">
                  <DottedName name={matrix.name} /> <small>{matrix.shape.join(" × ")}</small>
                </th>
                <td class="picture">
                  <Dots ratio={moved} gradient={matrix.gradient} />
                </td>
                <td>{shortNumber(moved)}</td>
                <td>{shortNumber(matrix.gradient)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}

function Dots({ ratio, gradient }: { readonly ratio: number; readonly gradient: number }) {
  const powers = Array.from({ length: scale.to - scale.from + 1 }, (_, at) => 10 ** (scale.from + at));
  return (
    <svg class="dots" width="100%" height="20" aria-hidden="true">
      {powers.map((power) => (
        <line
          key={power}
          class={power === usualRatio ? "usual" : "grid"}
          x1={`${place(power)}%`}
          x2={`${place(power)}%`}
          y1="0"
          y2="20"
        />
      ))}
      {Number.isFinite(gradient) && <circle class="gradient" cx={`${place(gradient)}%`} cy="10" r="4" />}
      {Number.isFinite(ratio) && <circle class="ratio" cx={`${place(ratio)}%`} cy="10" r="4.5" />}
    </svg>
  );
}
