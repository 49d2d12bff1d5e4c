/** A part of a picture that can be dragged or moved by keys, between whole numbers. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

export interface SvgSliderProps {
  readonly label: string;
  readonly orientation: "horizontal" | "vertical";
  readonly min: number;
  readonly max: number;
  readonly value: number;
  /** What the value means, for those who cannot see the picture. */
  readonly valueText: string;
  /** The value at a point of the picture, in its own pixels. */
  readonly valueAt: (x: number, y: number) => number;
  /** Whether a press takes the value to where it is; otherwise only dragging moves it. */
  readonly jumps?: boolean;
  /** While it moves. */
  readonly onMove: (value: number) => void;
  /** When it has come to rest: the pointer is lifted, no key was pressed for a moment, or a gesture became a scroll. */
  readonly onRest?: (value: number) => void;
  readonly children: ComponentChildren;
}

/** Milliseconds after the last key. */
const restAfter = 400;

export function SvgSlider(props: SvgSliderProps) {
  const { label, orientation, min, max, value, valueText, valueAt, jumps = false, onMove, onRest, children } = props;
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const drag = useRef<Drag>(undefined);
  const hold = (wanted: number) => Math.min(max, Math.max(min, Math.round(wanted)));

  const start = (event: SvgPointerEvent) => {
    const place = placeOf(event, valueAt);
    if (place === undefined) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { from: value, offset: jumps ? 0 : value - place, to: value };
    if (jumps) move(event);
  };
  const move = (event: SvgPointerEvent) => {
    const place = placeOf(event, valueAt);
    if (drag.current === undefined || place === undefined) return;
    const to = hold(place + drag.current.offset);
    if (to === drag.current.to) return;
    drag.current = { ...drag.current, to };
    onMove(to);
  };
  const end = (take: "from" | "to") => {
    const ended = drag.current;
    drag.current = undefined;
    if (ended === undefined || ended.from === ended.to) return;
    if (take === "from") onMove(ended.from);
    onRest?.(ended[take]);
  };
  const press = (event: KeyboardEvent) => {
    const wanted = { Home: min, End: max }[event.key] ?? value + (steps[event.key] ?? 0);
    if (wanted === value) return;
    event.preventDefault();
    const next = hold(wanted);
    onMove(next);
    clearTimeout(rest.current);
    rest.current = setTimeout(() => onRest?.(next), restAfter);
  };

  return (
    <g
      class={`svg-slider ${orientation}`}
      role="slider"
      tabindex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuenow={value}
      aria-valuetext={valueText}
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={() => end("to")}
      onPointerCancel={() => end("from")}
      onKeyDown={press}
    >
      {children}
    </g>
  );
}

type SvgPointerEvent = PointerEvent & { readonly currentTarget: SVGGElement };

interface Drag {
  readonly from: number;
  /** Between the pointer and the value that it holds. */
  readonly offset: number;
  readonly to: number;
}

function placeOf({ currentTarget, clientX, clientY }: SvgPointerEvent, valueAt: SvgSliderProps["valueAt"]) {
  const matrix = currentTarget.ownerSVGElement?.getScreenCTM()?.inverse();
  if (matrix === undefined) return undefined;
  const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix);
  return valueAt(x, y);
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};
