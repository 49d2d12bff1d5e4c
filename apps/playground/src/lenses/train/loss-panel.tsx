/** The loss over training, beside baselines that count, and the way back through saved steps. */
import { useMemo } from "preact/hooks";
import { LineChart, LineChartPlace } from "../../components/line-chart.tsx";
import { Panel } from "../../components/panel.tsx";
import type { Run } from "../../run/run.ts";
import { trainTexts } from "../../texts/train.ts";
import { dataOf, kindOf, linesOf, lossAt } from "./course-data.ts";

export function LossPanel({ run }: { readonly run: Run }) {
  const summary = run.summary.value;
  const course = run.course.value;
  const heldOut = run.heldOut.value;
  const step = run.step.value;
  const start = run.saved.value[0] ?? 0;
  const data = useMemo(
    () => (summary === undefined ? undefined : dataOf(summary, start, course, heldOut)),
    [summary, start, course, heldOut],
  );
  const lines = useMemo(() => (summary === undefined ? [] : linesOf(summary)), [summary]);
  const kind = kindOf(run);
  const unit = trainTexts.units[kind];
  const end = Math.max(course.steps.at(-1) ?? 0, heldOut.at(-1)?.step ?? 0);
  return (
    <Panel id="loss" title={trainTexts.loss[kind]} explanation={trainTexts.lossAbout[kind]}>
      {summary === undefined || data === undefined ? (
        <LineChartPlace />
      ) : (
        <LineChart
          description={trainTexts.chart(
            step,
            lossAt(summary, course, step).toFixed(2),
            heldOut.at(-1)?.loss.toFixed(2),
            unit,
          )}
          xLabel={trainTexts.stepAxis}
          leftLabel={unit}
          lines={lines}
          data={data}
          mark={step < end ? step : undefined}
        />
      )}
      <WayBack run={run} />
    </Panel>
  );
}

/** A slider over the steps that are kept. */
function WayBack({ run }: { readonly run: Run }) {
  const saved = run.saved.value;
  const step = run.step.value;
  const at = saved.indexOf(step);
  return (
    <label class="way-back">
      <span>{trainTexts.back}</span>
      <input
        type="range"
        min={0}
        max={Math.max(1, saved.length - 1)}
        value={at < 0 ? saved.length - 1 : at}
        aria-valuetext={step.toLocaleString("en")}
        onInput={(event) => {
          const wanted = saved[event.currentTarget.valueAsNumber];
          if (wanted !== undefined && wanted !== run.step.peek()) void run.seek(wanted);
        }}
      />
      <output>{step.toLocaleString("en")}</output>
    </label>
  );
}
