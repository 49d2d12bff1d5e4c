/** The effects of a value that is held: the step's own results, and the outputs from there on, before and after. */
import { visible } from "../../components/visible.ts";
import type { ValueName } from "../../engine/gates.ts";
import { insideTexts as texts, valueTitles } from "../../texts/inside.ts";
import type { Inside } from "./answer.ts";
import type { Held } from "./answer-course.ts";
import { shown } from "./formula.ts";
import { outcomeAt, percent } from "./outcome.ts";

export interface FollowsProps {
  readonly inside: Inside;
  readonly held: Held;
  readonly unit: number;
}

const results: readonly ValueName[] = ["c", "h"];
/** Outputs that are listed. */
const most = 6;

export function Follows({ inside, held, unit }: FollowsProps) {
  const { start, inputLabels, targetLabels, asked, outputs, freeOutputs, output, step } = inside;
  const first = held.position - start;
  const steps = inputLabels.flatMap((label, at) => (at >= first && asked[at] ? { at, label } : [])).slice(0, most);
  if (freeOutputs === undefined) return null;
  const isHere = inside.time === first;
  return (
    <div class="table-scroll follows-scroll">
      <table class="follows">
        <caption>{texts.follows}</caption>
        <thead>
          <tr>
            <th scope="col">{texts.followsColumns.what}</th>
            <th scope="col">{texts.followsColumns.free}</th>
            <th scope="col">{texts.followsColumns.held}</th>
          </tr>
        </thead>
        <tbody>
          {isHere &&
            results.map((name) => {
              const [free, now] = [step.freeValues[name]?.[unit], step.values[name]?.[unit]];
              if (free === undefined || now === undefined) return null;
              return (
                <Row key={name} what={texts.valueOf(valueTitles[name], unit + 1)} free={shown(free)} now={shown(now)} />
              );
            })}
          {steps.map(({ at, label }) => {
            const [before, after] = [freeOutputs, outputs].map((of) =>
              outcomeAt(of, at, targetLabels[at] ?? "", output),
            );
            if (before === undefined || after === undefined) return null;
            const [free, now] = [before, after].map(({ says, probability }) =>
              output.kind === "tokens" ? `${says} ${percent(probability)}` : says,
            );
            return (
              <Row
                key={at}
                what={texts.outputAt(inside.firstStep + at, visible(label))}
                free={free ?? ""}
                now={now ?? ""}
              />
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function Row({ what, free, now }: { readonly what: string; readonly free: string; readonly now: string }) {
  return (
    <tr class={free === now ? undefined : "changed"}>
      <th scope="row">{what}</th>
      <td>{free}</td>
      <td>{now}</td>
    </tr>
  );
}
