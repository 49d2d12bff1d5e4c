/** The losses of all compared runs over their steps, on a logarithmic axis, beside those of simple predictors. */
import { logAxis, powerOfTen } from "../../components/log-axis.ts";
import { useWidth } from "../../components/use-width.ts";
import type { Baseline } from "../../engine/protocol.ts";
import type { Run } from "../../run/run.ts";
import { compareTexts, titleOf } from "../../texts/compare.ts";
import type { Compared } from "./compared.ts";
import { curveOf, type Point } from "./curves.ts";

const height = 200;
const margin = { left: 46, right: 10, top: 10, bottom: 30 } as const;
/** Dashes tell curves apart without colours. */
export const dashes = ["", "7 4", "2 3"] as const;

export function CourseChart({ compared }: { readonly compared: readonly Compared[] }) {
  const { ref, width } = useWidth();
  const runs = compared.map(({ run }) => run);
  const lastStep = Math.max(10, ...runs.map(({ course }) => course.value.steps.at(-1) ?? 0));
  const curves = runs.map(({ course }) => curveOf(course.value, lastStep, 120));
  const baselines = sharedBaselines(runs);
  const unit = compareTexts.unitOf(runs.map((run) => run.summary.value?.output.kind));
  const axis = logAxis(
    [...curves.flat(), ...baselines].map(({ loss }) => loss),
    height - margin.bottom,
    margin.top,
  );
  const x = (step: number) => margin.left + (step / lastStep) * Math.max(0, width - margin.left - margin.right);
  const path = (curve: readonly Point[]) =>
    curve
      .map(({ step, loss }, at) => `${at === 0 ? "M" : "L"}${x(step).toFixed(1)} ${axis.at(loss).toFixed(1)}`)
      .join("");
  return (
    <figure class="course-chart" ref={ref}>
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={compareTexts.chart(unit, runs)}>
          {axis.ticks.map((exponent) => (
            <g key={exponent}>
              <line
                class="grid"
                x1={margin.left}
                x2={width - margin.right}
                y1={axis.at(10 ** exponent)}
                y2={axis.at(10 ** exponent)}
              />
              <text class="tick" x={margin.left - 6} y={axis.at(10 ** exponent) + 4} text-anchor="end">
                {powerOfTen(exponent)}
              </text>
            </g>
          ))}
          {stepTicks(lastStep).map((step) => (
            <text key={step} class="tick" x={x(step)} y={height - margin.bottom + 14} text-anchor="middle">
              {step.toLocaleString("en")}
            </text>
          ))}
          <text class="tick" x={width - margin.right} y={height - 2} text-anchor="end">
            {compareTexts.xLabel}
          </text>
          <text class="tick" x={margin.left + 4} y={height - 2}>
            {unit}
          </text>
          {baselines.map(({ name, loss }) => (
            <g key={name}>
              <line class="baseline" x1={margin.left} x2={width - margin.right} y1={axis.at(loss)} y2={axis.at(loss)} />
              <text class="tick" x={width - margin.right} y={axis.at(loss) - 4} text-anchor="end">
                {name}
              </text>
            </g>
          ))}
          {curves.map((curve, at) => (
            <path
              key={compared[at]?.id}
              class={`curve curve-${at + 1}`}
              stroke-dasharray={dashes[at]}
              d={path(curve)}
            />
          ))}
        </svg>
      )}
      <figcaption>
        {compared.map(({ id, run }, at) => (
          <span key={id} class="curve-key">
            <Swatch at={at} /> {titleOf(run)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Multiples of 1, 2 or 5 times a power of ten, five to twelve of them. */
function stepTicks(lastStep: number): number[] {
  const power = 10 ** Math.floor(Math.log10(lastStep));
  const apart = [power / 10, power / 5, power / 2, power].find((step) => lastStep / step <= 8) ?? power;
  return Array.from({ length: Math.floor((0.97 * lastStep) / apart) + 1 }, (_, at) => Math.round(at * apart));
}

/** The sign of a curve, beside its name. */
export function Swatch({ at }: { readonly at: number }) {
  return (
    <svg class="swatch" width="26" height="10" aria-hidden="true">
      <path class={`curve curve-${at + 1}`} stroke-dasharray={dashes[at]} d="M1 5H25" />
    </svg>
  );
}

/** Those of one task, as all lines in a picture are to be about the same data. */
function sharedBaselines(runs: readonly Run[]): readonly Baseline[] {
  const tasks = new Set(runs.map((run) => JSON.stringify(run.settings.value.task)));
  return tasks.size === 1 ? (runs[0]?.summary.value?.baselines ?? []) : [];
}
