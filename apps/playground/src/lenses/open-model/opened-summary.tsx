/** A summary of the open model. */
import { visible } from "../../components/visible.ts";
import type { Run } from "../../run/run.ts";
import { openModelTexts } from "../../texts/open-model.ts";
import type { OpenedFile } from "./open-file.ts";

export interface OpenedSummaryProps {
  readonly run: Run;
  readonly opened: OpenedFile | undefined;
}

export function OpenedSummary({ run, opened }: OpenedSummaryProps) {
  const { settings, summary } = run;
  const { weights, cell, layers, hidden, architecture, task } = settings.value;
  const width = architecture?.embedding ?? hidden;
  const vocabulary = task.kind === "text" ? (task.vocabulary ?? []) : [];
  const isOpen = weights?.kind === "file" && opened !== undefined;
  const rows: readonly (readonly [string, string])[] = [
    ["File", weights?.name ?? ""],
    ["Names", `${opened?.model.writtenBy}’s`],
    ["Layers", `${layers} × ${cell} of ${hidden} units`],
    ["Input", width === 0 ? "one-hot" : `an embedding of ${width} numbers`],
    ["Characters", `${vocabulary.length}: ${vocabulary.map(visible).join("")}`],
    ["Parameters", (summary.value?.parameterCount ?? 0).toLocaleString("en")],
    [
      "Biases",
      opened?.model.absent.length === 0 ? "all there" : `not in the file, so zeros: ${opened?.model.absent.join(", ")}`,
    ],
    ["Opened in", `${opened?.milliseconds.toFixed(0)} ms`],
  ];
  return (
    <section class="opened" aria-labelledby="opened-title">
      <h2 id="opened-title">{openModelTexts.foundTitle}</h2>
      {isOpen ? (
        <>
          <dl>
            {rows.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <p>{openModelTexts.nextStep}</p>
        </>
      ) : (
        <p class="hint">{openModelTexts.notOpen}</p>
      )}
    </section>
  );
}
