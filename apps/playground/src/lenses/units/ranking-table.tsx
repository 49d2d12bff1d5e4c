/** Which units tell which features of the text best, to choose from. */
import type { Run } from "../../run/run.ts";
import { unitsTexts } from "../../texts/units.ts";
import type { FeatureRanking, Ranked, Ranking } from "./ranking.ts";
import type { Part } from "./sizes.ts";

export interface RankingTableProps {
  readonly run: Run;
  readonly ranking: Ranking;
  /** The state that is shown. */
  readonly part: Part;
  readonly choose: (ranked: Ranked, example: number) => void;
}

export function RankingTable({ run, ranking, part, choose }: RankingTableProps) {
  return (
    <table class="unit-ranking">
      <thead>
        <tr>
          <th scope="col">feature</th>
          <th scope="col">best unit</th>
          <th scope="col">second</th>
          <th scope="col">third</th>
        </tr>
      </thead>
      <tbody>
        {ranking.features.map((feature) => (
          <tr key={feature.id}>
            <th scope="row">{unitsTexts.features[feature.id]}</th>
            {feature.units.map((ranked) => (
              <td key={`${ranked.layer} ${ranked.unit}`}>
                <UnitButton run={run} feature={feature} ranked={ranked} part={part} choose={choose} />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface UnitButtonProps extends Omit<RankingTableProps, "ranking"> {
  readonly feature: FeatureRanking;
  readonly ranked: Ranked;
}

function UnitButton({ run, feature, ranked, part, choose }: UnitButtonProps) {
  const { layer, unit, score, isHigher } = ranked;
  const chosen = run.unit.value;
  const measure = feature.isYesOrNo ? "AUC" : "|r|";
  const share = feature.isYesOrNo ? 2 * score - 1 : score;
  const name = (run.settings.value.layers > 1 ? `${layer + 1}.` : "") + String(unit + 1);
  const way = `${isHigher ? "higher" : "lower"} there, ${measure}`;
  return (
    <button
      type="button"
      class="unit-choice"
      aria-pressed={chosen.layer === layer && chosen.unit === unit && part === ranked.part}
      title={way}
      style={{ "--share": `${(share * 100).toFixed(0)}%` }}
      onClick={() => choose(ranked, feature.example)}
    >
      <span class="visually-hidden">
        {unitsTexts.features[feature.id]} ({way}): unit{" "}
      </span>
      {name}
      <span class="unit-part"> {ranked.part}</span> <span class="unit-score">{score.toFixed(2)}</span>
    </button>
  );
}
