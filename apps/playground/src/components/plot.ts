/** A chart of lines, drawn by uPlot. */
import "uplot/dist/uPlot.min.css";
import UPlot from "uplot";
import { themeColor } from "../theme.ts";
import { type Line, type LineChartProps, shortestAxis } from "./lines.ts";

/** Fewer values than this are shown as points too, as a line of one is none. */
const fewValues = 4;
/** What x ticks may be apart: 1, 2, 5, 10, …, never a fraction. */
const wholeSteps = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();

interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Plot {
  show(data: LineChartProps["data"]): void;
  resize(size: Size): void;
  destroy(): void;
}

export function plot(place: HTMLElement, props: LineChartProps, size: Size, hooks: Hooks): Plot {
  const chart = new UPlot(chartOptions(props, size, hooks), alignedData(props.data), place);
  return {
    show: (data) => chart.setData(alignedData(data)),
    resize: (other) => chart.setSize(other),
    destroy: () => chart.destroy(),
  };
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
  size: Size,
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
