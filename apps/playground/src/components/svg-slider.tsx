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
  /** While it moves. */
  readonly onMove: (value: number) => void;
  /** When it has come to rest: the pointer is lifted, or no key was pressed for a moment. */
  readonly onRest?: (value: number) => void;
  readonly children: ComponentChildren;
}

/** Milliseconds after the last key. */
const restAfter = 400;

export function SvgSlider(props: SvgSliderProps) {
  const { label, orientation, min, max, value, valueText, valueAt, onMove, onRest, children } = props;
  const rest = useRef<ReturnType<typeof setTimeout>>(undefined);
  const dragged = useRef<number>(undefined);
  const hold = (wanted: number) => Math.min(max, Math.max(min, Math.round(wanted)));

  const drag = (event: PointerEvent & { readonly currentTarget: SVGGElement }) => {
    const picture = event.currentTarget.ownerSVGElement;
    const matrix = picture?.getScreenCTM()?.inverse();
    if (matrix === undefined) return;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    dragged.current = hold(valueAt(x, y));
    onMove(dragged.current);
  };
  const end = () => {
    if (dragged.current !== undefined) onRest?.(dragged.current);
    dragged.current = undefined;
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
      class="svg-slider"
      role="slider"
      tabindex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-valuenow={value}
      aria-valuetext={valueText}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={(event) => {
        if (dragged.current !== undefined) drag(event);
      }}
      onPointerUp={end}
      onPointerCancel={end}
      onKeyDown={press}
    >
      {children}
    </g>
  );
}

const steps: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowDown: -1,
  ArrowRight: 1,
  ArrowUp: 1,
  PageDown: -10,
  PageUp: 10,
};
