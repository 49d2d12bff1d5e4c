/** A step of a cell, or a part of one: values as boxes with bars that can be dragged, and the operations between them. */
import { SvgSlider } from "../../components/svg-slider.tsx";
import { useWidth } from "../../components/use-width.ts";
import type { ValueName } from "../../engine/gates.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import type { InsideStep } from "./answer.ts";
import { type Box, boxSize, type Diagram, type Operation, operationRadius, ranges } from "./diagrams.ts";
import { shown } from "./formula.ts";
import { SvgButton } from "./svg-button.tsx";
import { UnitSquares } from "./unit-squares.tsx";

export interface CellPictureProps {
  readonly title: string;
  readonly diagram: Diagram;
  /** For places that `diagram` does not fit into. */
  readonly narrow?: Diagram;
  readonly step: Pick<InsideStep, "x" | "h" | "c" | "values">;
  readonly unit: number;
  /** What the layer reads, for its box. */
  readonly reads: string;
  /** The value that is held at this step. */
  readonly held: ValueName | undefined;
  /** Without it, boxes are no buttons. */
  readonly open?: (name: ValueName) => void;
  /** Without it, a box has no bar. */
  readonly holdOf: (name: ValueName) => ((value: number) => void) | undefined;
}

export function CellPicture(props: CellPictureProps) {
  const place = useWidth();
  const { diagram, narrow = diagram } = props;
  const { width, height, boxes, operations, wires } = place.width > 0 && place.width < diagram.width ? narrow : diagram;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow page it scrolls, by keys too.
    <section class="cell-picture" aria-label={props.title} tabIndex={0} ref={place.ref}>
      <svg viewBox={`0 0 ${width} ${height}`} style={{ maxWidth: `${1.1 * width}px` }}>
        <title>{props.title}</title>
        <defs>
          <marker id="step-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path class="arrow-head" d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        {wires.map((path) => (
          <path key={path} class="wire" d={path} />
        ))}
        {operations.map(({ sign, x, y }) => (
          <g key={`${x} ${y}`} class="operation">
            <Outline sign={sign} x={x} y={y} />
            <text x={x} y={y + 4}>
              {sign}
            </text>
          </g>
        ))}
        {boxes.map((box) => (
          <ValueBox key={box.name} {...props} box={box} />
        ))}
      </svg>
    </section>
  );
}

function Outline({ sign, x, y }: Operation) {
  const reach = operationRadius + 3 * Math.max(0, sign.length - 2);
  const size = { width: 2 * reach, height: 2 * operationRadius };
  return <rect x={x - reach} y={y - operationRadius} {...size} rx={operationRadius} />;
}

function ValueBox({ box, step, unit, reads, held, open, holdOf }: CellPictureProps & { readonly box: Box }) {
  const { name } = box;
  const [left, top] = [box.x - boxSize.width / 2, box.y - boxSize.height / 2];
  if (name === "x" || name === "h before" || name === "c before") {
    const values = { x: step.x, "h before": step.h, "c before": step.c ?? step.h }[name];
    return (
      <g class={`value-box source ${name[0]}`}>
        <rect class="box" x={left} y={top} width={boxSize.width} height={boxSize.height} rx={9} />
        <text class="value-name" x={left + 8} y={top + 17}>
          {name === "x" ? `x ${reads}` : name}
        </text>
        {name !== "x" && <Figure left={left} top={top} value={values[unit]} />}
        <UnitSquares
          values={values}
          chosen={name === "x" ? -1 : unit}
          x={left + 8}
          y={top + 24}
          width={92}
          height={42}
        />
      </g>
    );
  }
  const values = step.values[name];
  const value = values?.[unit];
  if (values === undefined || value === undefined) return null;
  const hold = holdOf(name);
  const content = (
    <>
      <rect class="box" x={left} y={top} width={boxSize.width} height={boxSize.height} rx={9} />
      <text class="value-name" x={left + 8} y={top + 17}>
        {name}
      </text>{" "}
      <Figure left={left} top={top} value={value} />
      <UnitSquares
        values={values}
        chosen={unit}
        x={left + 8}
        y={top + 23}
        width={92}
        height={hold === undefined ? 43 : 25}
      />
    </>
  );
  return (
    <g class={held === name ? `value-box ${name} held` : `value-box ${name}`}>
      {open === undefined ? (
        <g>{content}</g>
      ) : (
        <SvgButton
          label={texts.openValue(name, valueTitles[name], shown(value))}
          class="value"
          onPress={() => open(name)}
        >
          {content}
        </SvgButton>
      )}
      {hold && <Bar left={left + 8} top={top + 50} name={name} value={value} unit={unit} hold={hold} />}
    </g>
  );
}

function Figure({
  left,
  top,
  value,
}: {
  readonly left: number;
  readonly top: number;
  readonly value: number | undefined;
}) {
  return (
    <text class="value-figure" x={left + boxSize.width - 8} y={top + 17}>
      {value === undefined ? "" : shown(value)}
    </text>
  );
}

interface BarProps {
  readonly left: number;
  readonly top: number;
  readonly name: ValueName;
  readonly value: number;
  readonly unit: number;
  readonly hold: (value: number) => void;
}

const barWidth = boxSize.width - 16;

/** The value on its range, in hundredths for the slider. */
function Bar({ left, top, name, value, unit, hold }: BarProps) {
  const [from, to] = ranges[name];
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
  const zero = (0 - from) / (to - from);
  const numberAt = (hundredths: number) => from + (hundredths / 100) * (to - from);
  return (
    <SvgSlider
      label={texts.holdValue(name, valueTitles[name], unit + 1)}
      orientation="horizontal"
      min={0}
      max={100}
      value={Math.round(share * 100)}
      valueText={shown(value)}
      valueAt={(x) => ((x - left) / barWidth) * 100}
      onMove={(hundredths) => hold(numberAt(hundredths))}
    >
      <rect class="bar-reach" x={left} y={top - 3} width={barWidth} height={27} />
      <rect class="bar-track" x={left} y={top + 9} width={barWidth} height={6} rx={3} />
      <rect
        class="bar-value"
        x={left + Math.min(zero, share) * barWidth}
        y={top + 9}
        width={Math.abs(share - zero) * barWidth}
        height={6}
      />
      <circle class="handle" cx={left + share * barWidth} cy={top + 12} r={6} />
    </SvgSlider>
  );
}
