/** What single units represent: the text coloured by one of them, a ranking of all, and the effect of switching one off. */
import "./units.css";
import { Formula } from "../../components/formula.tsx";
import { oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { unitsTexts } from "../../texts/units.ts";
import type { LensProps } from "../lens.ts";
import { mathml as area } from "./area.tex";
import { mathml as held } from "./held.tex";
import { Offer } from "./offer.tsx";
import type { Ranked, Ranking } from "./ranking.ts";
import { RankingTable, type RankingTableProps } from "./ranking-table.tsx";
import { parts, reach } from "./sizes.ts";
import { SwitchOff } from "./switch-off.tsx";
import { UnitGrid } from "./unit-grid.tsx";
import { UnitText } from "./unit-text.tsx";

export { table } from "./table.ts";

export function Lens({ run }: LensProps) {
  const part = useLinked("units.state", "h", oneOf(parts));
  const { layer, unit } = run.unit.value;
  const { answer: read } = useAnswer(run, "unitValues", { position: run.cursor.value, layer, unit, part: part.value });
  const ranking = useRanking(run);
  const choose = (ranked: Ranked, example: number) => {
    run.unit.value = { layer: ranked.layer, unit: ranked.unit };
    run.cursor.value = example;
    part.value = ranked.part;
  };
  const layers = run.settings.value.layers;
  return (
    <div class="units">
      <Offer run={run} choose={choose} />
      <section class="unit-main" aria-labelledby="unit-text-title">
        <header>
          <h2 id="unit-text-title">{unitsTexts.text(unit)}</h2>
          <label>
            {unitsTexts.state}{" "}
            <select
              value={read?.hasCell === false ? "h" : part.value}
              onChange={(event) => {
                const chosen = parts.find((name) => name === event.currentTarget.value);
                if (chosen !== undefined) part.value = chosen;
              }}
            >
              {parts
                .filter((name) => name === "h" || read?.hasCell === true)
                .map((name) => (
                  <option key={name} value={name}>
                    {unitsTexts.states[name]}
                  </option>
                ))}
            </select>
          </label>
          {layers > 1 && (
            <label>
              {unitsTexts.layer}{" "}
              <select
                value={String(layer)}
                onChange={(event) => {
                  run.unit.value = { layer: Number(event.currentTarget.value), unit };
                }}
              >
                {Array.from({ length: layers }, (_, index) => (
                  <option key={index} value={String(index)}>
                    {index + 1}
                  </option>
                ))}
              </select>
            </label>
          )}
        </header>
        {read && <UnitText run={run} read={read} />}
      </section>
      <section class="unit-side" aria-labelledby="unit-ranking-title">
        <h2 id="unit-ranking-title">{unitsTexts.ranking}</h2>
        <RankingPlace run={run} ranking={ranking} part={part.value} choose={choose} />
      </section>
      <SwitchOff run={run} />
      <section class="unit-all" aria-labelledby="unit-grid-title">
        <h2 id="unit-grid-title">{unitsTexts.grid}</h2>
        {read && <UnitGrid run={run} read={read} />}
      </section>
    </div>
  );
}

interface RankingPlaceProps extends Omit<RankingTableProps, "ranking"> {
  readonly ranking: Ranking | undefined;
}

function RankingPlace({ run, ranking, part, choose }: RankingPlaceProps) {
  if (run.summary.value?.input.kind === "numbers") return <p class="hint">{unitsTexts.noCharacters}</p>;
  if (ranking === undefined) return <p class="hint">{run.isTraining.value ? unitsTexts.waiting : ""}</p>;
  if (ranking.features.length === 0) return <p class="hint">{unitsTexts.nothing}</p>;
  return (
    <>
      <p class="hint">{run.isTraining.value ? unitsTexts.waiting : unitsTexts.rankingHint}</p>
      <RankingTable run={run} ranking={ranking} part={part} choose={choose} />
    </>
  );
}

/** Of the part of the text that the cursor is in; not asked for while the model trains, as it takes a while. */
function useRanking(run: Run): Ranking | undefined {
  const position = Math.floor(run.cursor.value / reach) * reach;
  return useAnswer(run, "unitRanking", run.isTraining.value ? undefined : { position }).answer;
}

export function Explanation({ run }: LensProps) {
  const ranking = useRanking(run);
  const { layer, unit } = run.unit.value;
  const leaders = (ranking?.features ?? []).flatMap(({ id, isYesOrNo, units: [best] }) =>
    best === undefined || !isYesOrNo ? [] : [{ id, best }],
  );
  const own = leaders.find(({ best }) => best.layer === layer && best.unit === unit);
  const strongest = own ?? leaders.toSorted((a, b) => b.best.score - a.best.score)[0];
  return (
    <>
      {strongest === undefined ? (
        <p>A unit is one number of the state h. What it says is best seen on a text with brackets, quotes and lines.</p>
      ) : (
        <p>
          Unit {strongest.best.unit + 1} tells “{unitsTexts.features[strongest.id]}” best: taken at one place of each
          kind, its value is {strongest.best.isHigher ? "higher" : "lower"} where it holds in{" "}
          {(strongest.best.score * 100).toFixed(0)} of 100 pairs, on {ranking?.characters.toLocaleString("en")}{" "}
          characters.
        </p>
      )}
      <p>
        This is the area under the ROC curve: 0.5 is chance, 1 is perfect. For the position in the line, |r| is
        Pearson's correlation.
      </p>
      <Formula mathml={area} />
      <p>A unit that is switched off passes on the same value at every step, whatever the cell computes.</p>
      <Formula mathml={held} />
      <pre>
        <code>h = h.mul(keep).add(fill);</code>
      </pre>
    </>
  );
}
