/** The network unrolled over time around the cursor: inputs, states, outputs and losses, with their values. */

import { useWidth } from "../../components/use-width.ts";
import { visible } from "../../components/visible.ts";
import type { ValueName } from "../../engine/gates.ts";
import type { Run } from "../../run/run.ts";
import { insideTexts as texts } from "../../texts/inside.ts";
import type { Inside } from "./answer.ts";
import type { Held } from "./answer-course.ts";
import { CourseColumn, CourseTitles, namesOf } from "./course-rows.tsx";
import { outcomeAt, percent } from "./outcome.ts";
import { SvgButton } from "./svg-button.tsx";
import { UnitSquares } from "./unit-squares.tsx";

/** CSS pixels. */
const gutter = 44;
const widest = 116;
const narrowest = 50;
const between = 12;
const heights = { cell: 64, small: 36, gap: 26, course: 26 };
/** Until the width is known. */
const initialWidth = 720;
/** Columns get narrower rather than leave any of so many steps out. */
const fewSteps = 9;

export interface ChainProps {
  readonly run: Run;
  readonly inside: Inside;
  readonly held: Held | undefined;
  readonly open: (time: number, layer: number) => void;
  readonly openValue: (time: number, name: ValueName) => void;
}

export function Chain({ run, inside, held, open, openValue }: ChainProps) {
  const { ref, width } = useWidth();
  const { length } = inside.inputLabels;
  const room = (width || initialWidth) - gutter;
  const column = Math.min(widest, Math.max(narrowest, room / Math.min(length, fewSteps)));
  const count = Math.max(1, Math.min(length, Math.floor(room / column)));
  const first = Math.max(0, Math.min(inside.time - Math.floor(count / 2), length - count));
  const rows = rowsFor(inside.hidden.length);
  const names = namesOf(inside.course);
  const size = { width: gutter + count * column, height: rows.course + (names.length + 1) * heights.course };
  return (
    <section class="chain" aria-label={texts.chain} ref={ref}>
      <svg width={size.width} height={size.height} viewBox={`0 0 ${size.width} ${size.height}`}>
        <title>{texts.chain}</title>
        <defs>
          <marker id="inside-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
            <path class="arrow-head" d="M0 0L8 4L0 8z" />
          </marker>
        </defs>
        <RowTitles rows={rows} layers={inside.hidden.length} />
        <CourseTitles names={names} top={rows.course} unit={run.unit.value.unit} />
        {Array.from({ length: count }, (_, index) => (
          <Column
            key={inside.start + first + index}
            x={gutter + index * column + between / 2}
            width={column - between}
            rows={rows}
            step={first + index}
            inside={inside}
            chosen={run.unit.value}
            isHeld={held !== undefined && inside.start + first + index >= held.position}
            open={(layer) => open(first + index, layer)}
            openValue={(name) => openValue(first + index, name)}
          />
        ))}
      </svg>
    </section>
  );
}

interface Rows {
  readonly loss: number;
  readonly output: number;
  readonly layer: (layer: number) => number;
  readonly input: number;
  readonly course: number;
}

/** From top to bottom: loss, output, the last layer to the first, input. */
function rowsFor(layers: number): Rows {
  const output = 46;
  const top = output + heights.small + heights.gap;
  const layer = (index: number) => top + (layers - 1 - index) * (heights.cell + heights.gap);
  return { loss: 4, output, layer, input: layer(-1), course: layer(-1) + heights.small + 34 };
}

function RowTitles({ rows, layers }: { readonly rows: Rows; readonly layers: number }) {
  const title = (text: string, y: number) => (
    <text key={text} x={0} y={y}>
      {text}
    </text>
  );
  return (
    <g class="row-titles">
      {title(texts.rows.loss, rows.loss + 12)}
      {title(texts.rows.output, rows.output + 22)}
      {Array.from({ length: layers }, (_, layer) =>
        title(layers > 1 ? texts.rows.layer(layer + 1) : texts.rows.state, rows.layer(layer) + 36),
      )}
      {title(texts.rows.input, rows.input + 22)}
      {title(texts.rows.step, rows.input + heights.small + 18)}
    </g>
  );
}

interface ColumnProps {
  readonly x: number;
  readonly width: number;
  readonly rows: Rows;
  readonly step: number;
  readonly inside: Inside;
  readonly chosen: { readonly layer: number; readonly unit: number };
  readonly isHeld: boolean;
  readonly open: (layer: number) => void;
  readonly openValue: (name: ValueName) => void;
}

function Column({ x, width, rows, step, inside, chosen, isHeld, open, openValue }: ColumnProps) {
  const { inputLabels, hidden, units, time } = inside;
  const middle = x + width / 2;
  const input = inputLabels[step] ?? "";
  const position = inside.firstStep + step;
  return (
    <g class={step === time ? "column current" : "column"}>
      {inside.asked[step] && <Answer x={x} width={width} rows={rows} step={step} inside={inside} />}
      {hidden.map((values, layer) => {
        const y = rows.layer(layer);
        return (
          <g key={layer}>
            {(step > 0 || inside.carries) && (
              <path class="arrow" d={`M${x - between} ${y + heights.cell / 2}H${x - 2}`} />
            )}
            {(layer > 0 || input !== "") && (
              <path class="arrow" d={`M${middle} ${rows.layer(layer - 1)}V${y + heights.cell + 2}`} />
            )}
            <SvgButton
              class={isHeld ? "cell held" : "cell"}
              label={texts.lookInside(position, layer + 1, visible(input))}
              isSkipped={step !== time}
              onPress={() => open(layer)}
            >
              <rect class="box" x={x} y={y} width={width} height={heights.cell} rx={9} />
              <UnitSquares
                values={values.subarray(step * units, (step + 1) * units)}
                chosen={layer === chosen.layer ? chosen.unit : -1}
                x={x + 5}
                y={y + 5}
                width={width - 10}
                height={heights.cell - 10}
              />
            </SvgButton>
          </g>
        );
      })}
      {input !== "" && (
        <g class="input-box">
          <rect x={x} y={rows.input} width={width} height={heights.small} rx={7} />
          <Fitted x={middle} y={rows.input + 23} width={width} text={visible(input)} />
        </g>
      )}
      <CourseColumn x={x} width={width} top={rows.course} inside={inside} step={step} open={openValue} />
      <text class="step-number" x={middle} y={rows.input + heights.small + 18}>
        {position}
      </text>
    </g>
  );
}

type AnswerProps = Pick<ColumnProps, "x" | "width" | "rows" | "step" | "inside">;

/** What the network says, how sure it is, and the loss where it is known what should have been said. */
function Answer({ x, width, rows, step, inside }: AnswerProps) {
  const { output } = inside;
  const target = inside.targetLabels[step] ?? "";
  const { says, probability, wanted, loss } = outcomeAt(inside.outputs, step, target, output);
  const middle = x + width / 2;
  const verdict = wanted === "" ? "" : wanted === says ? " right" : " wrong";
  const detail = verdict === " wrong" ? texts.wanted(wanted) : output.kind === "tokens" ? percent(probability) : "";
  return (
    <g>
      <path class="arrow" d={`M${middle} ${rows.layer(inside.hidden.length - 1)}V${rows.output + heights.small + 2}`} />
      {loss !== undefined && (
        <>
          <text class="detail" x={middle} y={rows.loss + 12}>
            {loss.toFixed(2)}
          </text>
          <path class="arrow" d={`M${middle} ${rows.output}V${rows.loss + 18}`} />
        </>
      )}
      <g class={`output-box${verdict}`}>
        <rect x={x} y={rows.output} width={width} height={heights.small} rx={7} />
        <rect
          class="share"
          x={x + 4}
          y={rows.output + heights.small - 5}
          width={(width - 8) * probability}
          height={3}
        />
        <Fitted x={middle} y={rows.output + 15} width={width} text={says} />
        <Fitted class="detail" x={middle} y={rows.output + 28} width={width} text={detail} />
      </g>
    </g>
  );
}

interface FittedProps {
  readonly class?: "detail";
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly text: string;
}

/** A long word is squeezed into its box. */
function Fitted({ class: name, x, y, width, text }: FittedProps) {
  const isLong = text.length * (name === "detail" ? 6.2 : 8) > width - 8;
  const squeezed = isLong ? ({ textLength: width - 8, lengthAdjust: "spacingAndGlyphs" } as const) : {};
  return (
    <text class={name} x={x} y={y} {...squeezed}>
      {text}
    </text>
  );
}
