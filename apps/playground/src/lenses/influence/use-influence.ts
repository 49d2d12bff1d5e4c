/** The influence that the lens and its explanation show: of the chosen prediction, now and before training. */
import { texts as anyText, oneOf } from "../../link/codec.ts";
import { useLinked } from "../../link/use-linked.ts";
import type { Run } from "../../run/run.ts";
import { useAnswer } from "../../run/use-answer.ts";
import { elementName } from "../element-name.ts";
import { measures } from "./shares.ts";

export function useInfluence(run: Run) {
  /** The label of a score; empty for the most likely. */
  const chosen = useLinked("influence.score", "", anyText);
  const measure = useLinked("influence.measure", "norm", oneOf(measures));
  const output = run.summary.value?.output;
  const labels = (output?.kind === "tokens" ? output.vocabulary : output?.names) ?? [];
  const index = labels.indexOf(chosen.value);
  const score = index === -1 ? undefined : index;
  const position = run.cursor.value;
  const now = useAnswer(run, "influence", { position, score, untrained: false }).answer;
  const before = useAnswer(run, "influence", now && { position, score: now.score, untrained: true }).answer;
  const isTokens = output?.kind === "tokens";
  const name = (of: number) => (isTokens ? elementName(labels[of] ?? "") : (labels[of] ?? ""));
  return { chosen, measure, labels, isTokens, score, now, before, name };
}
