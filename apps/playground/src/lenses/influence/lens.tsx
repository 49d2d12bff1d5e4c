/** Which earlier inputs moved the prediction at the cursor, before training and now. */
import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Formula } from "../../components/formula.tsx";
import { influenceTexts as texts } from "../../texts/influence.ts";
import { elementName } from "../element-name.ts";
import type { LensProps } from "../lens.ts";
import { useRestingCursor } from "../use-resting-cursor.ts";
import { mathml } from "./influence.tex";
import { InfluencePicture } from "./influence-picture.tsx";
import { measures, reachOf, sharesOf, strongest } from "./shares.ts";
import { useInfluence } from "./use-influence.ts";
import "./influence.css";

export { table } from "./table.ts";

export function Lens({ run }: LensProps) {
  useRestingCursor(run);
  const { chosen, measure, labels, isTokens, score, now, before, name } = useInfluence(run);
  const title = useId();
  const pointed = useSignal<number | undefined>(undefined);
  if (now === undefined) return <p class="hint picture-to-come">{texts.waiting}</p>;
  const shown = sharesOf(now, measure.value);
  const earlier = before && sharesOf(before, measure.value);
  const { start, at, inputLabels, outputs } = now;
  const label = (index: number) => elementName(inputLabels[index] ?? "");
  const told = (index: number) => {
    if (index > at) return texts.unread(label(index));
    const value = (of: typeof shown) => texts.share(of.values[index] ?? 0, of.shares[index] ?? 0);
    return texts.element(label(index), at - index, value(shown), earlier ? value(earlier) : "…");
  };
  const order = [...labels.keys()].toSorted((a, b) => (outputs[b] ?? 0) - (outputs[a] ?? 0));
  const offered = isTokens ? order : [...labels.keys()];
  const optionOf = isTokens ? texts.scoreOf : texts.numberOf;
  const [first = 0] = order;
  return (
    <div class="influence">
      <div class="influence-choices">
        <label class="field">
          <span>{texts.score}</span>
          <select
            value={score === undefined && isTokens ? "" : (labels[now.score] ?? "")}
            onChange={(event) => {
              chosen.value = event.currentTarget.value;
            }}
          >
            {isTokens && <option value="">{texts.mostLikely(name(first), outputs[first] ?? 0)}</option>}
            {offered.map((index) => (
              <option key={index} value={labels[index] ?? ""}>
                {optionOf(name(index), outputs[index] ?? 0)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{texts.measure}</span>
          <select
            value={measure.value}
            onChange={(event) => {
              const wanted = measures.find((each) => each === event.currentTarget.value);
              if (wanted !== undefined) measure.value = wanted;
            }}
          >
            {measures.map((each) => (
              <option key={each} value={each}>
                {texts.measures[each]}: {texts.measuresTold[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <ul class="influence-keys">
        <li class="now">{texts.keys.now(run.step.value)}</li>
        <li class="before">{texts.keys.before}</li>
      </ul>
      <InfluencePicture
        labels={inputLabels}
        at={at}
        measure={measure.value}
        now={shown}
        before={earlier}
        cursorText={texts.cursorText(label(at), name(now.score))}
        onMove={(index) => {
          run.cursor.value = Math.min((run.summary.value?.length ?? 1) - 1, Math.max(0, start + index));
        }}
        onPoint={(index) => {
          pointed.value = index;
        }}
      />
      <p class="influence-reading">{pointed.value === undefined ? texts.hint : told(pointed.value)}</p>
      {run.step.value === 0 && <p class="hint">{texts.sameYet}</p>}
      <section class="influence-strongest" aria-labelledby={title}>
        <h2 id={title}>{texts.strongest}</h2>
        <ol>
          {strongest(shown, 5).map((index, rank) => (
            <li key={rank}>{told(index)}</li>
          ))}
        </ol>
      </section>
    </div>
  );
}

export function Explanation({ run }: LensProps) {
  const { now, name } = useInfluence(run);
  const shares = now && sharesOf(now, "norm");
  const [top = 0] = shares === undefined ? [] : strongest(shares, 1);
  return (
    <>
      <p>
        {now &&
          shares &&
          texts.sentence(
            name(now.score),
            elementName(now.inputLabels[top] ?? ""),
            now.at - top,
            shares.shares[top] ?? 0,
            reachOf(shares, now.at),
          )}
      </p>
      <Formula mathml={mathml} />
      <pre>
        <code>{texts.code}</code>
      </pre>
    </>
  );
}
