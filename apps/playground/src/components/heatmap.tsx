/** A matrix of values from −1 to 1 as coloured cells, read out under the pointer or by the arrow keys. */
import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { darkScheme } from "../theme.ts";
import { divergingColor, scaleGradient } from "./color-scale.ts";

export interface HeatmapProps {
  /** What a screen reader says in place of the picture. */
  readonly description: string;
  readonly rowTitle: string;
  readonly columnTitle: string;
  readonly rows: number;
  readonly columnLabels: readonly string[];
  /** [column, row]. */
  readonly values: ArrayLike<number>;
  /** The sentence for one cell. */
  readonly tell: (row: number, column: number, value: number) => string;
}

interface Cell {
  readonly row: number;
  readonly column: number;
}

/** Pixels: rows share about this height, columns are as wide as fits between these. */
const height = 320;
const narrowest = 9;
const widest = 64;

export function Heatmap(props: HeatmapProps) {
  const { description, rowTitle, columnTitle, rows, columnLabels, values } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const cursor = useSignal<Cell | undefined>(undefined);
  const dark = darkScheme.value;
  const columns = columnLabels.length;
  const rowHeight = Math.max(4, Math.min(20, Math.floor(height / rows)));
  const chosen = cursor.value;
  const { row, column } = {
    row: Math.min(chosen?.row ?? 0, rows - 1),
    column: Math.min(chosen?.column ?? 0, columns - 1),
  };

  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context) draw(context, values, rows, columns, dark);
  }, [values, rows, columns, dark]);

  const point = (event: PointerEvent) => {
    const element = canvas.current;
    if (element === null) return;
    const box = element.getBoundingClientRect();
    const at = (offset: number, size: number, count: number) =>
      Math.min(count - 1, Math.max(0, Math.floor((offset / size) * count)));
    cursor.value = {
      row: at(event.clientY - box.top, box.height, rows),
      column: at(event.clientX - box.left, box.width, columns),
    };
  };
  const move = (event: KeyboardEvent) => {
    const [down, right] = arrows[event.key] ?? [0, 0];
    if (down === 0 && right === 0) return;
    event.preventDefault();
    const hold = (index: number, count: number) => Math.min(count - 1, Math.max(0, index));
    cursor.value = { row: hold(row + down, rows), column: hold(column + right, columns) };
  };
  const leave = () => {
    cursor.value = undefined;
  };

  return (
    <div class="heatmap">
      <div class="heatmap-scroll">
        <span class="heatmap-row-title">{rowTitle}</span>
        <ol class="heatmap-row-labels" aria-hidden="true" style={{ height: `${rows * rowHeight}px` }}>
          <li>1</li>
          {rows > 1 && <li>{rows}</li>}
        </ol>
        <div
          class="heatmap-body"
          style={{
            minWidth: `${columns * narrowest}px`,
            maxWidth: `${columns * widest}px`,
            height: `${rows * rowHeight}px`,
          }}
        >
          <div
            class="heatmap-cells"
            role="application"
            aria-label={`${description} Arrow keys read single values.`}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the cells.
            tabIndex={0}
            onPointerMove={point}
            onPointerDown={point}
            onPointerLeave={leave}
            onKeyDown={move}
            onBlur={leave}
          >
            <canvas ref={canvas} />
          </div>
          {chosen !== undefined && (
            <span
              class="heatmap-cursor"
              style={{
                left: `${(column / columns) * 100}%`,
                top: `${(row / rows) * 100}%`,
                width: `${100 / columns}%`,
                height: `${100 / rows}%`,
              }}
            />
          )}
          <ol
            class="heatmap-column-labels"
            aria-hidden="true"
            style={{ gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}
          >
            {columnLabels.map((label, index) => (
              <li key={index}>{label}</li>
            ))}
          </ol>
        </div>
      </div>
      <p class="heatmap-column-title">{columnTitle}</p>
      <div class="heatmap-foot">
        <output aria-live="polite">
          {chosen === undefined
            ? "Point at a cell to read its value."
            : props.tell(row, column, values[column * rows + row] ?? Number.NaN)}
        </output>
        <div class="heatmap-legend" role="img" aria-label="Colours from −1 through 0 to +1">
          <span>−1</span>
          <span class="heatmap-scale" style={{ background: scaleGradient(dark) }} />
          <span>+1</span>
        </div>
      </div>
    </div>
  );
}

const arrows: Readonly<Record<string, readonly [down: number, right: number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** One pixel per cell; the style sheet scales the picture up without smoothing. */
function draw(
  context: CanvasRenderingContext2D,
  values: ArrayLike<number>,
  rows: number,
  columns: number,
  dark: boolean,
) {
  context.canvas.width = columns;
  context.canvas.height = rows;
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      context.fillStyle = divergingColor(values[column * rows + row] ?? 0, dark);
      context.fillRect(column, row, 1, 1);
    }
  }
}
