/** The first lens: what the network has learned so far, shown by its loss, its writing and its predictions. */
import "./train.css";
import { Formula } from "../../components/formula.tsx";
import { useReading } from "../../run/use-reading.ts";
import { trainTexts } from "../../texts/train.ts";
import type { LensProps } from "../lens.ts";
import { AnswersPanel } from "./answers-panel.tsx";
import { kindOf, lossAt } from "./course-data.ts";
import { ExpectationPanel } from "./expectation-panel.tsx";
import { mathml as surprise } from "./loss.tex";
import { LossPanel } from "./loss-panel.tsx";
import { mathml as squares } from "./squares.tex";
import { WritingPanel } from "./writing-panel.tsx";

export { table } from "./table.ts";

export function Lens({ run }: LensProps) {
  const reading = useReading(run);
  const { task } = run.settings.value;
  const { output } = run.summary.value ?? {};
  return (
    <div class="train-place">
      <div class="train">
        <p class="intro">{trainTexts.intro[task.kind === "text" ? "text" : "other"]}</p>
        <LossPanel run={run} />
        {task.kind === "text" && <WritingPanel run={run} text={task.text} />}
        {reading !== undefined && output?.kind === "tokens" && (
          <ExpectationPanel run={run} reading={reading} vocabulary={output.vocabulary} />
        )}
        {reading !== undefined && output?.kind === "numbers" && (
          <AnswersPanel run={run} reading={reading} width={output.names.length} />
        )}
      </div>
    </div>
  );
}

export function Explanation({ run }: LensProps) {
  const summary = run.summary.value;
  if (summary === undefined) return null;
  const { explain } = trainTexts;
  const { kind } = summary.output;
  const loss = lossAt(summary, run.course.value, run.step.value);
  const steps = explain.steps(run.step.value, run.settings.value.weights !== undefined);
  const shown = loss > 0 && loss < 0.005 ? loss.toPrecision(1) : loss.toFixed(2);
  const judged = summary.heldOutFrom === undefined ? loss : (run.heldOut.value.at(-1)?.loss ?? loss);
  const beaten = summary.baselines.filter((baseline) => judged < baseline.loss);
  const next = summary.baselines.find(({ loss: toBeat }) => judged >= toBeat && toBeat > 0);
  return (
    <>
      <p>
        {kind === "tokens"
          ? explain.tokens(steps, shown, 2 ** -loss, trainTexts.units[kindOf(run)])
          : explain.numbers(steps, shown)}{" "}
        {judged !== loss && explain.heldOut(judged.toFixed(2))}{" "}
        {beaten.length > 0 && explain.beaten(beaten.map(({ name }) => name))}{" "}
        {next !== undefined && explain.toBeat(next.name, next.loss.toFixed(2))}
      </p>
      <Formula mathml={kind === "tokens" ? surprise : squares} />
      <pre>
        <code>
          {kind === "tokens"
            ? "const loss = crossEntropy(logits, targets);"
            : "const loss = square(sub(outputs, targets)).mean();"}
        </code>
      </pre>
      {kindOf(run) === "text" && <p>{explain.baselines}</p>}
    </>
  );
}
