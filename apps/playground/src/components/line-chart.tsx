/**
 * A live chart of lines over a shared x axis, with one y axis on the left and perhaps one on the right. The code that draws it
 * is loaded with the first data; until then the picture's description is shown.
 */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { reportFailure } from "../failure.ts";
import { darkScheme } from "../theme.ts";
import type { LineChartProps } from "./lines.ts";
import type { Plot, plot } from "./plot.ts";
import { useSize } from "./use-size.ts";

const plotter = signal<typeof plot | undefined>(undefined);

async function loadPlotter(): Promise<void> {
  try {
    plotter.value = (await import("./plot.ts")).plot;
  } catch (error) {
    reportFailure(error);
  }
}

export function LineChart(props: LineChartProps) {
  const { lines, data, mark, description } = props;
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Plot>(null);
  const marked = useRef(mark);
  const hovered = useSignal<number | null>(null);
  const { width, height } = useSize(place);
  const dark = darkScheme.value;
  const draw = plotter.value;
  marked.current = mark;
  useEffect(() => {
    void loadPlotter();
  }, []);

  // A chart is made anew only for other lines or colours; new data and sizes follow below.
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null || width === 0 || draw === undefined) return;
    const onHover = (at: number | null) => {
      hovered.value = at;
    };
    const made = draw(element, props, { width, height }, { onHover, markAt: () => marked.current });
    chart.current = made;
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, [dark, JSON.stringify(lines), width === 0, draw]);

  useLayoutEffect(() => {
    if (width > 0) chart.current?.resize({ width, height });
  }, [width, height]);

  useLayoutEffect(() => {
    chart.current?.show(data);
  }, [data, mark]);

  return (
    <figure class="line-chart">
      <div class="line-chart-canvas" role="img" aria-label={description} ref={place}>
        {draw === undefined && <p>{description}</p>}
      </div>
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
