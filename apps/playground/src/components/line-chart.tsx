/** Lines over a shared x axis, against one y axis on the left and one on the right, drawn by uPlot and kept live. */
import "uplot/dist/uPlot.min.css";
import { useLayoutEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { darkScheme, themeColor } from "../theme.ts";

export interface Line {
  readonly label: string;
  readonly color: `--${string}`;
  readonly axis: "left" | "right";
  readonly dashed?: boolean;
}

export interface LineChartProps {
  /** What a screen reader says in place of the picture. */
  readonly description: string;
  readonly xLabel: string;
  readonly leftLabel: string;
  readonly rightLabel: string;
  /** Constant for a chart's lifetime. */
  readonly lines: readonly Line[];
  /** The x values, then those of each line. */
  readonly data: readonly (readonly number[])[];
}

const height = 220;
/** What x ticks may be apart: 1, 2, 5, 10, …, never a fraction. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

export function LineChart(props: LineChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(null);
  const dark = darkScheme.value;

  // A chart is made anew only for other colours; new data follow below.
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) return;
    const made = new UPlot(chartOptions(props, element.clientWidth), alignedData(props.data), element);
    chart.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      made.destroy();
      chart.current = null;
    };
  }, [dark]);

  useLayoutEffect(() => {
    chart.current?.setData(alignedData(props.data));
  }, [props.data]);

  return <div class="line-chart" role="img" aria-label={props.description} ref={place} />;
}

function alignedData(data: LineChartProps["data"]): UPlot.AlignedData {
  const [x = [], ...lines] = data;
  return [[...x], ...lines.map((line) => [...line])];
}

function chartOptions({ xLabel, leftLabel, rightLabel, lines }: LineChartProps, width: number): UPlot.Options {
  const axis = (label: string, more: UPlot.Axis): UPlot.Axis => ({
    label,
    stroke: themeColor("--muted"),
    grid: { stroke: themeColor("--line"), width: 1 },
    ticks: { stroke: themeColor("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    labelSize: 20,
    ...more,
  });
  const fromZero: UPlot.Scale = { range: (_, __, max) => [0, (max > 0 ? max : 1) * 1.05] };
  return {
    width,
    height,
    scales: { x: { time: false }, left: fromZero, right: fromZero },
    axes: [
      axis(xLabel, { size: 30, incrs: wholeSteps }),
      axis(leftLabel, { scale: "left", size: 44 }),
      axis(rightLabel, { scale: "right", side: 1, size: 44, grid: { show: false } }),
    ],
    series: [
      { label: xLabel },
      ...lines.map(({ label, color, axis: scale, dashed }) => ({
        label,
        scale,
        stroke: themeColor(color),
        width: 2,
        points: { show: false },
        value: (_: UPlot, value: number | null) => (value === null ? "–" : value.toFixed(3)),
        ...(dashed === true ? { dash: [6, 5], width: 1.5 } : {}),
      })),
    ],
    legend: { live: true },
  };
}
