/** The popover "Export": the run as programs, its weights, and the open lens as picture and table. */
import { useSignal } from "@preact/signals";
import type { RunSummary } from "../engine/protocol.ts";
import { messageOf } from "../failure.ts";
import { currentLens } from "../link/place.ts";
import type { Run } from "../run/run.ts";
import { startingPointOf } from "../run/starting-points.ts";
import type { ActionProps } from "../shell/actions.ts";
import { exportTexts as texts } from "../texts/export.ts";
import { download } from "./download.ts";
import "./export.css";
import { pngOf } from "./png-of.ts";
import { pytorchProgram } from "./pytorch.ts";
import { besideName, hasText, programSteps, type Recipe } from "./recipe.ts";
import { svgOf } from "./svg-of.ts";
import { csvOf, tableOnPage } from "./table.ts";
import { needsFile, typescriptProgram } from "./typescript.ts";
import { besideFile, weightsFile } from "./weights.ts";

export function Panel({ run }: ActionProps) {
  const problem = useSignal<string | undefined>(undefined);
  const settings = run.settings.value;
  const lens = currentLens.value;
  const save = (name: string, make: () => Promise<BlobPart>) => (
    <button
      type="button"
      onClick={() => {
        problem.value = undefined;
        make().then(
          (content) => download(name, new Blob([content])),
          (error: unknown) => {
            problem.value = messageOf(error);
          },
        );
      }}
    >
      {name}
    </button>
  );
  const lensFile = `${lens.id}-step-${run.step.value}`;
  const isOwn = settings.cell === "own";
  return (
    <div class="export">
      <section aria-label={texts.program}>
        <h3>{texts.program}</h3>
        <p class="hint">{texts.programHint}</p>
        <dl>
          <dt>{texts.typescript}</dt>
          <dd>{save("run.ts", async () => typescriptProgram(await recipeOf(run)))}</dd>
          {!isOwn && (
            <>
              <dt>{texts.pytorch}</dt>
              <dd>{save("run.py", async () => pytorchProgram(await recipeOf(run)) ?? "")}</dd>
            </>
          )}
          {(!isOwn || needsFile({ settings })) && (
            <>
              <dt>{texts.beside}</dt>
              <dd>{save(besideName, async () => besideFile(await recipeOf(run)))}</dd>
            </>
          )}
        </dl>
        <p class="hint">
          {isOwn && texts.noPytorch}{" "}
          {needsFile({ settings }) ? texts.besideHint.both : !isOwn && texts.besideHint.pytorch}{" "}
          {!hasText({ settings }) && texts.besideHint.data}
        </p>
      </section>
      <section aria-label={texts.weights}>
        <h3>{texts.weights}</h3>
        <p>
          {save(`weights-step-${run.step.value}.safetensors`, async () => {
            const { weights } = await run.snapshot();
            return weightsFile(settings, summaryOf(run).output, weights);
          })}
        </p>
        <p class="hint">{isOwn ? texts.ownWeightsHint : texts.weightsHint}</p>
      </section>
      <section aria-label={texts.lens(lens.title)}>
        <h3>{texts.lens(lens.title)}</h3>
        <p class="export-row">
          {save(`${lensFile}.svg`, async () => svgOf(lensPlace()).svg)}
          {save(`${lensFile}.png`, async () => pngOf(svgOf(lensPlace())))}
          {save(`${lensFile}.csv`, async () => {
            const module = await lens.load();
            const table = (await module.table?.(run)) ?? tableOnPage(lensPlace());
            if (table === undefined) throw new Error(texts.noTable);
            return csvOf(table);
          })}
        </p>
      </section>
      <p class="problem" role="status">
        {problem.value}
      </p>
    </div>
  );
}

function summaryOf(run: Run): RunSummary {
  const summary = run.summary.peek();
  if (summary === undefined) throw new Error(texts.notReady);
  return summary;
}

function lensPlace(): HTMLElement {
  const place = document.querySelector<HTMLElement>("main.lens");
  if (place === null) throw new Error("internal: the page has no lens");
  return place;
}

/** With the weights at step 0, from wherever they came. */
async function recipeOf(run: Run): Promise<Recipe> {
  const settings = run.settings.peek();
  const start = await run.ask("startOfRun", { steps: hasText({ settings }) ? 1 : programSteps });
  const opened = await startingPointOf(settings.weights);
  return { settings, summary: summaryOf(run), start: { ...start, weights: opened?.weights ?? start.weights } };
}
