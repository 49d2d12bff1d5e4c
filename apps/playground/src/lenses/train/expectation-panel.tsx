/** The network's predictions after every element around the cursor, and at the cursor in numbers. */
import { useRef } from "preact/hooks";
import { Panel } from "../../components/panel.tsx";
import { useSize } from "../../components/use-size.ts";
import { visible } from "../../components/visible.ts";
import type { Reading } from "../../engine/answers/reading.ts";
import type { Run } from "../../run/run.ts";
import { trainTexts } from "../../texts/train.ts";
import { type Guess, guessesAt, stretchAround } from "./guesses.ts";

/** Guesses of each column, and of the cursor's list. */
const most = 5;
/** Pixels: of a row, and of a column with labels of one character, and of each further character. */
const rowHeight = 26;
const narrowest = 30;
const characterWidth = 8;

interface ExpectationProps {
  readonly run: Run;
  readonly reading: Reading;
  readonly vocabulary: readonly string[];
}

export function ExpectationPanel({ run, reading, vocabulary }: ExpectationProps) {
  const time = Math.min(Math.max(0, run.cursor.value - reading.start), reading.inputLabels.length - 1);
  return (
    <Panel id="expectation" title={trainTexts.expects} explanation={trainTexts.expectsAbout}>
      <div class="expectation-parts">
        <AtCursor reading={reading} vocabulary={vocabulary} time={time} />
        <Columns run={run} reading={reading} vocabulary={vocabulary} time={time} />
      </div>
    </Panel>
  );
}

interface PartProps {
  readonly reading: Reading;
  readonly vocabulary: readonly string[];
  /** Of the cursor, within the reading. */
  readonly time: number;
}

/** The guesses at the cursor as bars. */
function AtCursor({ reading, vocabulary, time }: PartProps) {
  const next = reading.targetLabels[time] ?? "";
  const read = visible(reading.inputLabels[time] ?? "");
  return (
    <div class="at-cursor">
      <h3>
        {trainTexts.after(read)}
        {", "}
        {next === "" ? trainTexts.nothingAsked : trainTexts.really(visible(next))}
      </h3>
      <ol>
        {guessesAt(reading, vocabulary, time, most).map(({ token, probability }, rank) => (
          <li key={rank} class={token === next ? "right" : undefined} style={{ "--share": probability }}>
            <b>{visible(token)}</b>
            <span class="bar" />
            <span class="share">{trainTexts.percent(probability)}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

/** The guesses after every element around the cursor. */
function Columns({ run, reading, vocabulary, time }: PartProps & { readonly run: Run }) {
  const place = useRef<HTMLDivElement>(null);
  const { width } = useSize(place);
  const rows = Math.min(most, vocabulary.length);
  const longest = Math.max(...[...vocabulary, ...reading.inputLabels].map((label) => [...label].length));
  const columnWidth = narrowest + (longest - 1) * characterWidth;
  const { from, to } = stretchAround(time, reading.inputLabels.length, Math.max(1, Math.floor(width / columnWidth)));
  const [best] = guessesAt(reading, vocabulary, time, 1);
  const columns = Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
  const point = ({ target }: Event) => {
    const at = target instanceof Element ? target.closest<SVGElement>("[data-at]")?.dataset.at : undefined;
    if (at !== undefined) run.cursor.value = Number(at);
  };
  return (
    <div class="columns" ref={place}>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the keys of the strip of time do the same. */}
      <svg
        role="img"
        aria-label={trainTexts.guesses(
          visible(reading.inputLabels[time] ?? ""),
          visible(best?.token ?? ""),
          best?.probability ?? 0,
        )}
        width={columns.length * columnWidth}
        height={(rows + 1) * rowHeight + 4}
        onClick={point}
      >
        {columns.map((at) => (
          <g
            key={at}
            data-at={reading.start + at}
            class={at === time ? "current" : undefined}
            transform={`translate(${(at - from) * columnWidth} 0)`}
          >
            <rect class="read" x={1} y={1} width={columnWidth - 2} height={rowHeight - 2} rx={4} />
            <text x={columnWidth / 2} y={rowHeight / 2}>
              {visible(reading.inputLabels[at] ?? "")}
            </text>
            {guessesAt(reading, vocabulary, at, rows).map((guess, row) => (
              <Cell
                key={row}
                guess={guess}
                isRight={guess.token === reading.targetLabels[at]}
                y={(row + 1) * rowHeight + 3}
                width={columnWidth}
              />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}

interface CellProps {
  readonly guess: Guess;
  readonly isRight: boolean;
  readonly y: number;
  readonly width: number;
}

function Cell({ guess: { token, probability }, isRight, y, width }: CellProps) {
  return (
    <>
      <rect
        class={isRight ? "guess right" : "guess"}
        x={2}
        y={y + 1}
        width={width - 4}
        height={rowHeight - 4}
        rx={3}
        style={{ "--share": probability }}
      />
      <text x={width / 2} y={y + rowHeight / 2 - 1}>
        {visible(token)}
      </text>
    </>
  );
}
