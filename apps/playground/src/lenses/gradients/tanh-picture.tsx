/** The curve of tanh with the point that each step is at, and its tangent there: where the curve is flat, tanh′ is small. */
import { shortNumber } from "../../components/short-number.ts";
import { subscript, gradientsTexts as texts } from "../../texts/gradients.ts";
import type { ScalarFlow } from "./scalar-example.ts";

const [width, height, margin] = [240, 250, 26];
/** Pixels from the middle to the end of a mark's text. */
const textHalf = 62;
/** Sums from −7 to 7: those of the example reach 6. */
const widest = 7;

export function TanhPicture({ flow: { states, sums, slopes } }: { readonly flow: ScalarFlow }) {
  const across = (sum: number) =>
    width / 2 + (Math.min(widest, Math.max(-widest, sum)) / widest) * (width / 2 - margin);
  const up = (h: number) => height / 2 - h * (height / 2 - margin - 8);
  const curve = Array.from({ length: 81 }, (_, i) => ((i - 40) / 40) * widest);
  const points = slopes.map((slope, step) => ({
    sum: sums[step] ?? 0,
    h: states[step + 1] ?? 0,
    slope,
    name: `h${subscript(step + 1)}`,
  }));
  const inside = (sum: number) => Math.min(width - textHalf, Math.max(textHalf, across(sum)));
  const first = points[0];
  const last = points.at(-1);
  return (
    <figure class="tanh-picture">
      <figcaption>{texts.curveTitle}</figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} role="img" aria-label={texts.curve}>
        <path class="grid" d={`M${margin} ${height / 2}H${width - margin}M${width / 2} ${margin}V${height - margin}`} />
        <path class="curve" d={`M${curve.map((sum) => `${across(sum)} ${up(Math.tanh(sum))}`).join("L")}`} />
        {points.map(({ sum, h, slope, name }) => (
          <g key={name}>
            <path
              class="tangent"
              d={`M${across(sum - 0.7)} ${up(h - 0.7 * slope)}L${across(sum + 0.7)} ${up(h + 0.7 * slope)}`}
            />
            <circle class="point" cx={across(sum)} cy={up(h)} r={4} />
          </g>
        ))}
        {first && (
          <text x={inside(first.sum)} y={up(first.h) + (first.h < 0 ? -10 : 20)} class="mark">
            {first.name}: tanh′ = {shortNumber(first.slope)}
          </text>
        )}
        {last && last !== first && (
          <text x={inside(last.sum)} y={up(last.h) + (last.h < 0 ? 20 : -10)} class="mark">
            {last.name}: tanh′ = {shortNumber(last.slope)}
          </text>
        )}
        <text x={width - margin} y={height / 2 + 14} class="axis">
          +{widest}
        </text>
        <text x={margin} y={height / 2 + 14} class="axis">
          −{widest}
        </text>
      </svg>
    </figure>
  );
}
