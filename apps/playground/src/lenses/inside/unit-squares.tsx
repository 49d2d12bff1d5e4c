/** Values of units as coloured squares in a grid, row by row; the chosen one has a border. */
import { divergingColor } from "../../components/color-scale.ts";
import { darkScheme } from "../../theme.ts";

export interface UnitSquaresProps {
  readonly values: ArrayLike<number>;
  readonly chosen: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function UnitSquares({ values, chosen, x, y, width, height }: UnitSquaresProps) {
  const dark = darkScheme.value;
  const columns = Math.ceil(Math.sqrt(values.length * (width / height)));
  const rows = Math.ceil(values.length / columns);
  const size = Math.min(width / columns, height / rows);
  const [left, top] = [x + (width - size * columns) / 2, y + (height - size * rows) / 2];
  return (
    <g>
      {Array.from(values, (value, unit) => (
        <rect
          key={unit}
          class={unit === chosen ? "unit-square chosen" : "unit-square"}
          x={left + (unit % columns) * size}
          y={top + Math.floor(unit / columns) * size}
          width={size - 0.6}
          height={size - 0.6}
          fill={divergingColor(value, dark)}
        />
      ))}
    </g>
  );
}
