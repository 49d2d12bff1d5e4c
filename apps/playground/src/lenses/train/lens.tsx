/** The home: what the network has learned so far. */
import { useComputed } from "@preact/signals";
import { Formula } from "../../components/formula.tsx";
import { Heatmap } from "../../components/heatmap.tsx";
import { type Line, LineChart } from "../../components/line-chart.tsx";
import { visible } from "../../components/visible.ts";
import { useAnswer } from "../../run/use-answer.ts";
import type { LensProps } from "../lens.ts";
import { mathml as loss } from "./loss.tex";

const lines: readonly Line[] = [
  { label: "loss", color: "--loss", axis: "left" },
  { label: "gradient norm", color: "--norm", axis: "right" },
];

export function Lens({ run }: LensProps) {
  const data = useComputed(() => {
    const { steps, losses, norms } = run.course.value;
    return [steps, losses, norms];
  }).value;
  const { answer } = useAnswer(run, "reading", { position: run.cursor.value });
  const { answer: written } = useAnswer(run, "writing", { prompt: "h", temperature: 0, length: 16, seed: 1 });
  return (
    <>
      <LineChart
        description="Loss over training steps."
        xLabel="training step"
        leftLabel="bits per character"
        rightLabel="gradient norm"
        lines={lines}
        data={data}
      />
      <p class="written">{written}</p>
      {answer && (
        <Heatmap
          description={`Hidden state: ${answer.units} units after each of ${answer.inputLabels.length} characters.`}
          rowTitle="hidden unit"
          columnTitle="after reading …"
          rows={answer.units}
          columnLabels={answer.inputLabels.map(visible)}
          values={answer.hidden[0] ?? []}
          tell={(row, column, value) =>
            `unit ${row + 1} after “${visible(answer.inputLabels[column] ?? "")}” (character ${column + 1}): ${value.toFixed(2)}`
          }
        />
      )}
    </>
  );
}

export function Explanation({ run }: LensProps) {
  return (
    <>
      <p>After {run.step.value} steps, the loss says how surprised the network is by the next character.</p>
      <Formula mathml={loss} />
      <pre>
        <code>const loss = crossEntropy(logits, targets);</code>
      </pre>
    </>
  );
}
