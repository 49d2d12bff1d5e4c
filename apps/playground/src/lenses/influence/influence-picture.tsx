/** What was read, element by element, each coloured by its influence, with a bar for now and one for before training. */
import { divergingColor } from "../../components/color-scale.ts";
import { useWidth } from "../../components/use-width.ts";
import { visible } from "../../components/visible.ts";
import { influenceTexts as texts } from "../../texts/influence.ts";
import { darkScheme } from "../../theme.ts";
import type { Measure, Shares } from "./shares.ts";

/** Pixels: a row is bars, a label and air; an element is at least so wide, and as wide as its label. */
const sizes = {
  narrow: { element: 13, character: 8, bars: 40, label: 22, gap: 10, font: 13 },
  wide: { element: 18, character: 9, bars: 64, label: 26, gap: 16, font: 15 },
};
const wideFrom = 600;
const widest = 40;

export interface InfluencePictureProps {
  readonly labels: readonly string[];
  /** The element that the prediction is made after. */
  readonly at: number;
  readonly measure: Measure;
  readonly now: Shares;
  readonly before: Shares | undefined;
  readonly cursorText: string;
  readonly onMove: (index: number) => void;
  readonly onPoint: (index: number | undefined) => void;
}

export function InfluencePicture(props: InfluencePictureProps) {
  const { labels, at, measure, now, before, cursorText, onMove, onPoint } = props;
  const { ref, width } = useWidth();
  const signs = labels.map(visible);
  const size = sizes[width < wideFrom ? "narrow" : "wide"];
  const { bars: barHeight, label: labelHeight } = size;
  const labelWidth = size.character * Math.max(...signs.map(({ length }) => length)) + 6;
  const cell = Math.max(size.element, labelWidth, Math.min(widest, Math.floor(width / labels.length)));
  const perRow = Math.max(1, Math.floor(width / cell));
  const rows = Math.ceil(labels.length / perRow);
  const rowHeight = barHeight + labelHeight + size.gap;
  const largest = Math.max(...[...now.shares, ...(before?.shares ?? [])].map(Math.abs), 1e-9);
  const isSigned = measure === "signed";
  const zero = isSigned ? barHeight / 2 : barHeight;
  const bar = (share: number, x: number, top: number, kind: string) => {
    const length = (Math.abs(share) / largest) * zero;
    const y = share < 0 ? top + zero : top + zero - length;
    return <rect class={kind} x={x} y={y} width={(cell - 3) / 2} height={length} />;
  };
  const move = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -perRow, ArrowDown: perRow }[event.key];
    const wanted = { Home: 0, End: labels.length - 1 }[event.key] ?? (by === undefined ? undefined : at + by);
    if (wanted === undefined) return;
    event.preventDefault();
    onMove(wanted);
  };
  return (
    <figure class="influence-picture" ref={ref}>
      {width > 0 && (
        <div
          class="influence-time"
          role="slider"
          tabIndex={0}
          aria-label={texts.picture}
          aria-valuemin={0}
          aria-valuemax={labels.length - 1}
          aria-valuenow={at}
          aria-valuetext={cursorText}
          onKeyDown={move}
          onPointerLeave={(event) => event.pointerType === "mouse" && onPoint(undefined)}
        >
          <svg
            viewBox={`0 0 ${width} ${rows * rowHeight}`}
            width={width}
            height={rows * rowHeight}
            font-size={size.font}
            aria-hidden="true"
          >
            {signs.map((sign, index) => {
              const [x, top] = [(index % perRow) * cell, Math.floor(index / perRow) * rowHeight];
              const share = now.shares[index] ?? 0;
              const color = isSigned
                ? divergingColor(share / largest, darkScheme.value)
                : `color-mix(in srgb, var(--accent) ${((100 * share) / largest).toFixed(0)}%, transparent)`;
              return (
                <g
                  key={index}
                  class={index > at ? "element later" : "element"}
                  onPointerDown={() => onMove(index)}
                  onPointerEnter={() => onPoint(index)}
                >
                  <rect class="room" x={x} y={top} width={cell} height={barHeight + labelHeight} />
                  {index <= at && (
                    <>
                      <rect
                        class="shade"
                        x={x + 0.5}
                        y={top + barHeight}
                        width={cell - 1}
                        height={labelHeight}
                        style={{ fill: color }}
                      />
                      {before && bar(before.shares[index] ?? 0, x + 1, top, "bar before")}
                      {bar(share, x + 1 + (cell - 3) / 2, top, "bar now")}
                    </>
                  )}
                  {index === at && (
                    <rect class="cursor" x={x + 0.5} y={top + barHeight} width={cell - 1} height={labelHeight} rx={3} />
                  )}
                  <text x={x + cell / 2} y={top + barHeight + 0.7 * labelHeight}>
                    {sign}
                  </text>
                </g>
              );
            })}
            {Array.from({ length: rows }, (_, row) => (
              <path key={row} class="zero" d={`M0 ${row * rowHeight + zero}H${perRow * cell}`} />
            ))}
          </svg>
        </div>
      )}
    </figure>
  );
}
