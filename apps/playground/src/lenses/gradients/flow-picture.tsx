/** The gradient of one loss back through time, on a logarithmic axis, between two walls: the window and the clip. */
import { useRef } from "preact/hooks";
import { type LogAxis, logAxis, powerOfTen } from "../../components/log-axis.ts";
import { shortNumber } from "../../components/short-number.ts";
import { SvgSlider } from "../../components/svg-slider.tsx";
import { useWidth } from "../../components/use-width.ts";
import { visible } from "../../components/visible.ts";
import { gradientsTexts as texts } from "../../texts/gradients.ts";
import { clipAt, clipScale, clipStops, type FlowLine, stopOf } from "./flow-line.ts";

/** Pixels, of narrow pictures and of wide ones. */
const heights = { narrow: 320, wide: 400 };
const wideFrom = 600;
const edges = { left: 46, right: 84, top: 26, bottom: 46 };
/** Half of what a finger needs. */
const grip = 22;
/** Pixels that a label on the time axis needs, for each character and beside. */
const labelSizes = { character: 7, beside: 4 };

export interface FlowPictureProps {
  readonly description: string;
  readonly lines: readonly FlowLine[];
  /** What is read at each shown step. */
  readonly labels: readonly string[];
  readonly parameterNorm: number;
  readonly window: number;
  readonly clip: number;
  /** The step that is read out. */
  readonly reader: number;
  readonly onWindow: (window: number, atRest: boolean) => void;
  readonly onClip: (clip: number, atRest: boolean) => void;
  readonly onRead: (step: number) => void;
  readonly tell: (step: number) => string;
}

export function FlowPicture(props: FlowPictureProps) {
  const { description, lines, labels, parameterNorm, window, clip, reader, onWindow, onClip, onRead, tell } = props;
  const { ref, width } = useWidth();
  const held = useRef<LogAxis>(undefined);
  const height = width < wideFrom ? heights.narrow : heights.wide;
  const count = labels.length;
  const [right, bottom] = [width - edges.right, height - edges.bottom];
  const scale = clipScale(parameterNorm, clip);
  const values = lines.flatMap((line) => line.norms.flatMap((norm) => [norm, norm * line.scale]));
  const fitting = logAxis([...values, parameterNorm, ...(clip > 0 ? [clip] : [])], bottom, edges.top);
  // An axis that followed the wall would move it away from the pointer that drags it.
  const axis = held.current ?? fitting;
  const columnWidth = (right - edges.left) / count;
  const across = (step: number) => edges.left + (step + 0.5) * columnWidth;
  const stepAt = (x: number) => Math.floor((x - edges.left) / columnWidth);
  const cut = Math.max(0, count - window);
  const wall = edges.left + cut * columnWidth;
  const ceiling = clip === 0 ? edges.top - 12 : axis.at(clip);
  const signs = labels.map(visible);
  const labelWidth = labelSizes.character * Math.max(...signs.map(({ length }) => length)) + labelSizes.beside;
  const every = Math.ceil(labelWidth / Math.max(1, columnWidth));
  const path = (norms: readonly number[], from: number, factor: number) => {
    const points = norms.flatMap((norm, step) =>
      step >= from && norm * factor > 0 ? [`${across(step)} ${axis.at(norm * factor)}`] : [],
    );
    return points.length === 0 ? "" : `M${points.join("L")}${points.length === 1 ? "h.01" : ""}`;
  };
  return (
    <figure class="flow-picture" ref={ref}>
      <figcaption>{description}</figcaption>
      {width > 0 && (
        <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-label={description}>
          {axis.ticks.map((exponent) => (
            <g key={exponent}>
              <path class="grid" d={`M${edges.left} ${axis.at(10 ** exponent)}H${right}`} />
              <text class="axis end" x={edges.left - 6} y={axis.at(10 ** exponent) + 4}>
                {powerOfTen(exponent)}
              </text>
            </g>
          ))}
          <text class="axis start" x={2} y={14}>
            {texts.axis}
          </text>
          {signs.map((sign, step) =>
            (count - 1 - step) % every === 0 ? (
              <text key={step} class="label" x={across(step)} y={bottom + 18}>
                {sign}
              </text>
            ) : undefined,
          )}
          <text class="axis end" x={right} y={bottom + 38}>
            {texts.timeAxis}
          </text>
          <SvgSlider
            label={texts.reader}
            orientation="horizontal"
            min={0}
            max={count - 1}
            value={reader}
            valueText={tell(reader)}
            valueAt={stepAt}
            jumps
            onMove={onRead}
          >
            <rect class="ground" x={edges.left} y={edges.top} width={right - edges.left} height={bottom - edges.top} />
            <path class="reader" d={`M${across(reader)} ${edges.top}V${bottom}`} />
          </SvgSlider>
          {cut > 0 && (
            <rect class="beyond" x={edges.left} y={edges.top} width={wall - edges.left} height={bottom - edges.top} />
          )}
          {lines.map(({ key, color, dashed, norms, scale: factor }) => (
            <g key={key} class={`flow-line ${color} ${dashed ? "dashed" : ""}`}>
              {(cut > 0 || factor < 1) && <path class="ghost" d={path(norms, 0, 1)} />}
              <path d={path(norms, cut, factor)} />
              <circle cx={across(reader)} cy={axis.at((norms[reader] ?? 0) * (reader < cut ? 1 : factor))} r={3.5} />
            </g>
          ))}
          {cut * columnWidth > 150 && (
            <text class="mark" x={(edges.left + wall) / 2} y={bottom - 10}>
              {texts.beyond}
            </text>
          )}
          <g class="parameter-norm">
            <path class="marker" d={`M${right + 8} ${axis.at(parameterNorm * scale)}l7 -6v12z`} />
            {scale < 1 && <path class="marker ghost" d={`M${right + 8} ${axis.at(parameterNorm)}l7 -6v12z`} />}
            <text class="start" x={right + 18} y={axis.at(parameterNorm * scale) + (scale < 1 ? 26 : 4)}>
              {texts.parameters}
            </text>
            <text class="start" x={right + 18} y={axis.at(parameterNorm * scale) + (scale < 1 ? 40 : 18)}>
              {shortNumber(parameterNorm * scale)}
            </text>
          </g>
          <SvgSlider
            label={texts.clip}
            orientation="vertical"
            min={clipStops.min}
            max={clipStops.max}
            value={stopOf(clip)}
            valueText={texts.clipLabel(clip)}
            valueAt={(_, y) => (y < edges.top ? clipStops.max : 10 * Math.log10(axis.valueAt(y)))}
            onMove={(stop) => {
              held.current ??= axis;
              onClip(clipAt(stop), false);
            }}
            onRest={(stop) => {
              held.current = undefined;
              onClip(clipAt(stop), true);
            }}
          >
            <rect class="grip" x={right - 20} y={ceiling - grip} width={edges.right + 20} height={2 * grip} />
            <path class="wall" d={`M${edges.left} ${ceiling}H${right + 14}`} />
            <rect class="handle" x={right + 14} y={ceiling - 5} width={34} height={10} rx={5} />
            <text class="mark end" x={right - 4} y={ceiling - 5}>
              {texts.clipLabel(clip)}
            </text>
          </SvgSlider>
          <SvgSlider
            label={texts.window}
            orientation="horizontal"
            min={0}
            max={count - 1}
            value={cut}
            valueText={texts.windowLabel(window)}
            valueAt={(x) => (x - edges.left) / columnWidth}
            onMove={(place) => onWindow(count - place, false)}
            onRest={(place) => onWindow(count - place, true)}
          >
            <rect class="grip" x={wall - grip} y={edges.top} width={2 * grip} height={bottom - edges.top} />
            <path class="wall" d={`M${wall} ${edges.top}V${bottom}`} />
            <rect class="handle" x={wall - 5} y={edges.top} width={10} height={34} rx={5} />
            <text
              class={wall > right - 110 ? "mark end" : "mark start"}
              x={wall + (wall > right - 110 ? -9 : 9)}
              y={edges.top + 52}
            >
              {texts.windowLabel(window)}
            </text>
          </SvgSlider>
        </svg>
      )}
    </figure>
  );
}
