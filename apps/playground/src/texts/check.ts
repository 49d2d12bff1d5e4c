/** The texts of the gradient check. */
import { type CheckState, worstOf } from "../check/gradients.ts";
import { shortError } from "./check-badge.ts";

export const checkTexts = {
  method:
    "The tape's gradient of each matrix, along one random direction, against a central difference: the loss a little ahead of the weights minus the loss a little behind. All of it in float64, on the passage around the cursor, with your run's weights. Your run is not changed.",
  break: "Break one rule: say that tanh′ is 1 − y instead of 1 − y²",
  columns: { name: "Matrix", analytic: "by the tape", numeric: "by differences", error: "relative error" },
  right: "agrees",
  wrong: "disagrees",
  running: "Checking …",
  again: "Check again",
  said: ({ rows, running, broken }: CheckState) => {
    const wrong = rows.filter(({ passed }) => !passed);
    if (running) return "Checking one matrix after the other …";
    if (rows.length === 0) return "";
    const worst = shortError(worstOf(rows));
    if (wrong.length === 0)
      return broken
        ? `All ${rows.length} agree although tanh's rule is wrong: nothing here goes through tanh.`
        : `All ${rows.length} agree; the worst relative error is ${worst}. An error of differences counts as small if it falls fourfold when h is halved, as h² does.`;
    if (!broken)
      return `${wrong.length} of ${rows.length} disagree, by up to ${worst}: a rule is wrong, or the loss has a kink here.`;
    const right = rows.length - wrong.length;
    return `${wrong.length} of ${rows.length} disagree, by up to ${worst}: every matrix whose gradient comes back through tanh.${right > 0 ? ` The other ${right} lie after the last tanh, so they are right.` : ""}`;
  },
} as const;
