/** Lines over a shared x axis, against one y axis on the left and perhaps one on the right, drawn by uPlot and kept live. */
import "uplot/dist/uPlot.min.css";
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import { darkScheme, themeColor } from "../theme.ts";
import { useSize } from "./use-size.ts";

export interface Line {
  readonly label: string;
  readonly color: `--${string}`;
  readonly axis: "left" | "right";
  readonly dashed?: boolean;
  /** Whether the label stands at the line's right end, instead of in the legend. */
  readonly labelled?: boolean;
}

/** A value that is null is not known; the line goes on to the next that is. */
export type Values = readonly (number | null)[];

export interface LineChartProps {
  /** What a screen reader says in place of the picture. */
  readonly description: string;
  readonly xLabel: string;
  readonly leftLabel: string;
  readonly rightLabel?: string;
  readonly lines: readonly Line[];
  /** The x values, then those of each line. */
  readonly data: readonly [readonly number[], ...Values[]];
  /** An x value to mark. */
  readonly mark?: number | undefined;
}

/** The x axis ends here at the least. */
export const shortestAxis = 10;
/** Fewer values than this are shown as points too, as a line of one is none. */
const fewValues = 4;
/** What x ticks may be apart: 1, 2, 5, 10, …, never a fraction. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

export function LineChart(props: LineChartProps) {
  const { lines, data, mark, description } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<UPlot>(null);
  const marked = useRef(mark);
  const hovered = useSignal<number | null>(null);
  const { width, height } = useSize(place);
  const dark = darkScheme.value;
  marked.current = mark;

  // A chart is made anew only for other lines or colours; new data and sizes follow below.
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null || width === 0) return;
    const onHover = (at: number | null) => {
      hovered.value = at;
    };
    const options = chartOptions(props, { width, height }, { onHover, markAt: () => marked.current });
    const made = new UPlot(options, alignedData(data), element);
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, [dark, JSON.stringify(lines), width === 0]);

  useLayoutEffect(() => {
    if (width > 0) chart.current?.setSize({ width, height });
  }, [width, height]);

  useLayoutEffect(() => {
    chart.current?.setData(alignedData(data));
  }, [data, mark]);

  return (
    <figure class="line-chart">
      <div class="line-chart-canvas" role="img" aria-label={description} ref={place} />
      <Legend lines={lines} data={data} at={hovered.value} />
    </figure>
  );
}

/** Where a chart will be, so that nothing moves when it comes. */
export function LineChartPlace() {
  return (
    <figure class="line-chart">
      <div class="line-chart-canvas" />
      <figcaption class="legend" />
    </figure>
  );
}

/** The lines' names with their values under the pointer, or else their last ones. */
function Legend({ lines, data, at }: Pick<LineChartProps, "lines" | "data"> & { readonly at: number | null }) {
  const [x, ...values] = data;
  return (
    <figcaption class="legend">
      {lines.map(({ label, color, labelled, dashed }, line) => {
        const known = values[line] ?? [];
        const value = (at === null ? undefined : known[at]) ?? known.findLast((each) => each !== null);
        if (labelled === true || value === undefined) return null;
        return (
          <span key={label}>
            <i style={{ borderTop: `3px ${dashed === true ? "dashed" : "solid"} var(${color})` }} /> {label}{" "}
            <b>{value?.toFixed(2)}</b>
          </span>
        );
      })}
      {at !== null && <span>step {x[at]?.toLocaleString("en")}</span>}
    </figcaption>
  );
}

/** uPlot's own kind of arrays. */
function alignedData([x, ...lines]: LineChartProps["data"]): UPlot.AlignedData {
  return [[...x], ...lines.map((line) => [...line])];
}

interface Hooks {
  readonly onHover: (at: number | null) => void;
  readonly markAt: () => number | undefined;
}

function chartOptions(
  { xLabel, leftLabel, rightLabel, lines }: LineChartProps,
  size: { readonly width: number; readonly height: number },
  { onHover, markAt }: Hooks,
): UPlot.Options {
  const axis = (label: string, more: UPlot.Axis): UPlot.Axis => ({
    label,
    stroke: themeColor("--muted"),
    grid: { stroke: themeColor("--line"), width: 1 },
    ticks: { stroke: themeColor("--line"), width: 1 },
    font: "12px system-ui, sans-serif",
    labelFont: "12px system-ui, sans-serif",
    labelSize: 20,
    labelGap: 2,
    ...more,
  });
  // Ranges come from the data alone, so that nothing of an earlier course stays.
  const fromZero: UPlot.Scale = { range: (_, __, max) => [0, (max > 0 ? max : 1) * 1.05] };
  return {
    ...size,
    scales: {
      x: { time: false, range: (_, __, max) => [0, Math.max(shortestAxis, max ?? 0)] },
      left: fromZero,
      right: fromZero,
    },
    axes: [
      axis(xLabel, { size: 30, incrs: wholeSteps }),
      axis(leftLabel, { scale: "left", size: 40 }),
      ...(rightLabel === undefined
        ? []
        : [axis(rightLabel, { scale: "right", side: 1, size: 40, grid: { show: false } })]),
    ],
    series: [
      { label: xLabel },
      ...lines.map(({ label, color, axis: scale, dashed }) => ({
        label,
        scale,
        stroke: themeColor(color),
        width: 2,
        spanGaps: true,
        points: { show: (chart: UPlot) => dashed !== true && chart.data[0].length < fewValues, size: 7 },
        ...(dashed === true ? { dash: [6, 5], width: 1.5 } : {}),
      })),
    ],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false } },
    hooks: {
      setCursor: [({ cursor }) => onHover(cursor.idx ?? null)],
      draw: [(chart) => drawMark(chart, markAt()), (chart) => drawLabels(chart, lines)],
    },
  };
}

/** A vertical line at the marked x. */
function drawMark({ ctx, bbox, valToPos }: UPlot, mark: number | undefined): void {
  if (mark === undefined) return;
  const x = Math.round(valToPos(mark, "x", true));
  ctx.save();
  ctx.strokeStyle = themeColor("--ink");
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
}

/** CSS pixels that a label needs above or below its line. */
const labelHeight = 15;

/** The labels of constant lines, above their right ends, or below where the next line is close above. */
function drawLabels({ ctx, bbox, data, valToPos }: UPlot, lines: readonly Line[]): void {
  const placed = lines
    .map((line, index) => ({ ...line, value: data[index + 1]?.at(-1) ?? undefined }))
    .filter(({ labelled, value }) => labelled === true && value !== undefined)
    .map(({ label, color, axis, value = 0 }) => ({ label, color, y: valToPos(value, axis, true) }))
    .toSorted((a, b) => a.y - b.y);
  ctx.save();
  ctx.font = `${12 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textAlign = "right";
  for (const [index, { label, color, y }] of placed.entries()) {
    const above = placed[index - 1]?.y ?? bbox.top - labelHeight * devicePixelRatio;
    const isClose = y - above < labelHeight * devicePixelRatio;
    ctx.fillStyle = themeColor(color);
    ctx.textBaseline = isClose ? "top" : "bottom";
    const gap = (isClose ? 4 : -2) * devicePixelRatio;
    ctx.fillText(label, bbox.left + bbox.width - 4 * devicePixelRatio, y + gap);
  }
  ctx.restore();
}
