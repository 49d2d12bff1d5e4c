/** How surprised the network still is, step by step. */
import { useComputed } from "@preact/signals";
import { type Line, LineChart } from "../../components/line-chart.tsx";
import { Panel } from "../../components/panel.tsx";
import type { Lab } from "./lab.ts";

const lines: readonly Line[] = [
  { label: "loss", color: "--loss", axis: "left" },
  { label: "blind guessing", color: "--muted", axis: "left", dashed: true },
  { label: "gradient norm", color: "--norm", axis: "right" },
];

export function LossPanel({ lab }: { readonly lab: Lab }) {
  const data = useComputed(() => {
    const { steps, losses, norms } = lab.course.value;
    const blind = Math.log2(lab.summary.value?.vocabulary.length ?? 1);
    return [steps, losses, steps.map(() => blind), norms];
  }).value;
  const report = lab.report.value;
  const loss = report?.losses.at(-1);
  const summary = lab.summary.value;
  return (
    <Panel
      id="loss"
      title="Loss"
      explanation="In every step the network's mistakes are sent back through the text, from the last character to the first, to correct its weights (backpropagation through time, BPTT); the curve shows how many bits of surprise each character still holds."
    >
      <dl class="figures">
        <Figure id="step" term="Step" value={report?.step.toLocaleString("en")} />
        <Figure id="loss-now" term="Bits per character" value={loss?.toFixed(3)} />
        <Figure id="speed" term="Steps per second" value={report?.stepsPerSecond.toFixed(0)} />
        <Figure
          id="window"
          term="Characters per step"
          value={summary && (summary.batch === 1 ? `${summary.window}` : `${summary.batch} × ${summary.window}`)}
        />
        <Figure id="weights" term="Weights" value={summary?.parameterCount.toLocaleString("en")} />
      </dl>
      <LineChart
        description={
          loss === undefined
            ? "Loss chart, empty until training begins."
            : `Loss over training steps, now ${loss.toFixed(3)} bits per character.`
        }
        xLabel="training step"
        leftLabel="bits per character"
        rightLabel="gradient norm"
        lines={lines}
        data={data}
      />
    </Panel>
  );
}

function Figure({
  id,
  term,
  value,
}: {
  readonly id: string;
  readonly term: string;
  readonly value: string | undefined;
}) {
  return (
    <div>
      <dt>{term}</dt>
      <dd id={id}>{value ?? "–"}</dd>
    </div>
  );
}
