/** The data of the chart of training: training losses, held-out losses, and baselines. */
import { type Line, shortestAxis, type Values } from "../../components/lines.ts";
import type { Baseline, HeldOutLoss, RunSummary } from "../../engine/protocol.ts";
import type { Course } from "../../run/loss-history.ts";
import type { Run } from "../../run/run.ts";
import { trainTexts } from "../../texts/train.ts";

/** What the losses are about. */
export function kindOf({ settings, summary }: Run): "text" | "tokens" | "numbers" {
  return settings.value.task.kind === "text" ? "text" : (summary.value?.output.kind ?? "tokens");
}

export function linesOf({ baselines, heldOutFrom }: RunSummary): readonly Line[] {
  return [
    { label: trainTexts.trainingLoss, color: "--loss", axis: "left" },
    ...(heldOutFrom === undefined
      ? []
      : [{ label: trainTexts.heldOutLoss, color: "--held-out", axis: "left" } as const]),
    ...baselines.map(
      ({ name, loss }) =>
        ({
          label: `${name} ${loss.toFixed(2)}`,
          color: "--muted",
          axis: "left",
          dashed: true,
          labelled: true,
        }) as const,
    ),
  ];
}

/** Like `linesOf`, from the loss of the untrained network on: at `start` steps, and then at all steps where any is known. */
export function dataOf(
  { baselines, firstLoss, heldOutFrom }: RunSummary,
  start: number,
  course: Course,
  heldOut: readonly HeldOutLoss[],
): readonly [readonly number[], ...Values[]] {
  const training = new Map([
    [start, firstLoss],
    ...course.steps.map((step, at) => [step, course.losses[at] ?? 0] as const),
  ]);
  const judged = new Map(heldOut.map(({ step, loss }) => [step, loss]));
  const steps = [...new Set([...training.keys(), ...judged.keys()])].toSorted((a, b) => a - b);
  // Constant lines reach to the end of the shortest axis.
  const places = (steps.at(-1) ?? 0) < shortestAxis ? [...steps, shortestAxis] : steps;
  const along = (values: ReadonlyMap<number, number>) => places.map((step) => values.get(step) ?? null);
  const constant = ({ loss }: Baseline) => places.map(() => loss);
  return [places, along(training), ...(heldOutFrom === undefined ? [] : [along(judged)]), ...baselines.map(constant)];
}

/** The loss after so many steps, as near as it is known. */
export function lossAt({ firstLoss }: RunSummary, { steps, losses }: Course, step: number): number {
  return losses[steps.findLastIndex((known) => known <= step)] ?? firstLoss;
}
