/** The gradient of the last state with respect to each state before, and its two kinds of factors apart, on a logarithmic axis. */
import { logAxis, powerOfTen } from "../../components/log-axis.ts";
import { shortNumber } from "../../components/short-number.ts";
import { useWidth } from "../../components/use-width.ts";
import { subscript, gradientsTexts as texts } from "../../texts/gradients.ts";
import type { ScalarFlow, ScalarSettings } from "./scalar-example.ts";

/** Pixels, of narrow pictures and of wide ones. */
const heights = { narrow: 250, wide: 300 };
const wideFrom = 400;
const edges = { left: 44, right: 16, top: 16, bottom: 84 };
/** Pixels that a number in a row needs: a factor, and a gradient, whose exponent may have two digits. */
const numberWidth = 46;
const gradientWidth = 58;
const slopeWidth = 12;

interface ProductPictureProps {
  readonly flow: ScalarFlow;
  readonly settings: ScalarSettings;
}

export function ProductPicture({ flow: { slopes, gradients }, settings: { weight, steps } }: ProductPictureProps) {
  const { ref, width } = useWidth();
  const lines = {
    slopes: gradients.map((_, t) => slopes.slice(t).reduce((product, slope) => product * slope, 1)),
    weight: gradients.map((_, t) => Math.abs(weight) ** (steps - t)),
    product: gradients.map(Math.abs),
  };
  const height = width < wideFrom ? heights.narrow : heights.wide;
  const bottom = height - edges.bottom;
  const axis = logAxis(Object.values(lines).flat(), bottom, edges.top);
  const columnWidth = (width - edges.left - edges.right) / (steps + 1);
  const across = (t: number) => edges.left + (t + 0.5) * columnWidth;
  const every = Math.ceil(gradientWidth / Math.max(1, columnWidth));
  const isTold = (t: number) => (steps - t) % every === 0;
  const path = (values: readonly number[]) => {
    const points = values.flatMap((value, t) => (value > 0 ? [`${across(t)} ${axis.at(value)}`] : []));
    return points.length > 1 ? `M${points.join("L")}` : "";
  };
  return (
    <figure class="product-picture" ref={ref}>
      <figcaption>{texts.productTitle(steps, gradients[0] ?? 1)}</figcaption>
      {width > 0 && (
        <svg
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          role="img"
          aria-label={texts.product(steps, gradients)}
        >
          {axis.ticks.map((exponent) => (
            <g key={exponent}>
              <path
                class={exponent === 0 ? "grid one" : "grid"}
                d={`M${edges.left} ${axis.at(10 ** exponent)}H${width - edges.right}`}
              />
              <text class="axis end" x={edges.left - 6} y={axis.at(10 ** exponent) + 4}>
                {powerOfTen(exponent)}
              </text>
            </g>
          ))}
          {(["weight", "slopes", "product"] as const).map((name) => (
            <path key={name} class={`line ${name}`} d={path(lines[name])} />
          ))}
          {lines.product.map((value, t) => (
            <g key={t}>
              {value > 0 && <circle class="point" cx={across(t)} cy={axis.at(value)} r={4} />}
              {isTold(t) && (
                <text
                  class="mark"
                  x={across(t)}
                  y={axis.at(value) + (value > 1 || axis.at(value) + 18 > bottom ? -9 : 18)}
                >
                  {shortNumber(gradients[t] ?? 0)}
                </text>
              )}
              <text class="axis" x={across(t)} y={bottom + 18}>
                {isTold(t) ? `h${subscript(t)}` : ""}
              </text>
            </g>
          ))}
          {slopes.map((slope, step) => {
            const x = across(step + 0.5);
            return (
              <g key={step} class="factor">
                <rect class="room" x={x - slopeWidth / 2} y={bottom + 28} width={slopeWidth} height={20} />
                <rect
                  class="slope"
                  x={x - slopeWidth / 2}
                  y={bottom + 48 - 20 * slope}
                  width={slopeWidth}
                  height={20 * slope}
                />
                {columnWidth >= numberWidth && (
                  <>
                    <text class="mark" x={x} y={bottom + 62}>
                      {shortNumber(slope)}
                    </text>
                    <text class="mark" x={x} y={bottom + 78}>
                      × {shortNumber(weight)}
                    </text>
                  </>
                )}
              </g>
            );
          })}
          <text class="axis start" x={2} y={bottom + 44}>
            {texts.slopeRow}
          </text>
          {columnWidth >= numberWidth && (
            <text class="axis start" x={2} y={bottom + 78}>
              {texts.weightRow}
            </text>
          )}
        </svg>
      )}
      <ul class="line-keys">
        {(["product", "weight", "slopes"] as const).map((name) => (
          <li key={name}>
            <svg width="26" height="10" aria-hidden="true">
              <path class={`line ${name}`} d="M1 5H25" />
            </svg>
            {texts.lines[name]}: {shortNumber(lines[name][0] ?? 1)}
          </li>
        ))}
      </ul>
    </figure>
  );
}
