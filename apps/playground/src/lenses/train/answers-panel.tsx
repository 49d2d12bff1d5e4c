/** The network's answers at each step of a sequence of numbers, beside the targets. */
import { Panel } from "../../components/panel.tsx";
import { visible } from "../../components/visible.ts";
import type { Reading } from "../../engine/answers/reading.ts";
import type { Run } from "../../run/run.ts";
import { trainTexts } from "../../texts/train.ts";

interface AnswersProps {
  readonly run: Run;
  readonly reading: Reading;
  /** How many numbers an answer is. */
  readonly width: number;
}

export function AnswersPanel({ run, reading, width }: AnswersProps) {
  const { start, inputLabels, targetLabels, outputs } = reading;
  const said = inputLabels.map((_, time) =>
    Array.from(outputs.subarray(time * width, (time + 1) * width), (value) => value.toFixed(2)).join(" "),
  );
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [trainTexts.reads, inputLabels],
    [trainTexts.says, said],
    [trainTexts.shouldSay, targetLabels],
  ];
  return (
    <Panel id="answers" title={trainTexts.answers} explanation={trainTexts.answersAbout}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by keyboard. */}
      <section class="table-scroll" tabIndex={0} aria-label={trainTexts.answers}>
        <table>
          <tbody>
            {rows.map(([title, labels]) => (
              <tr key={title}>
                <th scope="row">{title}</th>
                {labels.map((label, time) => (
                  <td key={time} class={start + time === run.cursor.value ? "current" : undefined}>
                    {visible(label)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </Panel>
  );
}
