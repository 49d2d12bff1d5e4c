/** Every value of the chosen unit over time, below the chain: a row each, a coloured number per step. */
import { tintOf } from "../../components/tint.ts";
import type { StepValues, ValueName } from "../../engine/gates.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import { darkScheme } from "../../theme.ts";
import type { Inside } from "./answer.ts";
import { shown } from "./formula.ts";
import { SvgButton } from "./svg-button.tsx";

const height = 26;

export function namesOf(course: StepValues<unknown>): readonly ValueName[] {
  return Object.keys(course) as ValueName[]; // The type of a record's keys is its names.
}

interface CourseTitlesProps {
  readonly names: readonly ValueName[];
  readonly top: number;
  readonly unit: number;
}

export function CourseTitles({ names, top, unit }: CourseTitlesProps) {
  return (
    <g class="row-titles">
      <text x={0} y={top + 15}>
        {texts.rows.course(unit + 1)}
      </text>
      {names.map((name, row) => (
        <text key={name} x={8} y={top + (row + 1) * height + 15}>
          <title>{valueTitles[name]}</title>
          {name}
        </text>
      ))}
    </g>
  );
}

interface CourseColumnProps {
  readonly x: number;
  readonly width: number;
  readonly top: number;
  readonly inside: Inside;
  readonly step: number;
  readonly open: (name: ValueName) => void;
}

export function CourseColumn({ x, width, top, inside, step, open }: CourseColumnProps) {
  const dark = darkScheme.value;
  return (
    <g class="course">
      {namesOf(inside.course).map((name, row) => {
        const value = inside.course[name]?.[step] ?? Number.NaN;
        const y = top + (row + 1) * height;
        const { background, color } = tintOf(value, dark);
        return (
          <SvgButton
            key={name}
            class="course-value"
            label={texts.courseValue(valueTitles[name], inside.firstStep + step, shown(value))}
            isSkipped={step !== inside.time}
            onPress={() => open(name)}
          >
            <rect class="course-box" x={x} y={y} width={width} height={height - 2} fill={background} />
            <text x={x + width / 2} y={y + 16} style={{ fill: color }}>
              {shown(value)}
            </text>
          </SvgButton>
        );
      })}
    </g>
  );
}
